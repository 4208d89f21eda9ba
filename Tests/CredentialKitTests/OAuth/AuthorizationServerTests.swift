import FoundationEssentials
import ProviderTesting
import Testing
import TransportKit

@testable import CredentialKit

@Suite("Logins with a real authorization server", .timeLimit(.minutes(5)), .serialized)
struct AuthorizationServerTests {
    private let server: AuthorizationServer

    init() async throws {
        server = try await AuthorizationServer()
    }

    @Test("a login with a browser, a renewal and a revocation")
    func login() async throws {
        let first = try await server.tokens()
        #expect(first.issuer == server.issuer)
        #expect(first.scopes == ["models.read"])
        let claims = try JSONWebToken.decodeUnverified(first.accessToken).claims
        #expect(claims["iss"]?.string == server.issuer)
        let ends = try #require(first.expires?.timeIntervalSinceNow)
        #expect((3000...3600).contains(ends))

        let second = try await first.renewed(using: server.transport)
        #expect(second.refreshToken != first.refreshToken)
        #expect(second.accessToken != first.accessToken)
        // Rotated: the old one is void.
        let error = await oauthError { try await first.renewed(using: server.transport) }
        #expect(error?.serverCode == .invalidGrant)
        #expect(error?.message.contains("log in again") == true)

        #expect(try await second.revoke(using: server.transport))
        let tokens = try #require(try await server.state()["tokens"]?.array)
        #expect(tokens.last?["revoked"] == true)
        #expect(tokens.last?["access_revoked"] == true)
        let revoked = await oauthError { try await second.renewed(using: server.transport) }
        #expect(revoked?.serverCode == .invalidGrant)
    }

    @Test("a server that does not rotate keeps the refresh token")
    func steady() async throws {
        try await server.set(["rotates": false])
        let first = try await server.tokens()
        let second = try await first.renewed(using: server.transport)
        #expect(second.refreshToken == first.refreshToken)
        #expect(second.refreshToken != nil)
        _ = try await second.renewed(using: server.transport)
    }

    @Test(
        "an answer that was changed on its way gives nothing, and no code is redeemed",
        arguments: [
            ("state=", "state=x", .stateMismatch), ("iss=", "iss=http://evil.example/", .issuerMismatch),
            ("&iss=", "&other=", .issuerMismatch),
        ]
            as [(String, String, OAuthError.Reason)]
    )
    func changed(from: String, to: String, reason: OAuthError.Reason) async throws {
        let error = await oauthError {
            try await server.tokens {
                $0.split(separator: from, omittingEmptySubsequences: false).joined(separator: to)
            }
        }
        #expect(error?.reason == reason)
        #expect(try await server.count(of: "authorization_code") == 0)
    }

    @Test("a user who says no is told apart")
    func denied() async throws {
        try await server.set(["answer": "deny"])
        let error = await oauthError { try await server.tokens() }
        #expect(error?.serverCode == .accessDenied)
    }

    @Test("a code that has ended, and one that another asked for, are refused")
    func codes() async throws {
        try await server.set(["code_lifetime": -1])
        let ended = await oauthError { try await server.tokens() }
        #expect(ended?.serverCode == .invalidGrant)
        try await server.set(["code_lifetime": 60])

        let metadata = try await AuthorizationServerMetadata.discover(server.issuer, using: server.transport)
        let client = try OAuthClient(id: "public")
        let listener = try await RedirectListener.open()
        func request() throws -> AuthorizationRequest {
            try AuthorizationRequest(metadata: metadata, client: client, redirectURI: listener.redirectURI)
        }
        let (mine, other) = (try request(), try request())
        let browser = Browser()
        browser.open(mine.url)
        let code = try mine.code(inAnswer: try await listener.query(within: .seconds(60)))
        let endpoint = try OAuthEndpoint(
            url: try #require(metadata.tokenEndpoint),
            issuer: metadata.issuer,
            client: client,
            transport: server.transport
        )
        let error = await oauthError { try await endpoint.tokens(for: .code(code, of: other)) }
        #expect(error?.serverCode == .invalidGrant)
        // With the right verifier the same code is good, once.
        _ = try await endpoint.tokens(for: .code(code, of: mine))
        #expect(await oauthError { try await endpoint.tokens(for: .code(code, of: mine)) }?.serverCode == .invalidGrant)
    }

    @Test("metadata are found by path, and those of another issuer are refused")
    func discovery() async throws {
        let tenant = try await AuthorizationServerMetadata.discover(server.issuer + "/tenant", using: server.transport)
        #expect(tenant.issuer == server.issuer + "/tenant")
        let other = await oauthError {
            try await AuthorizationServerMetadata.discover(server.issuer + "/other", using: server.transport)
        }
        #expect(other?.reason == .issuerMismatch)
        let page = await oauthError {
            try await AuthorizationServerMetadata.discover(server.issuer + "/page", using: server.transport)
        }
        #expect(page?.reason == .metadata)
    }

    @Test(
        "a client logs in for itself, by header and by form",
        arguments: [
            ("basic:client", "canary-client secret/ü", nil), ("post", "canary-post-secret", "client_secret_post"),
        ]
            as [(String, String, String?)]
    )
    func client(id: String, secret: String, method: String?) async throws {
        var login = server.login(.client, id, secret: secret)
        login.clientAuthentication = method.map { .init(rawValue: $0) }
        login.resources = ["https://r.example/mcp"]
        let tokens = try await login.run(using: server.transport) { _ in }
        #expect(tokens.refreshToken == nil)
        #expect(try await server.state()["last"]?["client_credentials"]?["resource"] == ["https://r.example/mcp"])
        let again = try await tokens.renewed(using: server.transport)
        #expect(again.accessToken != tokens.accessToken)
        login.clientSecret = Secret("canary-wrong-secret")
        let error = await oauthError { try await login.run(using: server.transport) { _ in } }
        #expect(error?.serverCode == .invalidClient)
    }

    @Test("a device is let in after it was told to wait and to slow down")
    func device() async throws {
        let clock = ManualClock()
        var login = server.login(.device)
        login.clock = clock
        let prompts = Locked<[OAuthLogin.Prompt]>([])
        let tokens = Task { [login, server] in
            try await login.run(using: server.transport) { prompt in prompts.withLock { $0.append(prompt) } }
        }
        // Slow down, then pending, then yes; the server's interval is a second, and five more after slow down.
        for seconds in [1, 6, 6] {
            try await clock.waitForSleepers(1)
            clock.advance(by: .seconds(seconds))
        }
        #expect(try await tokens.value.refreshToken != nil)
        guard case .confirm(let code, let address, let complete) = prompts.withLock({ $0 }).first else {
            Issue.record("the user was told nothing")
            return
        }
        #expect(address == server.issuer + "/device")
        #expect(complete == "\(address)?user_code=\(code)")
    }

    @Test("a device that is turned away is told so")
    func deviceDenied() async throws {
        try await server.set(["answer": "deny"])
        let clock = ManualClock()
        var login = server.login(.device)
        login.clock = clock
        let tokens = Task { [login, server] in try await login.run(using: server.transport) { _ in } }
        for seconds in [1, 6, 6] {
            try await clock.waitForSleepers(1)
            clock.advance(by: .seconds(seconds))
        }
        #expect(await oauthError { try await tokens.value }?.serverCode == .accessDenied)
    }

    @Test("a client without an ID registers itself")
    func registration() async throws {
        let browser = Browser()
        let tokens = try await server.login(.code, nil).run(using: server.transport) { prompt in
            if case .browse(let url) = prompt { browser.open(url) }
        }
        #expect(tokens.client.authentication == .none)
        #expect(tokens.client.secret == nil)
        #expect(try await server.state()["clients"]?.array?.contains(.string(tokens.client.id)) == true)
        #expect(try await browser.page()?.contains("close this window") == true)
    }

    @Test("a token is exchanged for another one, and the refusal repeats no token")
    func exchange() async throws {
        let tokens = try await server.tokens()
        let endpoint = try OAuthEndpoint(
            url: tokens.tokenEndpoint,
            issuer: tokens.issuer,
            client: tokens.client,
            transport: server.transport
        )
        let request = TokenRequest.exchange(tokens.accessToken, audiences: ["models"], scopes: ["models.read"])
        let exchanged = try await endpoint.tokens(for: request)
        #expect(exchanged.issuedTokenType == "urn:ietf:params:oauth:token-type:access_token")
        #expect(
            try await server.state()["last"]?["urn:ietf:params:oauth:grant-type:token-exchange"]?["audience"] == [
                "models"
            ]
        )
        // This server's refusal repeats the token.
        let wrong = Secret("canary-unknown-token-123")
        let error = await oauthError { try await endpoint.tokens(for: .exchange(wrong)) }
        #expect(error?.message.contains("the token <secret> is not known") == true, "\(String(describing: error))")
    }
}
