import CredentialKit
import Modelplex
import ProviderKit
import TransportKit

/// What the common options of a command line lead to.
struct PlexSession: Sendable {
    /// The environment, with what `--env-file` adds.
    let environment: [String: String]
    /// Asks the user for the credential store's passphrase.
    let askPassphrase: @Sendable () throws(CredentialError) -> Secret
    /// The configuration file in use, or `nil` where there is none.
    let configurationPath: String?

    /// Finds the configuration file; it is not read yet.
    ///
    /// - Parameters:
    ///   - arguments: The command line.
    ///   - context: The world outside.
    /// - Throws: `Failure`, if a file that is named does not exist.
    init(_ arguments: Arguments, _ context: Context) throws(Failure) {
        askPassphrase = { [askSecret = context.askSecret] () throws(CredentialError) in
            do throws(Failure) {
                return try askSecret("Passphrase of the credential store: ")
            } catch {
                guard error.exitCode != .interrupted else { throw CredentialError(.cancelled, "interrupted") }
                throw CredentialError(
                    .noMasterKey,
                    "the credential store is locked by a passphrase; set \(MasterKeySources.passphraseVariable), or call this where it can be asked for"
                )
            }
        }
        do throws(PlexError) {
            if let path = arguments.value(of: .environmentFile) {
                environment = try DotEnv.load(path: path, under: context.environment)
            } else {
                environment = context.environment
            }
            configurationPath = try ConfigurationFile.locate(
                explicit: arguments.value(of: .config),
                environment: environment
            )
        } catch {
            throw Failure(reading: error)
        }
    }

    /// The configuration file, read but not yet understood.
    ///
    /// - Parameter orDefaults: Whether an empty document stands for a file that is not there.
    /// - Returns: The document.
    /// - Throws: `Failure`, if there is no file or it is not of its format.
    func document(orDefaults: Bool = false) throws(Failure) -> ConfigurationDocument {
        do throws(PlexError) {
            if let configurationPath { return try ConfigurationDocument(path: configurationPath) }
            if orDefaults { return try ConfigurationDocument(parsing: [], format: .toml, path: "(defaults)") }
        } catch {
            throw Failure(reading: error)
        }
        let places = ConfigurationFile.candidates(environment: environment).joined(separator: " or ")
        throw Failure(.noInput, "there is no configuration file; name one with --config, or write \(places)")
    }

    /// The configuration; defaults where there is no file.
    ///
    /// - Throws: `Failure` with everything that is wrong.
    func configuration() throws(Failure) -> PlexConfiguration {
        do throws(PlexError) {
            guard let configurationPath else { return try .withoutFile(environment: environment) }
            return try .load(path: configurationPath, environment: environment)
        } catch {
            throw Failure(reading: error)
        }
    }

    /// The configuration, and how it is shown without secrets; defaults where there is no file.
    ///
    /// - Throws: `Failure` with everything that is wrong.
    func configurationAndView() throws(Failure) -> (
        configuration: PlexConfiguration, view: JSONValue, warnings: [String]
    ) {
        let document = try document(orDefaults: true)
        do {
            return try document.configurationAndView(environment: environment)
        } catch {
            throw Failure(reading: error)
        }
    }

    /// A client of the configured providers.
    ///
    /// - Throws: `Failure`, if the configuration or a key in it cannot be used.
    func plex() throws(Failure) -> Plex {
        try plex(configuration())
    }

    /// A configuration with what the credential store holds; who locked it with a passphrase is asked for that.
    ///
    /// - Throws: `PlexError`, if something that is referred to is missing or cannot be read.
    func resolved(_ configuration: PlexConfiguration) throws(PlexError) -> PlexConfiguration {
        let lookup = CredentialLookup(environment: environment, askPassphrase: askPassphrase)
        return try configuration.resolvingCredentials(from: lookup)
    }

    /// The configured MCP servers; none is started yet.
    ///
    /// - Throws: `Failure`, if the configuration cannot be used.
    func toolServers() throws(Failure) -> ToolServers {
        let configuration = try configuration()
        return ToolServers(
            configuration.mcp,
            logins: configuration.logins,
            environment: environment,
            askPassphrase: askPassphrase
        )
    }

    /// A client of one OpenAI-compatible server and nothing else.
    ///
    /// - Parameter server: `http://…`, `https://…` or `unix:PATH`; `/v1` is added where there is no path.
    /// - Returns: The client; its only provider is `server`.
    /// - Throws: `Failure`, if that is no URL.
    func plex(server: String) throws(Failure) -> Plex {
        guard Plex.baseURL(of: server) != nil else {
            throw Failure(.usage, "'\(server)' is no server: expected http://HOST:PORT, https://HOST or unix:PATH")
        }
        let key = environment["PLEX_SERVER_KEY"].flatMap { $0.isEmpty ? nil : Secret($0) }
        do {
            return try Plex(server: server, key: key, environment: environment)
        } catch {
            throw Failure(resolving: error)
        }
    }

    func plex(_ configuration: PlexConfiguration) throws(Failure) -> Plex {
        do {
            return try Plex(configuration: resolved(configuration), environment: environment)
        } catch {
            throw Failure(resolving: error)
        }
    }
}

extension Failure {
    /// Makes a failure from an error while providers were made: a credential store that does not open is no mistake in the
    /// configuration.
    init(resolving error: PlexError) {
        self.init(error)
        guard let cause = error.underlyingError as? CredentialError else { return }
        switch cause.code {
        case .noMasterKey, .wrongMasterKey, .exposed, .refused, .damaged, .inputOutput, .locked, .cancelled:
            exitCode = Failure(cause).exitCode
        default: break
        }
    }

    /// Makes a failure from an error while the configuration was read: there a file that is missing, or cannot be read, is missing
    /// input.
    init(reading error: PlexError) {
        self.init(error)
        if error.code == .notFound || (error.underlyingError as? ConfigurationError)?.isUnread == true {
            exitCode = .noInput
        }
    }
}
