package import CredentialKit
package import ProviderKit
package import TransportKit

/// Reads the user's credential store while a program starts, when it may block.
package final class CredentialLookup {
    private let store: Result<StoreCore, CredentialError>
    private let sources: MasterKeySources
    // What renews logins while the program runs; made when the first is found.
    private lazy var renewal: (client: HTTPClient, store: CredentialStore?) = (
        client: .forAuthorization(),
        store: (try? store.get()).map { CredentialStore(location: $0.location, sources: sources) }
    )
    private var known: Result<Set<CredentialName>, CredentialError>?

    /// Makes a lookup; nothing is opened yet.
    ///
    /// - Parameters:
    ///   - environment: The variables that say where the store and its master key are.
    ///   - askPassphrase: Asks the user for the passphrase; `nil` where nobody can be asked.
    package init(
        environment: [String: String],
        askPassphrase: (@Sendable () throws(CredentialError) -> Secret)? = nil
    ) {
        let sources = MasterKeySources(environment: environment, askPassphrase: askPassphrase.map(Self.askingOnce))
        self.sources = sources
        store = Result { () throws(CredentialError) in
            StoreCore(location: try StoreLocation(environment: environment), sources: sources)
        }
    }

    deinit {
        if case .success(let store) = store { store.close() }
    }

    // The store is opened once to read keys, and again to renew logins.
    private static func askingOnce(
        _ ask: @escaping @Sendable () throws(CredentialError) -> Secret
    ) -> @Sendable () throws(CredentialError) -> Secret {
        let answer = Locked<Secret?>(nil)
        return { () throws(CredentialError) in
            if let known = answer.withLock({ $0 }) { return known }
            let given = try ask()
            answer.withLock { $0 = given }
            return given
        }
    }

    /// The names that the store has; this needs no master key.
    ///
    /// - Throws: `CredentialError`, if there is a store and it cannot be read.
    package func names() throws(CredentialError) -> Set<CredentialName> {
        // Without a home there is no store.
        guard case .success(let store) = store, store.location.exists else { return [] }
        if let known { return try known.get() }
        let names = Result { () throws(CredentialError) in Set(try store.list().map(\.name)) }
        known = names
        return try names.get()
    }

    /// Why the store does not open, if there is one and it does not; nothing in it is noted as used.
    ///
    /// - Returns: The error, and whether it is only that somebody has to be asked for the passphrase.
    package func problem() -> (error: CredentialError, isPassphraseMissing: Bool)? {
        guard case .success(let store) = store, store.location.exists else { return nil }
        let status = store.status()
        guard let error = status.problem else { return nil }
        return (error, status.origin == .passphrase && error.code == .noMasterKey)
    }

    /// The first of some credentials that is there.
    ///
    /// - Parameters:
    ///   - names: The names, in order.
    ///   - path: The key that it is for, for errors.
    /// - Returns: The credential; `nil` if there is none.
    /// - Throws: `PlexError` of code `configuration`, if the store cannot be read.
    package func first(of names: [CredentialName], at path: String) throws(PlexError) -> PlexConfiguration.Credential? {
        do {
            let known = try self.names()
            guard let name = names.first(where: known.contains) else { return nil }
            return try read(name)
        } catch {
            throw Self.error(error, at: path)
        }
    }

    /// The credential that a reference means; what is none stays as it is.
    ///
    /// - Parameters:
    ///   - credential: The credential of the configuration.
    ///   - allowsLogin: Whether it may be one that changes with time.
    ///   - path: Its key, for errors.
    /// - Returns: The credential with its value.
    /// - Throws: `PlexError` of code `configuration`, if it is missing or cannot be read.
    package func resolve(
        _ credential: PlexConfiguration.Credential,
        allowsLogin: Bool = false,
        at path: String
    ) throws(PlexError) -> PlexConfiguration.Credential {
        guard case .store(let text) = credential else { return credential }
        do throws(CredentialError) {
            let found = try read(try CredentialName(text))
            guard !allowsLogin, case .login(_, let name) = found else { return found }
            throw CredentialError(
                .unsupported,
                "the credential \(name) is a login, whose token changes; only a provider's api_key can be one"
            )
        } catch {
            throw Self.error(error, at: path)
        }
    }

    private func read(_ name: CredentialName) throws(CredentialError) -> PlexConfiguration.Credential {
        let store = try store.get()
        guard let found = try store.read(name) else { throw store.notFound(name) }
        switch found.entry.kind {
        case .key: return .stored(found.secret, name: name.description)
        case .oauth:
            guard let store = renewal.store else { throw CredentialError(.notFound, "there is no store") }
            let login = OAuthCredential(store: store, name: name, transport: renewal.client)
            return .login(login, name: name.description)
        default:
            throw CredentialError(
                .unsupported,
                "the credential \(name) is of kind \(found.entry.kind), which is neither a key nor a login"
            )
        }
    }

    private static func error(_ error: CredentialError, at path: String) -> PlexError {
        PlexError(.configuration, "\(path): \(error.message)", underlyingError: error)
    }
}
