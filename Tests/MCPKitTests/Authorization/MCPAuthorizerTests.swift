import CredentialKit
import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

@Suite("Logging in to servers of tools", .timeLimit(.minutes(5)))
struct MCPAuthorizerTests {
    private typealias Script = AuthorizationRig.Script

    /// Sends one request with whatever login that takes, and tells what came.
    private static func call(
        _ rig: AuthorizationRig,
        _ change: (inout MCPAuthorization) -> Void = { _ in }
    ) async throws -> String? {
        let line = try await rig.line(rig.authorizer(change))
        try await line.request(1, "tools/list", version: .v2026_07_28)
        let text = await line.text()
        await line.transport.close()
        return text
    }

    // MARK: Where things are

    @Test(
        "Metadata are found in every place where they may be",
        arguments: [
            ("default", Script()),
            ("openid-configuration", Script(metadataPath: "/.well-known/openid-configuration")),
            (
                "description at the root, issuer with a path",
                Script(
                    issuerPath: "/tenant1",
                    metadataPath: "/.well-known/oauth-authorization-server/tenant1",
                    descriptionPath: "/.well-known/oauth-protected-resource"
                )
            ),
            (
                "description named by the challenge, OpenID before the path",
                Script(
                    issuerPath: "/tenant1",
                    metadataPath: "/tenant1/.well-known/openid-configuration",
                    descriptionPath: "/custom/metadata",
                    challenge: "Bearer resource_metadata=\"BASE/custom/metadata\""
                )
            ),
            ("OpenID behind the path", Script(issuerPath: "/t", metadataPath: "/.well-known/openid-configuration/t")),
            ("the server's parent", Script(description: ["resource": "BASE"])),
            ("2025-03-26 with metadata", Script(descriptionPath: nil, isOwnIssuer: true)),
            ("2025-03-26 without metadata", Script(metadataPath: nil, descriptionPath: nil, isOwnIssuer: true)),
        ] as [(String, AuthorizationRig.Script)]
    )
    func metadata(name: String, script: AuthorizationRig.Script) async throws {
        let rig = try await AuthorizationRig(script)
        #expect(try await Self.call(rig) == "response 1 {}")
        let base = "http://127.0.0.1:\(rig.tools.port)"
        let resource = script.description["resource"] == nil ? base + "/mcp" : base
        // The tokens are asked for this server only, in both requests (RFC 8707).
        #expect(rig.forms("/authorize").map { $0["resource"] } == [resource])
        #expect(rig.forms("/token").map { $0["resource"] } == [resource])
        #expect(rig.forms("/authorize").first?["code_challenge_method"] == "S256")
        #expect(rig.forms("/token").first?["code_verifier"]?.count == 43)
        // No token goes anywhere but to the tools.
        #expect(rig.issuer.requests.allSatisfy { $0.fields["authorization"] == nil })
        #expect(rig.tools.requests.filter { $0.path != "/mcp" }.allSatisfy { $0.fields["authorization"] == nil })
        #expect(rig.tools.requests.filter { $0.path == "/mcp" }.allSatisfy { $0.target == "/mcp" })
    }

    @Test(
        "What does not fit together is refused before a token could be",
        arguments: [
            ("another resource", Script(description: ["resource": "https://evil.example/mcp"])),
            ("a resource below", Script(description: ["resource": "BASE/mcp/other"])),
            ("no authorization server", Script(description: ["authorization_servers": []])),
            ("metadata of another issuer", Script(metadata: ["issuer": "https://evil.example"])),
            ("metadata of nearly the issuer", Script(issuerPath: "", metadata: ["issuer": "http://127.0.0.1/"])),
            ("no proof keys", Script(metadata: ["code_challenge_methods_supported": .null])),
            ("other proof keys", Script(metadata: ["code_challenge_methods_supported": ["plain"]])),
            ("an answer of another issuer", Script(answersFrom: "https://evil.example")),
            ("an answer of nearly the issuer", Script(answersFrom: "ISSUER/")),
            ("no issuer in the answer", Script(metadata: ["authorization_response_iss_parameter_supported": true])),
            ("no registration", Script(metadata: ["registration_endpoint": .null])),
            ("plain http elsewhere", Script(metadata: ["token_endpoint": "http://evil.example/token"])),
            ("a token that is refused", Script(refusesAll: true)),
        ] as [(String, AuthorizationRig.Script)]
    )
    func refusals(name: String, script: AuthorizationRig.Script) async throws {
        let rig = try await AuthorizationRig(script)
        #expect(try await Self.call(rig)?.hasPrefix("lost 1 authorization") == true)
        #expect(rig.forms("/token").count == (script.refusesAll ? 1 : 0))
    }

    @Test("An issuer that names itself is believed", arguments: [true, false])
    func namedIssuer(isAnnounced: Bool) async throws {
        let metadata: JSONObject = ["authorization_response_iss_parameter_supported": .bool(isAnnounced)]
        let rig = try await AuthorizationRig(Script(issuerPath: "", metadata: metadata, answersFrom: "ISSUER"))
        #expect(try await Self.call(rig) == "response 1 {}")
    }

    @Test("A server elsewhere cannot have its clients ask around on their own machine")
    func ownMachine() throws {
        let server = ResourceIdentifier(try HTTPServerLocation(parsing: "https://tools.example/mcp"))
        #expect(server.mayName("https://login.example/x"))
        #expect(!server.mayName("http://127.0.0.1:80/x"))
        #expect(!server.mayName("http://login.example/x"))
        let challenge = AuthorizationChallenge(
            scheme: "bearer",
            parameters: ["resource_metadata": "http://localhost/secret"]
        )
        #expect(
            ProtectedResource.addresses(challenge, of: server) == [
                "https://tools.example/.well-known/oauth-protected-resource/mcp",
                "https://tools.example/.well-known/oauth-protected-resource",
            ]
        )
    }

    @Test(
        "A server is a part of what stands above it, by whole words of its path",
        arguments: [
            ("https://a.example/mcp", true), ("https://a.example", true), ("https://A.example/", true),
            ("https://a.example:443/mcp/", true), ("https://a.example/mcp/x", false), ("https://a.example/mc", false),
            ("http://a.example/mcp", false), ("https://b.example/mcp", false), ("https://a.example.b/mcp", false),
            ("nonsense", false),
        ]
    )
    func parts(resource: String, isPart: Bool) throws {
        let server = ResourceIdentifier(try HTTPServerLocation(parsing: "https://a.example/mcp?x=/y#z"))
        #expect(server.text == "https://a.example/mcp")
        #expect(server.isPart(of: resource) == isPart)
    }

    // MARK: Scopes

    @Test(
        "Scopes come from the challenge, else from the configuration, else from what the server supports",
        arguments: [
            (Script(description: ["scopes_supported": ["a", "b"]], challenge: "Bearer scope=\"c d\""), [], "c d"),
            (Script(description: ["scopes_supported": ["a", "b"]]), [], "a b"),
            (Script(description: ["scopes_supported": ["a", "b"]]), ["b"], "b"),
            (Script(), [], nil),
            (
                Script(
                    metadata: ["scopes_supported": ["x", "offline_access"]],
                    description: ["scopes_supported": ["a"]]
                ),
                [], "a offline_access"
            ),
        ] as [(AuthorizationRig.Script, [String], String?)]
    )
    func scopes(script: AuthorizationRig.Script, configured: [String], expected: String?) async throws {
        let rig = try await AuthorizationRig(script)
        #expect(try await Self.call(rig) { $0.scopes = configured } == "response 1 {}")
        let form = rig.forms("/authorize").first
        #expect(form?["scope"] == expected)
        #expect(form?["prompt"] == (expected?.contains("offline_access") == true ? "consent" : nil))
    }

    @Test("More scopes are asked for beside those that are held, as the server wants them")
    func stepUp() async throws {
        let rig = try await AuthorizationRig(Script(challenge: "Bearer scope=\"read\"", neededScopes: ["write"]))
        #expect(try await Self.call(rig) == "response 1 {}")
        #expect(rig.forms("/authorize").map { $0["scope"] } == ["read", "read write"])
        // The client that registered first is used again.
        #expect(rig.steps.filter { $0 == "/register" }.count == 1)
    }

    @Test("A login that can be renewed does not stand in the way of more scopes")
    func stepUpWithRefresh() async throws {
        let rig = try await AuthorizationRig(
            Script(challenge: "Bearer scope=\"read\"", neededScopes: ["write"], givesRefreshTokens: true)
        )
        #expect(try await Self.call(rig) == "response 1 {}")
        #expect(rig.forms("/token").map { $0["grant_type"] } == ["authorization_code", "authorization_code"])
    }

    @Test("A server that is never content is not asked for ever")
    func stepUpLimit() async throws {
        let rig = try await AuthorizationRig(Script(neededScopes: ["a", "b", "c", "d", "e", "f"]))
        #expect(try await Self.call(rig) == "lost 1 authorization 403")
        #expect(rig.forms("/authorize").count == 3)
    }

    // MARK: Who asks

    @Test("A client that is given is used before all others")
    func registered() async throws {
        let rig = try await AuthorizationRig(Script(metadata: ["client_id_metadata_document_supported": true]))
        let answer = try await Self.call(rig) {
            $0.clientID = "known"
            $0.clientSecret = Secret("its-secret")
            $0.clientDocument = "https://app.example/client.json"
        }
        #expect(answer == "response 1 {}")
        #expect(rig.forms("/authorize").first?["client_id"] == "known")
        let request = rig.issuer.requests.first { $0.path == "/token" }
        #expect(request?.fields["authorization"]?.hasPrefix("Basic ") == true)
        #expect(!rig.steps.contains("/register"))
    }

    @Test("A client with a document is known by its address where servers read such", arguments: [true, false])
    func document(isRead: Bool) async throws {
        let rig = try await AuthorizationRig(Script(metadata: ["client_id_metadata_document_supported": .bool(isRead)]))
        let address = "https://app.example/client.json"
        #expect(try await Self.call(rig) { $0.clientDocument = address } == "response 1 {}")
        #expect((rig.forms("/authorize").first?["client_id"] == address) == isRead)
        #expect(rig.steps.contains("/register") != isRead)
    }

    @Test(
        "A client that registers says who it is in the way that the server knows",
        arguments: [nil, "none", "client_secret_basic", "client_secret_post"]
    )
    func authentication(method: String?) async throws {
        let methods: JSONObject = ["token_endpoint_auth_methods_supported": method.map { [.string($0)] } ?? .null]
        let rig = try await AuthorizationRig(Script(metadata: methods))
        #expect(try await Self.call(rig) == "response 1 {}")
        let registration = rig.issuer.requests.first { $0.path == "/register" }?.json
        #expect(registration?["token_endpoint_auth_method"]?.string == method ?? "none")
        #expect(registration?["application_type"] == "native")
        let request = rig.issuer.requests.first { $0.path == "/token" }
        let form = rig.forms("/token").first
        #expect((request?.fields["authorization"] != nil) == (method == "client_secret_basic"))
        #expect((form?["client_secret"] != nil) == (method == "client_secret_post"))
        #expect((form?["client_id"] != nil) == (method != "client_secret_basic"))
    }

    @Test("A client logs in for itself without a user")
    func clientCredentials() async throws {
        let rig = try await AuthorizationRig(Script(challenge: "Bearer scope=\"read\""))
        let answer = try await Self.call(rig) {
            $0.show = nil
            $0.flow = .client
            $0.clientID = "robot"
            $0.clientSecret = Secret("its-secret")
        }
        #expect(answer == "response 1 {}")
        #expect(rig.steps == ["/token"])
        #expect(rig.forms("/token").first?["scope"] == "read")
    }

    @Test("A client of one authorization server is not shown to another one")
    func clientOfAnother() async throws {
        let rig = try await AuthorizationRig()
        let answer = try await Self.call(rig) {
            $0.issuer = "https://login.example"
            $0.clientID = "known"
            $0.clientSecret = Secret("its-secret")
        }
        #expect(answer == "lost 1 authorization")
        #expect(rig.issuer.requests.isEmpty)
    }

    @Test("Where nobody can log in, nothing is asked")
    func nobody() async throws {
        let rig = try await AuthorizationRig()
        #expect(try await Self.call(rig) { $0.show = nil } == "lost 1 authorization")
        #expect(rig.issuer.requests.isEmpty)
    }

    // MARK: Logins over time

    @Test("However many requests are refused at once, one login is made")
    func singleFlight() async throws {
        let rig = try await AuthorizationRig()
        let line = try await rig.line(rig.authorizer())
        for id in 1...20 { try await line.request(id, "tools/list", version: .v2026_07_28) }
        var answers: Set<String> = []
        for _ in 1...20 { answers.insert(await line.text() ?? "") }
        #expect(answers == Set((1...20).map { "response \($0) {}" }))
        #expect(rig.steps.filter { $0 == "/token" }.count == 1)
        await line.transport.close()
    }

    @Test("A token that is refused is renewed; if that does not help, a new login is made", arguments: [true, false])
    func renewal(isRenewable: Bool) async throws {
        let rig = try await AuthorizationRig(Script(givesRefreshTokens: isRenewable))
        let line = try await rig.line(rig.authorizer())
        try await line.request(1, "tools/list", version: .v2026_07_28)
        #expect(await line.text() == "response 1 {}")
        rig.revokeAll()
        try await line.request(2, "tools/list", version: .v2026_07_28)
        #expect(await line.text() == "response 2 {}")
        let second = isRenewable ? "refresh_token" : "authorization_code"
        #expect(rig.forms("/token").map { $0["grant_type"] } == ["authorization_code", second])
        await line.transport.close()
    }

    @Test("A server that moves to another authorization server is logged in to there, as another client")
    func migration() async throws {
        let rig = try await AuthorizationRig()
        let other = try await AuthorizationRig()
        let line = try await rig.line(rig.authorizer())
        try await line.request(1, "tools/list", version: .v2026_07_28)
        #expect(await line.text() == "response 1 {}")
        rig.revokeAll()
        let name = other.issuerName
        rig.change {
            $0.description["authorization_servers"] = [.string(name)]
            $0.refusesAll = true
        }
        try await line.request(2, "tools/list", version: .v2026_07_28)
        #expect(await line.text()?.hasPrefix("lost 2 authorization") == true)
        #expect(other.steps == ["/register", "/authorize", "/token"])
        #expect(other.forms("/token").allSatisfy { $0["client_id"] == "client-1" && $0["refresh_token"] == nil })
        await line.transport.close()
    }

    @Test("A request that no longer waits leaves the login to its user, and the next one finds it")
    func abandoned() async throws {
        let rig = try await AuthorizationRig()
        let shown = Gate()
        let address = Locked<String?>(nil)
        let browser = Browser()
        let authorizer = try rig.authorizer {
            $0.show = { prompt in
                guard case .browse(let url) = prompt else { return }
                address.withLock { $0 = url }
                shown.open()
            }
        }
        let first = try await rig.line(authorizer)
        try await first.request(1, "tools/list", version: .v2026_07_28)
        try await shown.waitUntilOpen()
        await first.transport.close()
        #expect(await first.text() == "closed")
        let second = try await rig.line(authorizer)
        try await second.request(2, "tools/list", version: .v2026_07_28)
        browser.open(try #require(address.withLock { $0 }))
        #expect(await second.text() == "response 2 {}")
        #expect(rig.forms("/authorize").count == 1)
        await second.transport.close()
    }
}
