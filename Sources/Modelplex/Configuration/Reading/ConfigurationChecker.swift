internal import RouterKit

/// Holds a tree against the table of keys and collects all that is wrong.
struct ConfigurationChecker {
    typealias Problem = ConfigurationError.Problem

    /// The name by which problems call the file.
    let file: String
    private(set) var problems: [Problem] = []
    private(set) var warnings: [Problem] = []

    init(file: String) {
        self.file = file
    }

    /// Checks a table: its keys, their values, and what is missing.
    mutating func check(_ table: ConfigTable, of value: ConfigValue, keys: [ConfigurationKey], path: String = "") {
        for entry in table.entries {
            let entryPath = path.isEmpty ? entry.key : "\(path).\(entry.key)"
            if let key = keys.first(where: { $0.name == entry.key }) {
                check(entry.value, kind: key.kind, path: entryPath)
            } else {
                let names = keys.map(\.name)
                let hint =
                    NearestName.of(entry.key, among: names).map { "did you mean \($0)?" }
                    ?? "known keys: \(names.joined(separator: ", "))"
                var place = entry.value
                place.position = entry.keyPosition ?? entry.value.position
                report("unknown key", hint: hint, at: place, path: entryPath)
            }
        }
        for key in keys where key.isRequired && table[key.name] == nil {
            report("the key \(key.name) is missing", at: value, path: path)
        }
    }

    private mutating func check(_ value: ConfigValue, kind: ConfigurationKey.Kind, path: String) {
        guard value.provenance != .unresolved else { return }
        switch kind {
        case .table(let keys):
            guard let table = value.table else { return expected("a table", value, path) }
            check(table, of: value, keys: keys, path: path)
        case .scalarOrTable(let scalar, let keys):
            if let table = value.table {
                check(table, of: value, keys: keys, path: path)
            } else {
                check(scalar: value, kind: scalar, path: path)
            }
        case .textOrTable(let rule, let keys):
            if let table = value.table {
                check(table, of: value, keys: keys, path: path)
            } else if value.string != nil {
                check(value, rule: rule, path: path)
            } else {
                expected("a string or a table", value, path)
            }
        case .list(let element, let isNonEmpty):
            guard let elements = value.array else { return expected("a list", value, path) }
            if isNonEmpty, elements.isEmpty { report("the list is empty", at: value, path: path) }
            for (index, item) in elements.enumerated() {
                check(item, kind: element, path: "\(path)[\(index)]")
            }
        case .map(let keyRule, let rule): check(map: value, keyRule, rule, path: path)
        case .tables(let keyRule, let keys):
            guard let table = value.table else { return expected("a table", value, path) }
            for entry in table.entries {
                check(key: entry, keyRule, path: path)
                check(entry.value, kind: .table(keys), path: "\(path).\(entry.key)")
            }
        case .settings(let reserved):
            guard let table = value.table else { return expected("a table", value, path) }
            for entry in table.entries where reserved.contains(entry.key) {
                report("this field is the request's own", at: entry.value, path: "\(path).\(entry.key)")
            }
        case .text(let rule):
            guard value.string != nil else { return expected("a string", value, path) }
            check(value, rule: rule, path: path)
        default: check(scalar: value, kind: kind, path: path)
        }
    }

    private mutating func check(scalar value: ConfigValue, kind: ConfigurationKey.Kind, path: String) {
        switch kind {
        case .choice(let words):
            guard let text = value.string else { return expected("a string", value, path) }
            guard !words.contains(text) else { return }
            let nearest = value.isFromVariable ? nil : NearestName.of(text, among: words)
            report(
                "expected one of \(words.joined(separator: ", "))\(shown(value))",
                hint: nearest.map { "did you mean \($0)?" },
                at: value,
                path: path
            )
        case .integer(let range):
            guard let integer = ConfigScalar.integer(value) else { return expected("an integer", value, path) }
            guard !range.contains(integer) else { return }
            report(
                "expected an integer from \(range.lowerBound) to \(range.upperBound)\(shown(value))",
                at: value,
                path: path
            )
        case .positiveNumber:
            guard let number = ConfigScalar.number(value) else { return expected("a number", value, path) }
            if number <= 0 { report("expected a number above 0\(shown(value))", at: value, path: path) }
        case .number(let range):
            guard let number = ConfigScalar.number(value) else { return expected("a number", value, path) }
            guard !range.contains(number) else { return }
            let words = range.upperBound > 1 ? "of at least \(Int(range.lowerBound))" : "from 0 to 1"
            report("expected a number \(words)\(shown(value))", at: value, path: path)
        case .boolean:
            if ConfigScalar.boolean(value) == nil { expected("true or false", value, path) }
        case .duration(let minimum, let allowsNone):
            if allowsNone, value.string == "none" { return }
            if let duration = ConfigScalar.duration(value), duration >= minimum { return }
            let words = "\"500ms\", \"5s\", \"2m\" or \"1h\"\(allowsNone ? ", or \"none\"" : "")"
            report("expected a time such as \(words)\(shown(value))", at: value, path: path)
        case .size:
            if ConfigScalar.size(value) == nil {
                report("expected a size such as \"10MiB\" or \"1MB\"\(shown(value))", at: value, path: path)
            }
        default: break
        }
    }

    private mutating func check(
        map value: ConfigValue,
        _ keyRule: ConfigurationKey.MapRule,
        _ rule: ConfigurationKey.TextRule,
        path: String
    ) {
        guard let table = value.table else { return expected("a table", value, path) }
        for entry in table.entries {
            let entryPath = "\(path).\(entry.key)"
            check(key: entry, keyRule, path: path)
            check(entry.value, kind: .text(rule), path: entryPath)
            let names = ["authorization", "proxy-authorization", "api-key", "x-api-key", "x-goog-api-key"]
            if rule == .headerValue, names.contains(entry.key.lowercased()) { warnIfLiteral(entry.value, entryPath) }
        }
    }

    private mutating func check(key entry: ConfigTable.Entry, _ rule: ConfigurationKey.MapRule, path: String) {
        do {
            try rule.check(entry.key)
        } catch {
            report(error.message, at: entry.value, path: "\(path).\(entry.key)")
        }
    }

    private mutating func check(_ value: ConfigValue, rule: ConfigurationKey.TextRule, path: String) {
        guard value.provenance != .unresolved, let text = value.string else { return }
        do {
            try rule.check(text)
            if rule == .credential { warnIfLiteral(value, path) }
        } catch {
            report(error.message + (rule.isSecret ? "" : shown(value)), at: value, path: path)
        }
    }

    private mutating func warnIfLiteral(_ value: ConfigValue, _ path: String) {
        guard value.provenance == .literal, value.override == nil, let text = value.string else { return }
        guard !text.hasPrefix("file:"), !text.hasPrefix("store:"), !text.isEmpty else { return }
        warn("literal key in the file", hint: "use store:NAME, ${VAR} or file:PATH", at: value, path: path)
    }

    private mutating func expected(_ what: String, _ value: ConfigValue, _ path: String) {
        let isNull = if case .null = value.content { true } else { false }
        report(
            "expected \(what), found \(value.kindDescription)",
            hint: isNull ? "leave the key out for its default" : nil,
            at: value,
            path: path
        )
    }

    // What was found is shown only where it cannot be a secret: it stands in the file as it is, and is short.
    private func shown(_ value: ConfigValue) -> String {
        guard !value.isFromVariable else { return "" }
        switch value.content {
        case .string(let text):
            guard text.count <= 40, text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
                return ""
            }
            // An address may hold a password before the @, or a key in its query.
            guard !text.contains("://") || !(text.contains("@") || text.contains("?")) else { return "" }
            return ", found \"\(text)\""
        case .integer(let integer): return ", found \(integer)"
        case .float(let number): return ", found \(number)"
        default: return ", found \(value.kindDescription)"
        }
    }

    /// Adds a problem.
    mutating func report(_ message: String, hint: String? = nil, at value: ConfigValue, path: String) {
        problems.append(problem(message, hint: hint, at: value, path: path))
    }

    /// Adds a warning.
    mutating func warn(_ message: String, hint: String? = nil, at value: ConfigValue, path: String) {
        warnings.append(problem(message, hint: hint, at: value, path: path))
    }

    private func problem(_ message: String, hint: String?, at value: ConfigValue, path: String) -> Problem {
        Problem(
            file: value.override ?? file,
            line: value.position?.line,
            column: value.position?.column,
            keyPath: path,
            message: message,
            hint: hint
        )
    }
}
