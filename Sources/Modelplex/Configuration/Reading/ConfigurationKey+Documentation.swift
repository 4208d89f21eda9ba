internal import TransportKit

extension ConfigurationKey {
    /// The tables of docs/configuration.md, made of the table of keys.
    package static var documentationTables: String {
        var text = ""
        for key in all { section(of: key, path: key.name, into: &text) }
        return text
    }

    /// The key that a path such as `providers.base_url` names, lists without their numbers.
    package static func key(at path: String) -> ConfigurationKey? {
        var keys = all
        var found: ConfigurationKey?
        for part in path.split(separator: ".") {
            let name = part.prefix { $0 != "[" }
            found = keys.first { $0.name == name }
            guard let found else { return nil }
            keys = found.children ?? []
        }
        return found
    }

    private var children: [ConfigurationKey]? {
        switch kind {
        case .table(let keys), .list(.table(let keys), _), .list(.textOrTable(_, let keys), _): keys
        default: nil
        }
    }

    private static func section(of key: ConfigurationKey, path: String, into text: inout String) {
        guard let children = key.children else { return }
        let isList = if case .list = key.kind { true } else { false }
        text += "### `\(isList ? "[[\(path)]]" : "[\(path)]")`\n\n\(key.documentation)\n\n"
        text += "| key | value | default | meaning |\n|---|---|---|---|\n"
        for child in children {
            let name = child.isRequired ? "**`\(child.name)`**" : "`\(child.name)`"
            let value = child.defaultValue.map { "`\(inlineText($0))`" } ?? ""
            let meaning = child.documentation.replacing("|", with: "\\|")
            text += "| \(name) | \(child.kind.documentation) | \(value) | \(meaning) |\n"
        }
        text += "\n"
        // The overrides of timeouts have the same keys each time.
        for child in children where child.name != "timeouts" {
            section(of: child, path: "\(path).\(child.name)", into: &text)
        }
    }

    private static func inlineText(_ value: ConfigValue) -> String {
        (try? value.json().serializedString) ?? ""
    }
}

extension ConfigurationKey.Kind {
    /// What a value may be, in a few words.
    package var documentation: String {
        switch self {
        case .text: "text"
        case .choice(let words): words.map { "`\($0)`" }.joined(separator: " · ")
        case .integer: "integer"
        case .positiveNumber: "number above 0"
        case .boolean: "boolean"
        case .duration: "time"
        case .size: "size"
        case .list(.table, _): "list of tables"
        case .list(.textOrTable, _): "list of texts or tables"
        case .list: "list of texts"
        case .map: "table of texts"
        case .table: "table"
        case .textOrTable: "text or table"
        }
    }
}
