extension ConfigValue {
    /// The same tree with variables put into every text.
    ///
    /// - Parameters:
    ///   - environment: The variables.
    ///   - path: The key of this value.
    ///   - checker: Gets the problems; what could not be put in is marked, so that it is reported once.
    /// - Returns: The tree; it stands where it stood.
    func substituted(
        from environment: [String: String],
        path: String = "",
        into checker: inout ConfigurationChecker
    ) -> ConfigValue {
        var result = self
        switch content {
        case .string(let text):
            do {
                if let replaced = try Substitution.apply(to: text, environment: environment) {
                    result.content = .string(replaced)
                    result.provenance = .substituted(template: text)
                }
            } catch {
                result.provenance = .unresolved
                checker.report(error.message, at: self, path: path)
            }
        case .array(let elements):
            result.content = .array(
                elements.enumerated().map { index, element in
                    element.substituted(from: environment, path: "\(path)[\(index)]", into: &checker)
                }
            )
        case .table(let table):
            var replaced = ConfigTable()
            for entry in table.entries {
                let entryPath = path.isEmpty ? entry.key : "\(path).\(entry.key)"
                let value = entry.value.substituted(from: environment, path: entryPath, into: &checker)
                _ = replaced.append(entry.key, at: entry.keyPosition, value)
            }
            result.content = .table(replaced)
        default: break
        }
        return result
    }
}
