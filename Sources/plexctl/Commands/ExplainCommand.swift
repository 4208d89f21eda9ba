import Modelplex
import ProviderKit
import TransportKit

/// `plexctl config explain`.
enum ExplainCommand {
    static func run(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let session = try PlexSession(arguments, context)
        let path = try path(arguments.positionals[0])
        let values = values(of: path, session, context.console)
        let explanation = KeyExplanation(path: path, values: values)
        try context.console.printLines(
            arguments.has(.json) ? explanation.json.serializedString : explanation.text
        )
    }

    private static func path(_ text: String) throws(Failure) -> ConfigurationPath {
        do throws(ConfigurationPath.UnknownKey) {
            return try ConfigurationPath(text)
        } catch {
            let near = error.nearest.map { "'\($0)'" }
            let hint =
                near.isEmpty
                ? "the sections are \(sections.joined(separator: ", "))"
                : "did you mean \(near.joined(separator: " or "))?"
            throw Failure(.usage, "there is no key '\(text)'; \(hint)")
        }
    }

    private static var sections: [String] { ConfigurationPath.all.filter { !$0.contains(".") } }

    /// The values in effect; `nil` where the configuration cannot be read, for what a key means holds all the same.
    private static func values(
        of path: ConfigurationPath,
        _ session: PlexSession,
        _ console: Console
    ) -> [ConfiguredValue]? {
        guard !path.key.kind.isSection else { return nil }
        do throws(Failure) {
            let document = try session.document(orDefaults: true)
            do {
                return try document.values(of: path, environment: session.environment)
            } catch {
                throw Failure(error)
            }
        } catch {
            console.warn(
                "the value in effect is not known, because the configuration cannot be read; plexctl config check says why"
            )
            return nil
        }
    }
}

/// What is to be said of a key.
private struct KeyExplanation {
    let path: ConfigurationPath
    let values: [ConfiguredValue]?

    private var key: ConfigurationKey { path.key }
    private var defaultValue: JSONValue? { key.defaultJSON }
    private var children: [ConfigurationKey] { key.children ?? [] }

    /// For people.
    var text: String {
        var text = "\(path.description)\(key.isRequired ? " (required)" : "")\n"
        text += key.documentation.wrapped(indentation: "  ") + "\n\n"
        var rows = TextTable(header: ["", ""])
        rows.rows.append(["  value:", key.kind.meaning])
        if !key.kind.isSection { rows.rows.append(["  default:", defaultValue?.serializedString ?? "none"]) }
        if let variable = path.variable { rows.rows.append(["  variable:", variable + separator]) }
        for (index, value) in (values ?? []).enumerated() {
            rows.rows.append([index == 0 ? "  in effect:" : "", line(for: value)])
        }
        if let values, values.isEmpty { rows.rows.append(["  in effect:", "nowhere, as the table is not there"]) }
        text += rows.text(showsHeader: false)
        if !children.isEmpty {
            var keys = TextTable(header: ["", "", ""])
            keys.rows = children.map { child in
                ["  \(child.name)", child.kind.isSection ? "table" : standard(of: child), summary(of: child)]
            }
            text += "\n" + keys.text(showsHeader: false)
        }
        return text
    }

    private var separator: String {
        if case .list = key.kind { ", its parts separated by commas" } else { "" }
    }

    private func line(for value: ConfiguredValue) -> String {
        let place = value.path == path.description ? "" : "\(value.path) = "
        guard let shown = value.value?.serializedString else { return "\(place)not set" }
        return "\(place)\(shown) (\(value.source.text))"
    }

    private func standard(of child: ConfigurationKey) -> String {
        child.defaultJSON?.serializedString ?? (child.isRequired ? "required" : "no default")
    }

    // The first sentence; the rest is told for the key itself.
    private func summary(of child: ConfigurationKey) -> String {
        let text = child.documentation
        guard let end = text.firstRange(of: "; ") ?? text.firstRange(of: ". ") else { return text }
        return text[..<end.lowerBound] + "."
    }

    /// For programs.
    var json: JSONValue {
        var fields: JSONObject = [
            "key": .string(path.description), "description": .string(key.documentation),
            "type": .string(key.kind.documentation.filter { $0 != "`" }), "value": .string(key.kind.meaning),
            "required": .bool(key.isRequired), "default": defaultValue ?? .null,
        ]
        fields["allowed"] = key.kind.words.map { .array($0.map(JSONValue.string)) }
        if let bounds = key.kind.bounds {
            fields["minimum"] = .number(JSONNumber(bounds.minimum))
            fields["maximum"] = bounds.maximum.map { .number(JSONNumber($0)) }
        }
        fields["unit"] = key.kind.unit.map(JSONValue.string)
        fields["variable"] = path.variable.map(JSONValue.string)
        fields["in_effect"] = values.map { .array($0.map(\.json)) }
        if !children.isEmpty {
            fields["keys"] = .array(children.map { .string("\(path.description).\($0.name)") })
        }
        return .object(fields)
    }
}

extension ConfiguredValue {
    fileprivate var json: JSONValue {
        ["key": .string(path), "value": value ?? .null, "source": source.json]
    }
}

extension ConfiguredValue.Source {
    fileprivate var text: String {
        switch self {
        case .standard: "default"
        case .variable(let name): "the variable \(name)"
        case .file(let path, let line?, let column?): "\(path):\(line):\(column)"
        case .file(let path, let line?, nil): "\(path):\(line)"
        case .file(let path, nil, _): path
        }
    }

    fileprivate var json: JSONValue {
        switch self {
        case .standard: return ["kind": "default"]
        case .variable(let name): return ["kind": "variable", "name": .string(name)]
        case .file(let path, let line, let column):
            var fields: JSONObject = ["kind": "file", "file": .string(path)]
            fields["line"] = line.map { .number(JSONNumber($0)) }
            fields["column"] = column.map { .number(JSONNumber($0)) }
            return .object(fields)
        }
    }
}
