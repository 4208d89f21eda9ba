internal import TransportKit

extension ConfigurationKey {
    /// The tables of docs/configuration.md, made of the table of keys.
    package static var documentationTables: String {
        var text = ""
        var shown: Set<[String]> = []
        for key in all { section(of: key, path: key.name, into: &text, &shown) }
        return text
    }

    /// The tables of docs/simulation.md: what a scenario has beside the keys of a configuration.
    package static var scenarioTables: String {
        var text = table(of: scenarioOwn) + "\n"
        var shown: Set<[String]> = []
        for key in scenarioOwn { section(of: key, path: key.name, into: &text, &shown) }
        return text
    }

    /// The key that a path such as `providers.base_url` names, lists without their numbers.
    package static func key(at path: String) -> ConfigurationKey? {
        var keys = all
        var found: ConfigurationKey?
        for part in path.split(separator: ".") {
            let name = part.prefix { $0 != "[" }
            // What stands below a free name is the same for each.
            if case .tables? = found?.kind, keys.allSatisfy({ $0.name != name }) { continue }
            found = keys.first { $0.name == name }
            guard let found else { return nil }
            keys = found.children ?? []
        }
        return found
    }

    /// The keys below it.
    package var children: [ConfigurationKey]? { kind.children }

    private static func section(
        of key: ConfigurationKey,
        path: String,
        into text: inout String,
        _ shown: inout Set<[String]>
    ) {
        guard let children = key.children else { return }
        // The overrides of timeouts, and what routes and roles share, have the same keys each time.
        guard shown.insert([key.name] + children.map(\.name)).inserted else { return }
        var heading = "[\(path)]"
        if case .list = key.kind { heading = "[[\(path)]]" }
        if case .tables = key.kind { heading = "[\(path).\"NAME\"]" }
        text += "### `\(heading)`\n\n\(key.documentation)\n\n"
        text += table(of: children) + "\n"
        for child in children { section(of: child, path: "\(path).\(child.name)", into: &text, &shown) }
    }

    private static func table(of keys: [ConfigurationKey]) -> String {
        var text = "| key | value | default | meaning |\n|---|---|---|---|\n"
        for key in keys {
            let name = key.isRequired ? "**`\(key.name)`**" : "`\(key.name)`"
            let value = key.defaultValue.map { "`\(inlineText($0))`" } ?? ""
            let meaning = key.documentation.replacing("|", with: "\\|")
            text += "| \(name) | \(key.kind.documentation) | \(value) | \(meaning) |\n"
        }
        return text
    }

    private static func inlineText(_ value: ConfigValue) -> String {
        (try? value.json().serializedString) ?? ""
    }
}

extension ConfigurationKey.Kind {
    /// The keys of a table, or of each element of a list of tables.
    var children: [ConfigurationKey]? {
        switch self {
        case .table(let keys), .tables(_, let keys), .list(.table(let keys), _), .list(.textOrTable(_, let keys), _),
            .textOrTable(_, let keys):
            keys
        default: nil
        }
    }

    /// What a value may be, in a few words.
    package var documentation: String {
        switch self {
        case .text: "text"
        case .choice(let words): words.map { "`\($0)`" }.joined(separator: " · ")
        case .integer: "integer"
        case .positiveNumber: "number above 0"
        case .number(let range): range.upperBound == 1 ? "number from 0 to 1" : "number"
        case .boolean: "boolean"
        case .duration: "time"
        case .size: "size"
        case .list(.table, _): "list of tables"
        case .list(.textOrTable, _): "list of texts or tables"
        case .list: "list of texts"
        case .map: "table of texts"
        case .tables: "table of tables"
        case .settings: "table"
        case .table: "table"
        case .textOrTable: "text or table"
        case .scalarOrTable(let scalar, _): "\(scalar.documentation) or table"
        }
    }
}
