import Testing
import TransportKit

@testable import CredentialKit

@Suite("Logins with a browser: the request and its answer")
struct AuthorizationRequestTests {
    private static let issuer = "https://a.example"

    private func metadata(_ change: JSONObject = [:]) throws -> AuthorizationServerMetadata {
        var document: JSONObject = [
            "issuer": .string(Self.issuer), "authorization_endpoint": "https://a.example/auth",
            "token_endpoint": "https://a.example/token", "code_challenge_methods_supported": ["S256"],
        ]
        for member in change.members { document[member.name] = member.value.isNull ? nil : member.value }
        return try AuthorizationServerMetadata(.object(document), issuer: Self.issuer)
    }

    private func request(
        _ change: JSONObject = [:],
        parameters: [String: String] = [:],
        requiresAnnouncedProof: Bool = true
    ) throws -> AuthorizationRequest {
        try AuthorizationRequest(
            metadata: metadata(change),
            client: OAuthClient(id: "a b&c"),
            redirectURI: "http://127.0.0.1:7/callback",
            scopes: ["x", "y:z"],
            resources: ["https://r.example/1", "https://r.example/2"],
            parameters: parameters,
            requiresAnnouncedProof: requiresAnnouncedProof
        )
    }

    @Test("the proof key of RFC 7636, appendix B")
    func proofKey() throws {
        let key = ProofKey(verifier: Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"))
        #expect(key.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
        let (first, second) = (try ProofKey(), try ProofKey())
        #expect(first.verifier != second.verifier)
        #expect(first.verifier.withText { $0.utf8.count } == 43)
    }

    @Test("the address has all that the server needs, and no secret")
    func address() throws {
        let request = try request(parameters: ["audience": "models"])
        let verifier = request.proofKey.verifier.withText { $0 }
        let state = request.state.withText { $0 }
        #expect(
            request.url == "https://a.example/auth?response_type=code&client_id=a%20b%26c"
                + "&redirect_uri=http%3A%2F%2F127.0.0.1%3A7%2Fcallback&scope=x%20y%3Az&state=\(state)"
                + "&code_challenge=\(request.proofKey.challenge)&code_challenge_method=S256"
                + "&resource=https%3A%2F%2Fr.example%2F1&resource=https%3A%2F%2Fr.example%2F2&audience=models"
        )
        #expect(!request.url.contains(verifier))
        #expect(try self.request().state != request.state)
    }

    @Test("an endpoint's own query stays")
    func query() throws {
        let request = try request(["authorization_endpoint": "https://a.example/auth?tenant=1"])
        #expect(request.url.hasPrefix("https://a.example/auth?tenant=1&response_type=code&"))
    }

    @Test("a server without proof keys is refused, one that says nothing of them where that is asked for")
    func proofs() async throws {
        let none: JSONObject = ["code_challenge_methods_supported": nil]
        #expect(await oauthError { try request(none) }?.reason == .unsupported)
        _ = try request(none, requiresAnnouncedProof: false)
        for methods: JSONValue in [["plain"], []] {
            let change: JSONObject = ["code_challenge_methods_supported": methods]
            let error = await oauthError { try request(change, requiresAnnouncedProof: false) }
            #expect(error?.reason == .unsupported)
        }
        #expect(await oauthError { try request(["authorization_endpoint": nil]) }?.reason == .unsupported)
        #expect(await oauthError { try request(parameters: ["state": "x"]) }?.reason == .configuration)
    }

    @Test(
        "the right answer gives the code",
        arguments: [(false, ""), (false, "&iss=https://a.example"), (true, "&iss=https%3A%2F%2Fa.example")]
    )
    func code(namesIssuer: Bool, issuer: String) throws {
        let request = try request(["authorization_response_iss_parameter_supported": .bool(namesIssuer)])
        let state = request.state.withText { $0 }
        #expect(try request.code(inAnswer: "code=a%2Fb+c&state=\(state)\(issuer)") == Secret("a/b c"))
    }

    @Test(
        "state and issuer are checked before anything else, errors too",
        arguments: [
            ("", .stateMismatch), ("code=canary", .stateMismatch), ("code=canary&state=", .stateMismatch),
            ("code=canary&state=wrong", .stateMismatch), ("error=access_denied&state=wrong", .stateMismatch),
            ("error=access_denied", .stateMismatch), ("code=canary&state=STATE", .issuerMismatch),
            ("error=access_denied&state=STATE", .issuerMismatch),
            ("code=canary&state=STATE&iss=https://evil.example", .issuerMismatch),
            ("code=canary&state=STATE&iss=https://a.example/", .issuerMismatch),
            ("code=canary&state=STATE&iss=HTTPS://a.example", .issuerMismatch),
            ("code=canary&state=STATE&state=STATE&iss=https://a.example", .malformedAnswer),
            ("code=canary&code=b&state=STATE&iss=https://a.example", .malformedAnswer),
            ("code=%zz&state=STATE&iss=https://a.example", .malformedAnswer),
            ("code=%ff&state=STATE&iss=https://a.example", .malformedAnswer),
            ("state=STATE&iss=https://a.example", .malformedAnswer),
            ("code=&state=STATE&iss=https://a.example", .malformedAnswer),
            ("error=access_denied&state=STATE&iss=https://a.example", .refused),
            ("error=server_error&state=STATE&iss=https://a.example&code=canary", .unavailable),
        ] as [(String, OAuthError.Reason)]
    )
    func refused(query: String, reason: OAuthError.Reason) async throws {
        let request = try request(["authorization_response_iss_parameter_supported": true])
        let state = request.state.withText { $0 }
        let query = query.split(separator: "STATE", omittingEmptySubsequences: false).joined(separator: state)
        let error = await oauthError { try request.code(inAnswer: query) }
        #expect(error?.reason == reason)
        #expect(error?.message.contains(state) == false)
    }

    @Test("what a server says of its refusal is shown on one line and cut")
    func description() async throws {
        let request = try request()
        let state = request.state.withText { $0 }
        let long = String(repeating: "x", count: 5000)
        let error = await oauthError {
            try request.code(
                inAnswer: "error=access_denied&error_description=no%0D%0Away%1B[31m+\(state)+\(long)&state=\(state)"
            )
        }
        #expect(error?.serverCode == .accessDenied)
        #expect(error?.message.utf8.allSatisfy { $0 >= 0x20 } == true)
        #expect(error?.message.contains("no  way [31m <secret> xxx") == true)
        #expect((error?.message.count ?? 9999) < 500)
    }
}
