public import TransportKit

/// What an authorization server says of itself (RFC 8414, OpenID Connect Discovery).
///
/// Every address in it is https, or on this machine if the server itself is.
public struct AuthorizationServerMetadata: Sendable, Hashable {
    /// The server's name, an address; tokens are kept by it.
    public let issuer: String
    /// Where users are sent to log in.
    public var authorizationEndpoint: String?
    /// Where tokens are had.
    public var tokenEndpoint: String?
    /// Where clients register themselves (RFC 7591).
    public var registrationEndpoint: String?
    /// Where tokens are revoked (RFC 7009).
    public var revocationEndpoint: String?
    /// Where devices without a browser begin (RFC 8628).
    public var deviceAuthorizationEndpoint: String?
    /// Where the keys are that tokens are signed with.
    public var keySetAddress: String?
    /// The scopes that the server tells of.
    public var scopes: [String]?
    /// The kinds of exchange that the server tells of.
    public var grantTypes: [String]?
    /// How the server wants proof of the code's owner; `nil` if it does not say.
    public var codeChallengeMethods: [String]?
    /// How clients may say at the token endpoint who they are; `nil` if it does not say.
    public var clientAuthenticationMethods: [String]?
    /// Whether the server names itself in every answer by way of the browser (RFC 9207).
    public var namesIssuerInAnswers: Bool
    /// Whether a client may be known by the address of a document about it.
    public var acceptsClientIDDocuments: Bool

    /// Reads a server's metadata.
    ///
    /// - Parameters:
    ///   - document: The document.
    ///   - issuer: The server that was asked for; the document has to name exactly that one.
    /// - Throws: `OAuthError` of reason `issuerMismatch`, `metadata` or `insecureAddress`.
    public init(_ document: JSONValue, issuer: String) throws(OAuthError) {
        let server = try ServerAddress(issuer, "the issuer")
        guard document.object != nil, let named = document["issuer"]?.string else {
            throw OAuthError(.metadata, "the metadata of \(issuer) do not name an issuer, so they are not used")
        }
        // Character for character: what is nearly the same may be another's.
        guard named.utf8.elementsEqual(issuer.utf8) else {
            throw OAuthError(
                .issuerMismatch,
                """
                the metadata found for the issuer \(issuer) are those of \(OAuthError.quoted(named)), so they are not used; \
                if that is the one that is meant, configure it exactly so
                """
            )
        }
        func address(_ name: String) throws(OAuthError) -> String? {
            guard let value = document[name], !value.isNull else { return nil }
            let text = value.string ?? ""
            let parts = try ServerAddress(text, "\(name) of \(issuer)")
            guard parts.isSecure || server.isLoopback else {
                throw OAuthError(
                    .insecureAddress,
                    "\(name) of \(issuer) is on this machine, where that server has no business"
                )
            }
            return text
        }
        func list(_ name: String) -> [String]? { document[name]?.array.map { $0.compactMap(\.string) } }
        self.issuer = issuer
        authorizationEndpoint = try address("authorization_endpoint")
        tokenEndpoint = try address("token_endpoint")
        registrationEndpoint = try address("registration_endpoint")
        revocationEndpoint = try address("revocation_endpoint")
        deviceAuthorizationEndpoint = try address("device_authorization_endpoint")
        keySetAddress = try address("jwks_uri")
        scopes = list("scopes_supported")
        grantTypes = list("grant_types_supported")
        codeChallengeMethods = list("code_challenge_methods_supported")
        clientAuthenticationMethods = list("token_endpoint_auth_methods_supported")
        namesIssuerInAnswers = document["authorization_response_iss_parameter_supported"]?.bool ?? false
        acceptsClientIDDocuments = document["client_id_metadata_document_supported"]?.bool ?? false
    }

    /// The metadata of a server that has none: usual paths below its address.
    ///
    /// Only for protocols that say so; a guessed endpoint is no substitute for metadata that cannot be reached.
    ///
    /// - Parameter origin: The server; what follows its authority is left away.
    /// - Throws: `OAuthError` of reason `insecureAddress`.
    public init(usualPathsOf origin: String) throws(OAuthError) {
        let base = try ServerAddress(origin, "the issuer").origin
        issuer = base
        authorizationEndpoint = base + "/authorize"
        tokenEndpoint = base + "/token"
        registrationEndpoint = base + "/register"
        namesIssuerInAnswers = false
        acceptsClientIDDocuments = false
    }

    /// The address of an endpoint that is needed now.
    func required(_ endpoint: String?, _ name: String, for purpose: String) throws(OAuthError) -> String {
        guard let endpoint else {
            throw OAuthError(.unsupported, "the authorization server \(issuer) has no \(name), which \(purpose) needs")
        }
        return endpoint
    }
}
