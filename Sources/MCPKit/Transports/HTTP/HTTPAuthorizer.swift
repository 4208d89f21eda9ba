package import TransportKit

/// Who gets tokens for one server.
package protocol HTTPAuthorizer: Sendable {
    /// The token to send with the next request, if there is one.
    func token() async throws(MCPError) -> Secret?

    /// Gets a better token after a refusal; the request is then sent again.
    ///
    /// - Parameter refusal: What the server said.
    /// - Throws: `MCPError` with code `authorization`, if there is no way to a better one.
    func renew(after refusal: AuthorizationRefusal) async throws(MCPError)
}

/// That a server refused a request for want of an authorization.
package struct AuthorizationRefusal: Sendable {
    /// 401, or 403 if the token is good but not for this.
    package var status: Int
    /// What the server wants.
    package var challenge: AuthorizationChallenge?
    /// The token that was sent.
    package var rejected: Secret?
    /// Which refusal of the same request it is, from 1.
    package var attempt: Int

    package init(status: Int, challenge: AuthorizationChallenge?, rejected: Secret?, attempt: Int) {
        self.status = status
        self.challenge = challenge
        self.rejected = rejected
        self.attempt = attempt
    }
}
