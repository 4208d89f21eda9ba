package import CredentialKit
internal import FoundationEssentials
package import TransportKit

/// Keeps a login in the credential store, where several programs may share it: one of them renews it for all.
package struct StoredLoginKeeper: LoginKeeper {
    private static let skew = 60.0

    private let store: CredentialStore
    private let name: CredentialName
    private let resource: ResourceIdentifier
    private let credential: OAuthCredential

    /// Makes a keeper.
    ///
    /// - Parameters:
    ///   - store: The store.
    ///   - name: The login's name in it.
    ///   - resource: What the login is for; one that is for something else is not used.
    ///   - transport: What asks for new tokens.
    package init(
        store: CredentialStore,
        name: CredentialName,
        resource: ResourceIdentifier,
        transport: any HTTPTransport
    ) {
        self.store = store
        self.name = name
        self.resource = resource
        credential = OAuthCredential(store: store, name: name, transport: transport)
    }

    package func login() async throws(MCPError) -> OAuthTokens? {
        guard let tokens = try await read() else { return nil }
        guard let expires = tokens.expires, expires.timeIntervalSinceNow < Self.skew else { return tokens }
        return try await renewed { () async throws(CredentialError) in _ = try await credential.credential() }
    }

    package func login(insteadOf rejected: Secret) async throws(MCPError) -> OAuthTokens? {
        guard try await read() != nil else { return nil }
        return try await renewed { () async throws(CredentialError) in
            _ = try await credential.credential(insteadOf: rejected)
        }
    }

    package func keep(_ tokens: OAuthTokens) async throws(MCPError) {
        do {
            try await store.write(tokens.secret, as: name, kind: .oauth, expires: tokens.expires)
        } catch {
            throw MCPError(error)
        }
    }

    private func renewed(_ renew: () async throws(CredentialError) -> Void) async throws(MCPError) -> OAuthTokens? {
        do throws(CredentialError) {
            try await renew()
        } catch {
            if error.code == .unavailable || error.code == .cancelled { throw MCPError(error) }
            return nil
        }
        return try await read()
    }

    /// What is stored, if it is a login for this resource.
    private func read() async throws(MCPError) -> OAuthTokens? {
        do throws(CredentialError) {
            guard let stored = try await store.read(name), let tokens = try? OAuthTokens(stored.secret) else {
                return nil
            }
            return tokens.resources.contains(where: resource.isPart(of:)) ? tokens : nil
        } catch {
            throw MCPError(error)
        }
    }
}
