package import CredentialKit
package import ProviderKit
package import TransportKit

/// Reads the user's credential store while a program starts, when it may block.
package final class CredentialLookup {
    private let store: Result<StoreCore, CredentialError>
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
        store = Result { () throws(CredentialError) in
            StoreCore(
                location: try StoreLocation(environment: environment),
                sources: MasterKeySources(environment: environment, askPassphrase: askPassphrase)
            )
        }
    }

    deinit {
        if case .success(let store) = store { store.close() }
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
    ///   - path: Its key, for errors.
    /// - Returns: The credential with its value.
    /// - Throws: `PlexError` of code `configuration`, if it is missing or cannot be read.
    package func resolve(
        _ credential: PlexConfiguration.Credential,
        at path: String
    ) throws(PlexError) -> PlexConfiguration.Credential {
        guard case .store(let text) = credential else { return credential }
        do {
            return try read(try CredentialName(text))
        } catch {
            throw Self.error(error, at: path)
        }
    }

    private func read(_ name: CredentialName) throws(CredentialError) -> PlexConfiguration.Credential {
        let store = try store.get()
        guard let found = try store.read(name) else { throw store.notFound(name) }
        guard found.entry.kind == .key else {
            throw CredentialError(
                .unsupported,
                "the credential \(name) is of kind \(found.entry.kind), which is no key"
            )
        }
        return .stored(found.secret, name: name.description)
    }

    private static func error(_ error: CredentialError, at path: String) -> PlexError {
        PlexError(.configuration, "\(path): \(error.message)", underlyingError: error)
    }
}
