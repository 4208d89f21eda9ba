import Testing
import TransportKit

@testable import CredentialKit

@Suite("Discovery of authorization servers")
struct AuthorizationServerMetadataTests {
    @Test(
        "metadata are asked for in order",
        arguments: [
            (
                "https://a.example",
                ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]
            ),
            (
                "https://a.example/",
                ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]
            ),
            (
                "https://a.example/t/1",
                [
                    "/.well-known/oauth-authorization-server/t/1", "/.well-known/openid-configuration/t/1",
                    "/t/1/.well-known/openid-configuration",
                ]
            ),
        ]
    )
    func addresses(issuer: String, paths: [String]) throws {
        #expect(try AuthorizationServerMetadata.addresses(of: issuer) == paths.map { "https://a.example" + $0 })
    }

    @Test(
        "what is no issuer is refused",
        arguments: [
            "", "a.example", "http://a.example", "https://a.example?x=1", "https://a.example#x", "https://u@a.example",
            "ftp://a.example", "https://", "https://a.example:99999", "https://a example", "http://127.0.0.1.example",
            "https://ä.example",
        ]
    )
    func noIssuer(issuer: String) async {
        let error = await oauthError { try AuthorizationServerMetadata.addresses(of: issuer) }
        #expect(error?.reason == .insecureAddress)
    }

    @Test(
        "plain http is for this machine only",
        arguments: ["http://127.0.0.1:9", "http://localhost", "http://[::1]:9/x"]
    )
    func loopback(issuer: String) throws {
        #expect(try AuthorizationServerMetadata.addresses(of: issuer).first?.hasPrefix("http://") == true)
    }

    private static let whole = """
        {"issuer":"https://a.example/t","authorization_endpoint":"https://a.example/auth?x=1",
        "token_endpoint":"https://b.example/token","revocation_endpoint":null,"jwks_uri":"https://a.example/jwks",
        "scopes_supported":["a","b"],"code_challenge_methods_supported":["plain","S256"],
        "authorization_response_iss_parameter_supported":true,"client_id_metadata_document_supported":true,"new":1}
        """

    @Test("a document is read")
    func read() throws {
        let metadata = try AuthorizationServerMetadata(JSONValue(parsing: Self.whole), issuer: "https://a.example/t")
        #expect(metadata.tokenEndpoint == "https://b.example/token")
        #expect(metadata.revocationEndpoint == nil)
        #expect(metadata.keySetAddress == "https://a.example/jwks")
        #expect(metadata.scopes == ["a", "b"])
        #expect(metadata.codeChallengeMethods == ["plain", "S256"])
        #expect(metadata.clientAuthenticationMethods == nil)
        #expect(metadata.namesIssuerInAnswers && metadata.acceptsClientIDDocuments)
    }

    @Test(
        "a document that is not to be trusted is refused",
        arguments: [
            ("[]", .metadata), ("{}", .metadata), (#"{"issuer":7}"#, .metadata),
            (#"{"issuer":"https://a.example/"}"#, .issuerMismatch),
            (#"{"issuer":"https://A.example"}"#, .issuerMismatch),
            (#"{"issuer":"https://evil.example"}"#, .issuerMismatch),
            (#"{"issuer":"https://a.example","token_endpoint":"http://a.example/t"}"#, .insecureAddress),
            (#"{"issuer":"https://a.example","token_endpoint":"http://127.0.0.1/t"}"#, .insecureAddress),
            (#"{"issuer":"https://a.example","token_endpoint":7}"#, .insecureAddress),
            (#"{"issuer":"https://a.example","authorization_endpoint":"javascript:alert(1)"}"#, .insecureAddress),
            (#"{"issuer":"https://a.example","jwks_uri":"file:///etc/passwd"}"#, .insecureAddress),
        ] as [(String, OAuthError.Reason)]
    )
    func refused(document: String, reason: OAuthError.Reason) async {
        let error = await oauthError {
            try AuthorizationServerMetadata(JSONValue(parsing: document), issuer: "https://a.example")
        }
        #expect(error?.reason == reason)
    }

    @Test("the next address is asked where there is nothing, or a page for people")
    func order() async throws {
        let asked = Locked<[String]>([])
        let transport = StubTransport { request in
            asked.withLock { $0.append(request.url) }
            switch request.url {
            case "https://a.example/t/.well-known/openid-configuration": return (200, Self.whole)
            case "https://a.example/.well-known/openid-configuration/t": return (200, "<html>")
            default: return (404, "{}")
            }
        }
        let metadata = try await AuthorizationServerMetadata.discover("https://a.example/t", using: transport)
        #expect(metadata.issuer == "https://a.example/t")
        #expect(asked.withLock { $0 } == (try AuthorizationServerMetadata.addresses(of: "https://a.example/t")))
    }

    @Test(
        "what is not there is said",
        arguments: [(404, .metadata), (301, .metadata), (503, .unavailable)] as [(Int, OAuthError.Reason)]
    )
    func missing(status: Int, reason: OAuthError.Reason) async {
        let transport = StubTransport { _ in (status, Self.whole) }
        let error = await oauthError {
            try await AuthorizationServerMetadata.discover("https://a.example", using: transport)
        }
        #expect(error?.reason == reason)
        #expect(error?.message.contains("https://a.example") == true)
    }
}
