public import FoundationEssentials
public import TransportKit

/// The tokens of a login, with all that is needed to renew and to revoke them; this is what the store keeps, sealed.
///
/// They belong to one authorization server and are never sent to another one.
public struct OAuthTokens: Sendable {
    /// The server.
    public let issuer: String
    /// The client that they were given to.
    public let client: OAuthClient
    /// How they were had.
    public let flow: OAuthLogin.Flow
    /// Where new ones are had.
    public let tokenEndpoint: String
    /// Where they are revoked, if the server has such a place.
    public let revocationEndpoint: String?
    /// What they are for (RFC 8707).
    public let resources: [String]
    /// What the server wants beyond the standard.
    public let parameters: [String: String]
    /// The scopes that were given, or asked for where the server does not say.
    public private(set) var scopes: [String]
    /// What is sent with requests.
    public private(set) var accessToken: Secret
    /// What new tokens are had for.
    public private(set) var refreshToken: Secret?
    /// When the access token ends; `nil` if that is not known.
    public private(set) var expires: Date?

    /// Puts together what a login gave.
    ///
    /// - Parameters:
    ///   - response: The server's answer.
    ///   - metadata: The server.
    ///   - client: The client.
    ///   - flow: How they were had.
    ///   - scopes: The scopes that were asked for.
    ///   - resources: What they are for.
    ///   - obtained: When they were asked for.
    /// - Throws: `OAuthError`, if the server has no token endpoint.
    public init(
        _ response: TokenResponse,
        metadata: AuthorizationServerMetadata,
        client: OAuthClient,
        flow: OAuthLogin.Flow = .code,
        scopes: [String] = [],
        resources: [String] = [],
        obtained: Date
    ) throws(OAuthError) {
        issuer = metadata.issuer
        tokenEndpoint = try metadata.required(metadata.tokenEndpoint, "token endpoint", for: "every login")
        revocationEndpoint = metadata.revocationEndpoint
        self.client = client
        self.flow = flow
        self.resources = resources
        parameters = [:]
        self.scopes = scopes
        accessToken = response.accessToken
        take(response, obtained)
    }

    init(
        _ response: TokenResponse,
        login: OAuthLogin,
        metadata: AuthorizationServerMetadata,
        endpoint: OAuthEndpoint,
        obtained: Date
    ) {
        issuer = metadata.issuer
        tokenEndpoint = endpoint.url
        revocationEndpoint = metadata.revocationEndpoint
        client = endpoint.client
        flow = login.flow
        resources = login.resources
        parameters = login.parameters
        scopes = login.scopes
        accessToken = response.accessToken
        take(response, obtained)
    }

    init(
        issuer: String,
        client: OAuthClient,
        flow: OAuthLogin.Flow,
        tokenEndpoint: String,
        revocationEndpoint: String?,
        resources: [String],
        parameters: [String: String],
        scopes: [String],
        accessToken: Secret,
        refreshToken: Secret?,
        expires: Date?
    ) {
        self.issuer = issuer
        self.client = client
        self.flow = flow
        self.tokenEndpoint = tokenEndpoint
        self.revocationEndpoint = revocationEndpoint
        self.resources = resources
        self.parameters = parameters
        self.scopes = scopes
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        self.expires = expires
    }

    private mutating func take(_ response: TokenResponse, _ obtained: Date) {
        accessToken = response.accessToken
        // A server that sends none means that the old one stays valid.
        if let token = response.refreshToken { refreshToken = token }
        if let given = response.scopes { scopes = given }
        expires = response.lifetime.map { obtained.addingTimeInterval($0) }
    }

    /// New tokens for these.
    ///
    /// - Parameters:
    ///   - transport: What sends the request.
    ///   - now: The time.
    /// - Returns: The new ones; store them before they are used, as the old refresh token may be void.
    /// - Throws: `OAuthError` of reason `refused`, if only a new login helps.
    public func renewed(
        using transport: any HTTPTransport,
        now: Date = Date()
    ) async throws(OAuthError) -> OAuthTokens {
        let request: TokenRequest
        if let refreshToken {
            request = .refresh(refreshToken, resources: resources)
        } else if flow == .client {
            request = .clientCredentials(scopes: scopes, resources: resources, parameters: parameters)
        } else {
            throw OAuthError(
                .refused,
                "the login at \(issuer) has ended, and the server gave nothing to renew it with: log in again"
            )
        }
        let endpoint = try OAuthEndpoint(url: tokenEndpoint, issuer: issuer, client: client, transport: transport)
        var tokens = self
        tokens.take(try await endpoint.tokens(for: request), now)
        return tokens
    }

    /// Tells the server that the tokens are no longer to be valid.
    ///
    /// - Parameter transport: What sends the requests.
    /// - Returns: Whether the server has a place for that; where it has none, the tokens stay valid until they end.
    /// - Throws: `OAuthError`, if they may still be valid.
    public func revoke(using transport: any HTTPTransport) async throws(OAuthError) -> Bool {
        guard let revocationEndpoint else { return false }
        let endpoint = try OAuthEndpoint(url: revocationEndpoint, issuer: issuer, client: client, transport: transport)
        // The refresh token first: with it new access tokens could be had.
        if let refreshToken { try await endpoint.revoke(refreshToken, hint: "refresh_token") }
        do {
            try await endpoint.revoke(accessToken, hint: "access_token")
        } catch  where error.serverCode == .unsupportedTokenType {
            // A server that cannot take back access tokens lets them end by themselves.
        }
        return true
    }
}
