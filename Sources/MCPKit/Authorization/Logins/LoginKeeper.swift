package import CredentialKit
package import TransportKit

/// Keeps the login at one server.
package protocol LoginKeeper: Sendable {
    /// The login, its access token renewed if it ends soon; `nil` if there is none that is of use.
    func login() async throws(MCPError) -> OAuthTokens?

    /// The login with another access token than one that was refused; `nil` if only a new login helps.
    func login(insteadOf rejected: Secret) async throws(MCPError) -> OAuthTokens?

    /// Keeps a new login in place of the one before.
    func keep(_ tokens: OAuthTokens) async throws(MCPError)
}

extension MCPError {
    init(_ error: OAuthError) {
        self.init(error.reason == .cancelled ? .cancelled : .authorization, error.message)
    }

    init(_ error: CredentialError) {
        self.init(error.code == .cancelled ? .cancelled : .authorization, error.message)
    }
}
