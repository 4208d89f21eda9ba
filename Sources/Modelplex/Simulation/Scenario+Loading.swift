public import ProviderKit
public import RouterKit

extension Scenario {
    /// Reads a scenario: a file in the words of docs/simulation.md.
    ///
    /// - Parameters:
    ///   - path: The file: `.toml`, `.yaml`, `.yml` or `.json`.
    ///   - environment: The variables for `${…}`.
    /// - Returns: The scenario.
    /// - Throws: `PlexError` of code `notFound` if there is no such file, `configuration` with all that is wrong, each with
    ///   its line and key.
    public static func load(path: String, environment: [String: String] = [:]) throws(PlexError) -> Scenario {
        try ConfigurationDocument(path: path).scenario(environment: environment)
    }
}

extension ConfigurationDocument {
    /// The scenario that the document describes, with variables put in and everything checked.
    ///
    /// - Parameter environment: The variables for `${…}`.
    /// - Returns: The scenario.
    /// - Throws: `PlexError` of code `configuration` with all problems; the error beneath is a ``ConfigurationError``.
    public func scenario(environment: [String: String] = [:]) throws(PlexError) -> Scenario {
        var checker = ConfigurationChecker(file: path)
        var tree = root.substituted(from: environment, into: &checker)
        if let value = tree["config"], let name = value.string, !name.isEmpty {
            let path = ConfigurationFile.absolute(name, from: ConfigurationFile.folder(of: path))
            do throws(PlexError) {
                let configuration = try ConfiguredScenario(ConfigurationDocument(path: path), environment: environment)
                tree = configuration.filling(tree)
            } catch {
                guard error.code == .notFound else { throw error }
                checker.report(error.message, at: value, path: "config")
            }
        }
        if let table = tree.table { checker.check(table, of: tree, keys: ConfigurationKey.scenario) }
        checker.checkScenarioRelations(tree)
        var builder = ScenarioBuilder(checker: checker)
        let scenario = builder.makeScenario(tree)
        guard builder.problems.isEmpty else { throw ConfigurationError(builder.problems).plexError }
        return scenario
    }
}
