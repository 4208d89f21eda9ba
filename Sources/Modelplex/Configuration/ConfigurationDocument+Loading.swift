public import ProviderKit
internal import RouterKit

extension ConfigurationDocument {
    /// What a check found.
    public struct Report: Sendable {
        /// What makes the configuration unusable.
        public let problems: [ConfigurationError.Problem]
        /// What works but deserves a look.
        public let warnings: [ConfigurationError.Problem]
    }

    /// Reads a file; its suffix tells the format.
    ///
    /// - Parameter path: The file.
    /// - Throws: `PlexError` of code `notFound` if there is no such file, `configuration` if it cannot be read.
    public init(path: String) throws(PlexError) {
        // That a file is missing counts for more than what it is called.
        let contents = try ConfigurationFile.contents(of: path)
        guard let format = Format(path: path) else {
            throw ConfigurationError([
                .init(
                    file: path,
                    message: "the suffix names no format",
                    hint: "use .toml, .yaml, .yml or .json"
                )
            ]).plexError
        }
        try self.init(parsing: contents, format: format, path: path)
    }

    /// The configuration, with variables put in and everything checked.
    ///
    /// - Parameter environment: The variables for `${…}`, for overrides (`PLEX_…`) and for usual keys.
    /// - Returns: The configuration.
    /// - Throws: `PlexError` of code `configuration` with all problems; the error beneath is a ``ConfigurationError``.
    public func configuration(environment: [String: String]) throws(PlexError) -> PlexConfiguration {
        let outcome = read(environment: environment)
        guard outcome.report.problems.isEmpty else { throw ConfigurationError(outcome.report.problems).plexError }
        return outcome.configuration
    }

    /// All that is wrong and all that deserves a look.
    ///
    /// - Parameter environment: The variables, as for ``configuration(environment:)``.
    /// - Returns: Problems and warnings, sorted by line.
    public func check(environment: [String: String]) -> Report {
        read(environment: environment, asking: CredentialLookup(environment: environment)).report
    }

    struct Outcome {
        var configuration: PlexConfiguration
        var report: Report
        /// The tree with variables and overrides put in.
        var root: ConfigValue
    }

    /// Reads it all.
    ///
    /// - Parameters:
    ///   - environment: The variables.
    ///   - store: The credential store to find references in; `nil` leaves that to whoever uses them.
    /// - Returns: The configuration and all that is to be said of it.
    func read(environment: [String: String], asking store: CredentialLookup? = nil) -> Outcome {
        var checker = ConfigurationChecker(file: path)
        var tree = root.substituted(from: environment, into: &checker)
        tree = EnvironmentOverrides.apply(environment, to: tree, reportingTo: &checker)
        if let table = tree.table { checker.check(table, of: tree, keys: ConfigurationKey.all) }
        checker.checkRelations(tree)
        let folder = ConfigurationFile.folder(of: path)
        var builder = ConfigurationBuilder(
            environment: environment,
            readKeyFile: { name throws(InvalidText) in try ConfigurationFile.readKey(name, relativeTo: folder) },
            resolvePath: { ConfigurationFile.absolute($0, from: folder) },
            checker: checker
        )
        let configuration = builder.makeConfiguration(tree)
        // Without any provider in the file, those of the environment are found by their types' names.
        let usual = PlexConfiguration.ProviderType.usual.map { RoutingRules.Provider(ProviderID($0.type.rawValue)) }
        let rules = configuration.rules(providers: configuration.providers.isEmpty ? usual : nil)
        builder.checker.checkRules(rules, in: tree)
        if let store {
            builder.checkReferences(in: store)
            builder.checkKeys(of: configuration, in: tree, store: store)
        }
        let report = Report(
            problems: builder.checker.problems.sortedByPlace,
            warnings: builder.checker.warnings.sortedByPlace
        )
        return Outcome(configuration: configuration, report: report, root: tree)
    }
}

extension PlexConfiguration {
    /// Reads a configuration file, puts variables in and checks everything.
    ///
    /// - Parameters:
    ///   - path: The file: `.toml`, `.yaml`, `.yml` or `.json`.
    ///   - environment: The variables for `${…}`, for overrides (`PLEX_…`) and for usual keys.
    /// - Returns: The configuration.
    /// - Throws: `PlexError` of code `notFound` if there is no such file, `configuration` with all problems if it is wrong.
    public static func load(path: String, environment: [String: String]) throws(PlexError) -> PlexConfiguration {
        try ConfigurationDocument(path: path).configuration(environment: environment)
    }

    /// The configuration without a file: defaults, with what `PLEX_…` variables set.
    ///
    /// - Parameter environment: The variables.
    /// - Returns: The configuration; it has no providers.
    /// - Throws: `PlexError` of code `configuration` if a variable sets something wrong.
    public static func withoutFile(environment: [String: String]) throws(PlexError) -> PlexConfiguration {
        try ConfigurationDocument(parsing: [], format: .toml, path: "(defaults)").configuration(
            environment: environment
        )
    }
}
