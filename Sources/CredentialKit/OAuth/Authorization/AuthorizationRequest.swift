public import TransportKit

/// A login that a user is sent to a server for with a browser: authorization code with proof key.
///
/// It remembers of which server it asks, and takes no answer of another one.
///
/// ```swift
/// let request = try AuthorizationRequest(metadata: metadata, client: client, redirectURI: listener.redirectURI)
/// show(request.url)
/// let code = try request.code(inAnswer: query)
/// let tokens = try await endpoint.tokens(for: .code(code, of: request))
/// ```
public struct AuthorizationRequest: Sendable {
    /// The server that is asked.
    public let issuer: String
    /// What the browser opens.
    public let url: String
    /// Where the browser is sent back to.
    public let redirectURI: String
    /// Ties the answer to this request.
    public let state: Secret
    /// The proof that goes with the code.
    public let proofKey: ProofKey
    /// The scopes that are asked for.
    public let scopes: [String]
    /// What the tokens are to be for (RFC 8707).
    public let resources: [String]
    /// Whether the answer has to name the server (RFC 9207).
    public let requiresIssuer: Bool

    /// Makes a request.
    ///
    /// - Parameters:
    ///   - metadata: The server.
    ///   - client: Who asks.
    ///   - redirectURI: Where the browser is to be sent back to.
    ///   - scopes: What is asked for; none for what the server gives by itself.
    ///   - resources: What the tokens are to be for.
    ///   - parameters: What a server wants beyond the standard, as `audience` or `prompt`.
    ///   - requiresAnnouncedProof: Whether a server that does not say that it checks proof keys is refused. One that says that
    ///     it checks other ones only always is.
    /// - Throws: `OAuthError` of reason `unsupported` or `configuration`.
    public init(
        metadata: AuthorizationServerMetadata,
        client: OAuthClient,
        redirectURI: String,
        scopes: [String] = [],
        resources: [String] = [],
        parameters: [String: String] = [:],
        requiresAnnouncedProof: Bool = true
    ) throws(OAuthError) {
        let endpoint = try metadata.required(
            metadata.authorizationEndpoint,
            "authorization endpoint",
            for: "a login with a browser"
        )
        if metadata.codeChallengeMethods.map({ !$0.contains(ProofKey.method) }) ?? requiresAnnouncedProof {
            throw OAuthError(
                .unsupported,
                "the authorization server \(metadata.issuer) does not say that it checks proof keys (PKCE S256), so a code could be stolen on its way"
            )
        }
        let address = try ServerAddress(endpoint, "the authorization endpoint")
        issuer = metadata.issuer
        requiresIssuer = metadata.namesIssuerInAnswers
        self.redirectURI = redirectURI
        self.scopes = scopes
        self.resources = resources
        let state = try RandomText.make()
        self.state = Secret(state)
        proofKey = try ProofKey()
        var query = FormParameters()
        query.add("response_type", "code")
        query.add("client_id", client.id)
        query.add("redirect_uri", redirectURI)
        query.add(scopes: scopes)
        query.add("state", state)
        query.add("code_challenge", proofKey.challenge)
        query.add("code_challenge_method", ProofKey.method)
        query.add(resources: resources)
        for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
            guard query.text(name) == nil else {
                throw OAuthError(
                    .configuration,
                    "the parameter \(name) of a login is set by itself and cannot be given"
                )
            }
            query.add(name, value)
        }
        url = endpoint + (address.query == nil ? "?" : "&") + String(decoding: query.encoded, as: UTF8.self)
    }

    /// The code in what the browser was sent back with.
    ///
    /// State and issuer are checked before anything else is believed, errors too.
    ///
    /// - Parameter query: The query of the address that the browser was sent to.
    /// - Returns: The code, which is to be redeemed at this request's server only.
    /// - Throws: `OAuthError` of reason `stateMismatch`, `issuerMismatch`, `refused` or `malformedAnswer`.
    public func code(inAnswer query: String) throws(OAuthError) -> Secret {
        guard let answer = FormParameters.decoded(query) else {
            throw OAuthError(
                .malformedAnswer,
                "what the browser brought back from \(issuer) cannot be read; start the login again"
            )
        }
        guard let given = answer["state"], given == state else {
            throw OAuthError(
                .stateMismatch,
                "the browser brought an answer that belongs to no login of this program, so it is not used; start the login again"
            )
        }
        if let named = answer["iss"] {
            guard named == Secret(issuer) else {
                let other = named.withText { OAuthError.quoted($0) }
                throw OAuthError(.issuerMismatch, "the answer is of \(other), but \(issuer) was asked; it is not used")
            }
        } else if requiresIssuer {
            throw OAuthError(
                .issuerMismatch,
                "the answer does not say that it is of \(issuer), which always says so; it is not used"
            )
        }
        if let error = answer["error"] {
            throw ServerRefusal(
                code: error.withText { $0 },
                description: answer["error_description"]?.withText { $0 },
                hidden: [state]
            ).error(issuer: issuer, purpose: .login)
        }
        guard let code = answer["code"], !code.isEmpty else {
            throw OAuthError(
                .malformedAnswer,
                "the answer of \(issuer) has neither a code nor an error; start the login again"
            )
        }
        return code
    }
}
