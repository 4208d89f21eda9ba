public import CredentialKit

extension PlexConfiguration {
    /// A login with an authorization server, whose tokens the store keeps under its name.
    public struct Login: Sendable, Hashable {
        /// The name in the store; `store:NAME` refers to it.
        public var name: String
        /// The server.
        public var issuer: String
        /// The client's ID; `nil` to register with the server.
        public var clientID: String?
        /// The client's secret.
        public var clientSecret: Credential?
        /// How the client says who it is; `nil` for what the server wants.
        public var clientAuthentication: OAuthClient.Authentication?
        /// The scopes to ask for.
        public var scopes: [String]
        /// What the tokens are to be for, by address.
        public var resources: [String]
        /// What the tokens are to be for, by the name that some servers want.
        public var audience: String?
        /// The way to log in.
        public var flow: OAuthLogin.Flow
        /// The port that the browser is sent back to; 0 for any that is free.
        public var redirectPort: UInt16

        /// Makes the settings of a login.
        public init(
            name: String,
            issuer: String,
            clientID: String? = nil,
            clientSecret: Credential? = nil,
            clientAuthentication: OAuthClient.Authentication? = nil,
            scopes: [String] = [],
            resources: [String] = [],
            audience: String? = nil,
            flow: OAuthLogin.Flow = .code,
            redirectPort: UInt16 = 0
        ) {
            self.name = name
            self.issuer = issuer
            self.clientID = clientID
            self.clientSecret = clientSecret
            self.clientAuthentication = clientAuthentication
            self.scopes = scopes
            self.resources = resources
            self.audience = audience
            self.flow = flow
            self.redirectPort = redirectPort
        }
    }
}
