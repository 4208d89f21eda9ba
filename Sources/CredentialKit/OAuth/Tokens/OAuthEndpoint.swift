public import TransportKit

/// An endpoint of an authorization server, asked by a client.
public struct OAuthEndpoint: Sendable {
    /// The endpoint's address.
    public let url: String
    /// The server that it belongs to.
    public let issuer: String
    /// Who asks.
    public let client: OAuthClient

    private let transport: any HTTPTransport

    /// Makes an endpoint.
    ///
    /// - Parameters:
    ///   - url: Its address.
    ///   - issuer: The server that it belongs to.
    ///   - client: Who asks.
    ///   - transport: What sends the requests; it should follow no redirects, as `HTTPClient.forAuthorization` does not.
    /// - Throws: `OAuthError` of reason `insecureAddress`.
    public init(
        url: String,
        issuer: String,
        client: OAuthClient,
        transport: any HTTPTransport
    ) throws(OAuthError) {
        _ = try ServerAddress(url, "an endpoint of \(OAuthError.quoted(issuer))")
        self.url = url
        self.issuer = issuer
        self.client = client
        self.transport = transport
    }

    /// Asks a token endpoint for tokens.
    ///
    /// - Parameter request: What is asked for.
    /// - Returns: The tokens.
    /// - Throws: `OAuthError`, which says what the server does not accept and what to do.
    public func tokens(for request: TokenRequest) async throws(OAuthError) -> TokenResponse {
        let document = try await post(request.parameters, request.purpose)
        return try TokenResponse(document)
    }

    /// Tells a revocation endpoint that a token is no longer to be valid (RFC 7009).
    ///
    /// - Parameters:
    ///   - token: The token.
    ///   - hint: `refresh_token` or `access_token`.
    /// - Throws: `OAuthError`, if it may still be valid.
    public func revoke(_ token: Secret, hint: String) async throws(OAuthError) {
        var parameters = FormParameters()
        parameters.add("token", token)
        parameters.add("token_type_hint", hint)
        _ = try await post(parameters, .revocation, needsDocument: false)
    }

    /// Begins the login of a device without a browser (RFC 8628).
    ///
    /// - Parameters:
    ///   - scopes: What is asked for.
    ///   - resources: What the tokens are to be for.
    ///   - parameters: What a server wants beyond the standard, as `audience`.
    /// - Returns: What the user is to be told, and how often to ask.
    /// - Throws: `OAuthError`.
    public func beginDevice(
        scopes: [String] = [],
        resources: [String] = [],
        parameters: [String: String] = [:]
    ) async throws(OAuthError) -> DeviceAuthorization {
        var form = FormParameters()
        form.add(scopes: scopes)
        form.add(resources: resources)
        for (name, value) in parameters.sorted(by: { $0.key < $1.key }) { form.add(name, value) }
        return try DeviceAuthorization(try await post(form, .device))
    }

    private func post(
        _ parameters: FormParameters,
        _ purpose: ServerRefusal.Purpose,
        needsDocument: Bool = true
    ) async throws(OAuthError) -> JSONValue {
        var form = parameters
        var credentials: [String: Secret] = [:]
        client.authenticate(&form, &credentials)
        let hidden = form.secrets.filter { $0.withBytes { $0.count } >= 16 } + (client.secret.map { [$0] } ?? [])
        let request = HTTPRequest(
            method: "POST",
            url: url,
            fields: ["content-type": "application/x-www-form-urlencoded", "accept": "application/json"],
            credentials: credentials,
            body: .bytes(form.encoded),
            timeouts: .authorization
        )
        let answer = try await OAuthAnswer(request, transport, issuer: issuer)
        return try answer.document(issuer: issuer, purpose: purpose, hidden: hidden, isNeeded: needsDocument)
    }
}

/// What an authorization server answered.
struct OAuthAnswer {
    let status: Int
    let bytes: [UInt8]

    init(_ request: HTTPRequest, _ transport: any HTTPTransport, issuer: String) async throws(OAuthError) {
        do {
            let response = try await transport.send(request)
            status = response.status
            bytes = try await response.body.collect(upTo: AuthorizationServerMetadata.maximumSize)
        } catch {
            throw OAuthError(error, issuer: issuer)
        }
    }

    /// The answer of a request that was accepted.
    ///
    /// - Parameters:
    ///   - issuer: The server.
    ///   - purpose: What was asked for.
    ///   - hidden: What the server may repeat and no message may show.
    ///   - isNeeded: Whether an answer without a document is of no use.
    /// - Returns: The document; `null` if there is none and none is needed.
    /// - Throws: `OAuthError`, if the server refused or has trouble.
    func document(
        issuer: String,
        purpose: ServerRefusal.Purpose,
        hidden: [Secret],
        isNeeded: Bool
    ) throws(OAuthError) -> JSONValue {
        let document = try? JSONValue(parsing: bytes)
        // Some servers refuse with status 200.
        if let code = document?["error"]?.string {
            let refusal = ServerRefusal(code: code, description: document?["error_description"]?.string, hidden: hidden)
            throw refusal.error(issuer: issuer, purpose: purpose)
        }
        guard (200...299).contains(status) else {
            // What it says beside that may repeat what was sent, so it is not shown.
            if status >= 500 || status == 429 {
                throw OAuthError(
                    .unavailable,
                    "the authorization server \(issuer) has trouble (status \(status)); try again later"
                )
            }
            throw OAuthError(
                .malformedAnswer,
                "the authorization server \(issuer) answered with status \(status) and without a reason; check the issuer and its endpoints"
            )
        }
        if let document, document.object != nil { return document }
        guard !isNeeded else {
            throw OAuthError(.malformedAnswer, "the answer of the authorization server \(issuer) is no JSON object")
        }
        return .null
    }
}

extension HTTPClient {
    /// A client for authorization servers: it follows no redirect and speaks plain http on this machine only.
    ///
    /// - Parameter group: The loops that it works on.
    /// - Returns: The client.
    public static func forAuthorization(on group: EventLoopGroup = .shared) -> HTTPClient {
        var configuration = Configuration(eventLoopGroup: group)
        configuration.maximumRedirects = 0
        configuration.plainHTTP = .loopbackOnly
        configuration.maximumResponseSize = 1 << 20
        return HTTPClient(configuration: configuration)
    }
}
