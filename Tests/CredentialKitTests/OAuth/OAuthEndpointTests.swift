import FoundationEssentials
import Testing
import TransportKit

@testable import CredentialKit

@Suite("Token endpoints: what is sent, and what is read")
struct OAuthEndpointTests {
    private func endpoint(
        _ client: OAuthClient,
        _ answer: @escaping @Sendable (HTTPRequest) -> (Int, String)
    ) throws -> OAuthEndpoint {
        let transport = StubTransport { request in
            let (status, body) = answer(request)
            return (status: status, body: body)
        }
        return try OAuthEndpoint(
            url: "https://a.example/token",
            issuer: "https://a.example",
            client: client,
            transport: transport
        )
    }

    private static func body(_ request: HTTPRequest) -> String {
        guard case .bytes(let bytes) = request.body else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        "a client says who it is in header, form, or by its ID alone",
        arguments: [
            (OAuthClient.Authentication.basic, "Basic YSUzQWI6cyUyRnQlM0E=", ""),
            (.post, nil, "&client_id=a%3Ab&client_secret=s%2Ft%3A"),
            (.none, nil, "&client_id=a%3Ab"),
        ] as [(OAuthClient.Authentication, String?, String)]
    )
    func authentication(method: OAuthClient.Authentication, header: String?, form: String) async throws {
        let client = try OAuthClient(id: "a:b", secret: Secret("s/t:"), authentication: method)
        let seen = Locked<HTTPRequest?>(nil)
        let endpoint = try endpoint(client) { request in
            seen.withLock { $0 = request }
            return (200, #"{"access_token":"t","token_type":"bearer"}"#)
        }
        let request = TokenRequest.refresh(Secret("r+/ü"), scopes: ["a", "b"], resources: ["https://r.example"])
        _ = try await endpoint.tokens(for: request)
        let sent = try #require(seen.withLock { $0 })
        #expect(sent.method == "POST")
        #expect(sent.credentials["authorization"]?.withText { $0 } == header)
        #expect(sent.fields["content-type"] == "application/x-www-form-urlencoded")
        let expected =
            "grant_type=refresh_token&refresh_token=r%2B%2F%C3%BC&scope=a%20b&resource=https%3A%2F%2Fr.example"
        #expect(Self.body(sent) == expected + form)
    }

    @Test(
        "the method is one that the server accepts",
        arguments: [
            (nil, "client_secret_basic"), (["client_secret_post", "client_secret_basic"], "client_secret_basic"),
            (["private_key_jwt", "client_secret_post"], "client_secret_post"), (["private_key_jwt"], nil),
        ] as [([String]?, String?)]
    )
    func chosen(methods: [String]?, chosen: String?) async throws {
        var document: JSONObject = ["issuer": "https://a.example"]
        document["token_endpoint_auth_methods_supported"] = methods.map { .array($0.map { .string($0) }) }
        let metadata = try AuthorizationServerMetadata(.object(document), issuer: "https://a.example")
        #expect(try OAuthClient(id: "a", secret: nil, for: metadata).authentication == .none)
        guard let chosen else {
            let error = await oauthError { try OAuthClient(id: "a", secret: Secret("canary"), for: metadata) }
            #expect(error?.reason == .unsupported)
            return
        }
        #expect(try OAuthClient(id: "a", secret: Secret("s"), for: metadata).authentication.rawValue == chosen)
    }

    @Test(
        "an answer is read",
        arguments: [
            (
                #"{"access_token":"t","token_type":"Bearer","expires_in":60,"refresh_token":"r","scope":"a b"}"#, 60.0,
                "r"
            ),
            (#"{"access_token":"t","token_type":"bearer","expires_in":"60"}"#, 60, nil),
            (#"{"access_token":"t","expires_in":null,"refresh_token":""}"#, nil, nil),
            (#"{"access_token":"t","expires_in":-5}"#, 0, nil),
            (#"{"access_token":"t","expires_in":1e300}"#, TokenResponse.longestLifetime, nil),
            (#"{"access_token":"t","token_type":"N_A","expires_in":"soon"}"#, nil, nil),
        ] as [(String, Double?, String?)]
    )
    func read(document: String, lifetime: Double?, refresh: String?) throws {
        let response = try TokenResponse(JSONValue(parsing: document))
        #expect(response.accessToken == Secret("t"))
        #expect(response.lifetime == lifetime)
        #expect(response.refreshToken == refresh.map { Secret($0) })
    }

    @Test(
        "an answer that gives nothing is an error that says why and shows no secret",
        arguments: [
            (
                400, #"{"error":"invalid_grant","error_description":"code canary-sent-refresh-token is used"}"#,
                .refused, "log in again"
            ),
            (401, #"{"error":"invalid_client"}"#, .refused, "client ID"),
            (400, #"{"error":"invalid_scope","error_description":7}"#, .refused, "scopes"),
            (400, #"{"error":"invalid_target"}"#, .refused, "resource"),
            (200, #"{"error":"invalid_grant","access_token":"canary"}"#, .refused, "log in again"),
            (400, #"{"error":"temporarily_unavailable"}"#, .unavailable, "later"),
            (400, "canary-sent-refresh-token", .malformedAnswer, "status 400"),
            (503, "canary", .unavailable, "later"), (429, "{}", .unavailable, "later"),
            (302, "", .malformedAnswer, "302"), (200, "canary", .malformedAnswer, "no JSON"),
            (200, "[]", .malformedAnswer, "no JSON"), (200, "{}", .malformedAnswer, "access token"),
            (200, #"{"access_token":""}"#, .malformedAnswer, "access token"),
            (200, #"{"access_token":"canary\r\nx: y"}"#, .malformedAnswer, "access token"),
            (200, #"{"access_token":["canary"]}"#, .malformedAnswer, "access token"),
            (200, #"{"access_token":"canary","token_type":"DPoP"}"#, .unsupported, "DPoP"),
            (400, "{\"error\":\"canary-sent-refresh-token\"}", .refused, "<secret>"),
        ] as [(Int, String, OAuthError.Reason, String)]
    )
    func refused(status: Int, body: String, reason: OAuthError.Reason, text: String) async throws {
        let endpoint = try endpoint(OAuthClient(id: "a")) { _ in (status, body) }
        let error = await oauthError { try await endpoint.tokens(for: .refresh(Secret("canary-sent-refresh-token"))) }
        #expect(error?.reason == reason)
        #expect(error?.message.contains(text) == true, "\(String(describing: error))")
        #expect(
            error?.message.contains("https://a.example") == true || reason == .malformedAnswer || reason == .unsupported
        )
    }

    @Test(
        "a client that makes no sense is refused",
        arguments: [
            ("", nil, nil), ("a\n", nil, nil), ("a", nil, "client_secret_basic"), ("a", "s", "private_key_jwt"),
        ]
            as [(String, String?, String?)]
    )
    func client(id: String, secret: String?, method: String?) async {
        let error = await oauthError {
            try OAuthClient(
                id: id,
                secret: secret.map { Secret($0) },
                authentication: method.map { .init(rawValue: $0) }
            )
        }
        #expect(error?.reason == .configuration || error?.reason == .unsupported)
    }

    @Test(
        "the address of a document can be a client's ID",
        arguments: [
            ("https://a.example/client.json", true), ("https://a.example/", false), ("https://a.example", false),
            ("http://a.example/c", false), ("http://127.0.0.1/c", false), ("https://a.example/c?x", false),
            ("https://a.example/../c", false), ("client", false),
        ]
    )
    func documents(id: String, isAddress: Bool) throws {
        #expect(ClientDescription.isDocumentAddress(id) == isAddress)
        guard isAddress else { return }
        let description = ClientDescription(name: "Test", redirectURIs: ["http://127.0.0.1/callback"])
        #expect(try description.document(withID: id)["client_id"]?.string == id)
        #expect(try description.document(withID: id)["token_endpoint_auth_method"] == "none")
    }

    @Test("stored tokens come back as they were, and what is none is refused")
    func stored() async throws {
        let metadata = try AuthorizationServerMetadata(
            JSONValue(
                parsing:
                    #"{"issuer":"https://a.example","token_endpoint":"https://a.example/t","revocation_endpoint":"https://a.example/r"}"#
            ),
            issuer: "https://a.example"
        )
        let response = try TokenResponse(
            JSONValue(parsing: #"{"access_token":"t\"ü","refresh_token":"r","expires_in":60,"scope":"a b"}"#)
        )
        let tokens = try OAuthTokens(
            response,
            metadata: metadata,
            client: OAuthClient(id: "c", secret: Secret("s"), authentication: .post),
            resources: ["https://r.example"],
            obtained: Date(timeIntervalSince1970: 1000.5)
        )
        let copy = try OAuthTokens(tokens.secret)
        #expect(copy.secret == tokens.secret)
        #expect(copy.accessToken == Secret("t\"ü"))
        #expect(copy.refreshToken == Secret("r"))
        #expect(copy.client.secret == Secret("s"))
        #expect(copy.client.authentication == .post)
        #expect(copy.expires == Date(timeIntervalSince1970: 1060.5))
        #expect(copy.scopes == ["a", "b"])
        #expect(copy.revocationEndpoint == "https://a.example/r")
        for text in ["", "{}", "sk-canary-5d41402abc4b2a76", #"{"format":2}"#, #"{"format":1,"issuer":"canary"}"#] {
            #expect(credentialError { try OAuthTokens(Secret(text)) }?.code == .invalidSecret)
        }
    }
}
