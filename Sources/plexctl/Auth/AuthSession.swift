import CredentialKit
import TransportKit

/// What the commands on the credential store begin with.
struct AuthSession {
    /// The configuration and the environment.
    let plexSession: PlexSession
    /// The store.
    let store: CredentialStore

    /// Finds the store; it is not opened yet.
    ///
    /// - Parameters:
    ///   - arguments: The command line.
    ///   - context: The world outside.
    /// - Throws: `Failure`, if the environment says of no home.
    init(_ arguments: Arguments, _ context: Context) throws(Failure) {
        plexSession = try PlexSession(arguments, context)
        do throws(CredentialError) {
            store = CredentialStore(
                location: try StoreLocation(environment: plexSession.environment),
                sources: MasterKeySources(
                    environment: plexSession.environment,
                    askPassphrase: plexSession.askPassphrase
                )
            )
        } catch {
            throw Failure(error)
        }
    }

    /// The credential that the command line names.
    func name(_ arguments: Arguments) throws(Failure) -> CredentialName {
        do {
            return try CredentialName(arguments.positionals.first ?? "")
        } catch {
            throw Failure(error)
        }
    }

    /// Calls the store and turns its error into a failure of the command.
    func asking<Value: Sendable>(
        _ call: (CredentialStore) async throws(CredentialError) -> Value
    ) async throws(Failure) -> Value {
        do {
            return try await call(store)
        } catch {
            throw Failure(error)
        }
    }

    /// The failure for a credential that is not there, with the nearest name.
    func missing(_ name: CredentialName) async throws(Failure) -> Failure {
        let names = try await asking { store throws(CredentialError) in try await store.list().map(\.name.description) }
        let nearest = nearestName(to: name.description, among: names).map { "did you mean '\($0)'?" }
        let hint = nearest ?? (names.isEmpty ? "the store is empty" : "plexctl auth list shows which there are")
        return Failure(.noInput, "there is no credential \(name) in the store \(store.location.database); \(hint)")
    }
}

extension Failure {
    /// Makes a failure from an error of the credential store.
    init(_ error: CredentialError) {
        let exitCode: ExitCode =
            switch error.code {
            case .notFound: .noInput
            case .invalidName: .usage
            case .invalidSecret, .damaged: .badData
            case .noMasterKey, .wrongMasterKey, .exposed, .refused: .authentication
            case .readOnly, .full, .inputOutput: .inputOutput
            case .locked, .conflict: .tryLater
            case .unsupported, .configuration: .configuration
            case .unavailable: .unavailable
            case .cancelled: .interrupted
            }
        self.init(exitCode, error.message)
    }
}
