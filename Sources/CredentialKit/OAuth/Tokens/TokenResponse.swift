public import TransportKit

/// The tokens that a server gave.
public struct TokenResponse: Sendable {
    /// What is sent with requests.
    public var accessToken: Secret
    /// What the access token is; `Bearer` in whatever case, or `N_A` of an exchange.
    public var tokenType: String
    /// How many seconds it is valid; `nil` if the server does not say.
    public var lifetime: Double?
    /// What new tokens are had for; `nil` if the server gives none, or none instead of the last.
    public var refreshToken: Secret?
    /// The scopes that were given; `nil` for those that were asked for.
    public var scopes: [String]?
    /// Says of what kind an exchanged token is (RFC 8693).
    public var issuedTokenType: String?

    /// The longest lifetime that is believed: ten years.
    static let longestLifetime = 315_360_000.0

    /// Reads a server's answer.
    ///
    /// - Parameter document: The answer.
    /// - Throws: `OAuthError` of reason `malformedAnswer` or `unsupported`.
    public init(_ document: JSONValue) throws(OAuthError) {
        guard let text = document["access_token"]?.string, let token = try? Secret(validating: text) else {
            throw OAuthError(.malformedAnswer, "the authorization server's answer has no access token that can be sent")
        }
        // Some servers leave it out; all of these mean Bearer.
        let type = document["token_type"]?.string ?? "Bearer"
        guard ["bearer", "n_a"].contains(type.lowercased()) else {
            throw OAuthError(
                .unsupported,
                "the authorization server gives tokens of type \(OAuthError.quoted(type, limit: 32)); only Bearer tokens can be used"
            )
        }
        accessToken = token
        tokenType = type
        // Some servers write the number as a string.
        let seconds = document["expires_in"]?.double ?? document["expires_in"]?.string.flatMap(Double.init)
        lifetime = seconds.flatMap { $0.isFinite ? min(max($0, 0), Self.longestLifetime) : nil }
        refreshToken = document["refresh_token"]?.string.flatMap { $0.isEmpty ? nil : Secret($0) }
        scopes = document["scope"]?.string.map { $0.split(separator: " ").map(String.init) }
        issuedTokenType = document["issued_token_type"]?.string
    }
}
