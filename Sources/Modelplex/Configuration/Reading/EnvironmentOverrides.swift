internal import RouterKit

/// Values that variables put over those of the file: `PLEX_SERVER__LOG_LEVEL=debug` sets `server.log_level`.
///
/// Two underscores separate the parts of a key. Lists are separated by commas. What stands in lists of tables
/// (providers, routes, tool servers) has no such variable. Variables without two underscores mean something else.
enum EnvironmentOverrides {
    /// Puts the values of variables over those of a tree.
    static func apply(
        _ environment: [String: String],
        to root: ConfigValue,
        reportingTo checker: inout ConfigurationChecker
    ) -> ConfigValue {
        var root = root
        for (variable, text) in environment.sorted(by: { $0.key < $1.key }) {
            guard variable.hasPrefix("PLEX_"), let path = path(of: variable) else { continue }
            let place = ConfigValue.overridden(.string(text), by: variable)
            switch kind(at: path) {
            case .failure(let problem):
                checker.report(problem.message, hint: problem.hint, at: place, path: path.joined(separator: "."))
            case .success(.list):
                let parts = text.split(separator: ",").map { part in
                    ConfigValue.overridden(.string(trimmed(part)), by: variable)
                }
                root = root.setting(.overridden(.array(parts), by: variable), at: path[...])
            case .success: root = root.setting(place, at: path[...])
            }
        }
        return root
    }

    /// The variable that sets a key, if there is one.
    static func variable(for path: [String]) -> String? {
        guard path.count >= 2, case .success = kind(at: path) else { return nil }
        return "PLEX_" + path.joined(separator: "__").uppercased()
    }

    private struct Problem: Error {
        var message: String
        var hint: String?
    }

    private static func path(of variable: String) -> [String]? {
        let name = variable.dropFirst("PLEX_".count).lowercased()
        var parts: [String] = []
        var rest = name[...]
        while let range = rest.firstRange(of: "__") {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        guard !parts.isEmpty, !rest.isEmpty else { return nil }
        return parts + [String(rest)]
    }

    private static func kind(at path: [String]) -> Result<ConfigurationKey.Kind, Problem> {
        var keys = ConfigurationKey.all
        var unsupported = Problem(message: "this key cannot be set by a variable", hint: "set it in the file")
        for (index, name) in path.enumerated() {
            guard let key = keys.first(where: { $0.name == name }) else {
                let nearest = NearestName.of(name, among: keys.map(\.name))
                return .failure(Problem(message: "unknown key", hint: nearest.map { "did you mean \($0)?" }))
            }
            if index == path.count - 1 {
                switch key.kind {
                case .table, .tables, .settings, .map, .list(.table, _): return .failure(unsupported)
                default: return .success(key.kind)
                }
            }
            guard case .table(let further) = key.kind else { return .failure(unsupported) }
            keys = further
        }
        unsupported.hint = nil
        return .failure(unsupported)
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}

extension ConfigValue {
    fileprivate static func overridden(_ content: Content, by variable: String) -> ConfigValue {
        var value = ConfigValue(content)
        value.override = variable
        return value
    }

    // Makes tables on the way; a value of another kind on the way stays, for its own error tells more.
    fileprivate func setting(_ value: ConfigValue, at path: ArraySlice<String>) -> ConfigValue {
        guard let name = path.first else { return value }
        guard var table else { return self }
        let inner = table[name] ?? ConfigValue(.table(ConfigTable()))
        table[name] = inner.setting(value, at: path.dropFirst())
        var result = self
        result.content = .table(table)
        return result
    }
}
