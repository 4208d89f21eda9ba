public import TransportKit

/// A client that has registered itself with a server (RFC 7591); it is of use with that server only.
public struct ClientRegistration: Sendable {
    /// The server.
    public let issuer: String
    /// The client, as the server knows it.
    public let client: OAuthClient
    /// When its secret ends, in seconds since 1970; `nil` if it does not, or if there is none.
    public let secretExpiry: Double?

    /// Registers a client.
    ///
    /// - Parameters:
    ///   - description: The client.
    ///   - metadata: The server.
    ///   - transport: What sends the request.
    ///   - token: What a server wants that registers not everybody.
    /// - Returns: The registration.
    /// - Throws: `OAuthError`, if the server has no registration or refuses.
    public static func register(
        _ description: ClientDescription,
        with metadata: AuthorizationServerMetadata,
        using transport: any HTTPTransport,
        token: Secret? = nil
    ) async throws(OAuthError) -> ClientRegistration {
        guard let endpoint = metadata.registrationEndpoint else {
            throw OAuthError(
                .unsupported,
                "the authorization server \(metadata.issuer) lets no client register itself; register one there and configure its client_id"
            )
        }
        var request = HTTPRequest(
            method: "POST",
            url: endpoint,
            fields: ["content-type": "application/json", "accept": "application/json"],
            body: .bytes(description.document.serialized),
            timeouts: .authorization
        )
        if let token { request.credentials["authorization"] = Secret("Bearer " + token.withText { $0 }) }
        let answer = try await OAuthAnswer(request, transport, issuer: metadata.issuer)
        let hidden = token.map { [$0] } ?? []
        let document = try answer.document(
            issuer: metadata.issuer,
            purpose: .registration,
            hidden: hidden,
            isNeeded: true
        )
        return try ClientRegistration(document, issuer: metadata.issuer)
    }

    /// Reads a server's answer.
    ///
    /// - Parameters:
    ///   - document: The answer.
    ///   - issuer: The server.
    /// - Throws: `OAuthError` of reason `malformedAnswer` or `unsupported`.
    public init(_ document: JSONValue, issuer: String) throws(OAuthError) {
        guard let id = document["client_id"]?.string, !id.isEmpty else {
            throw OAuthError(
                .malformedAnswer,
                "the authorization server \(issuer) registered the client and gave it no ID"
            )
        }
        let secret = document["client_secret"]?.string.flatMap { $0.isEmpty ? nil : Secret($0) }
        // The server may have chosen another way than the one that was asked for.
        let method = document["token_endpoint_auth_method"]?.string.map(OAuthClient.Authentication.init(rawValue:))
        client = try OAuthClient(id: id, secret: secret, authentication: method)
        let expiry = document["client_secret_expires_at"]?.double ?? 0
        secretExpiry = secret != nil && expiry > 0 ? expiry : nil
        self.issuer = issuer
    }
}
