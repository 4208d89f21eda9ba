package import CredentialKit
internal import FoundationEssentials
package import TransportKit

/// Keeps a login for as long as the program runs.
package actor MemoryLoginKeeper: LoginKeeper {
    /// How many seconds before its end an access token is renewed.
    private static let skew = 60.0

    private let transport: any HTTPTransport
    private var tokens: OAuthTokens?

    package init(transport: any HTTPTransport) {
        self.transport = transport
    }

    package func login() async throws(MCPError) -> OAuthTokens? {
        guard let tokens, let expires = tokens.expires, expires.timeIntervalSinceNow < Self.skew else { return tokens }
        return try await renew(tokens)
    }

    package func login(insteadOf rejected: Secret) async throws(MCPError) -> OAuthTokens? {
        guard let tokens else { return nil }
        return tokens.accessToken == rejected ? try await renew(tokens) : tokens
    }

    package func keep(_ tokens: OAuthTokens) {
        self.tokens = tokens
    }

    private func renew(_ tokens: OAuthTokens) async throws(MCPError) -> OAuthTokens? {
        do {
            let new = try await tokens.renewed(using: transport)
            self.tokens = new
            return new
        } catch {
            if error.reason == .unavailable || error.reason == .cancelled { throw MCPError(error) }
            return nil
        }
    }
}
