public import CredentialKit
public import TransportKit

/// How to log in to a server of tools that wants tokens (MCP, "Authorization"), over HTTP.
///
/// The server says which authorization server's tokens it takes. A client is known there, in this order, by what is given
/// here, by the document at ``clientDocument``, or by registering itself.
public struct MCPAuthorization: Sendable {
    /// The ID of a client that the authorization server knows.
    public var clientID: String?
    /// That client's secret, if it has one.
    public var clientSecret: Secret?
    /// The authorization server that knows the client; `nil` for whichever the server of tools names.
    ///
    /// A secret is only ever sent there.
    public var issuer: String?
    /// The address of a document about this client (https, with a path), for authorization servers that read such.
    public var clientDocument: String?
    /// The name that users are shown, if the client registers.
    public var clientName = "Modelplex"
    /// The scopes to ask for where the server does not say; none for what it supports.
    public var scopes: [String] = []
    /// How to log in: by way of a browser, or as the client itself.
    public var flow = OAuthLogin.Flow.code
    /// The port that the browser is sent back to; 0 for any that is free.
    public var redirectPort: UInt16 = 0
    /// How long a user has to log in.
    public var limit = Duration.seconds(300)
    /// Shows the user the address to open; `nil` where no user is there, so that a login has to be made before.
    public var show: (@Sendable (OAuthLogin.Prompt) async -> Void)?

    /// Makes a configuration that registers with whatever authorization server the server of tools names.
    ///
    /// - Parameter show: Shows the user the address to open.
    public init(show: (@Sendable (OAuthLogin.Prompt) async -> Void)? = nil) {
        self.show = show
    }
}
