import CredentialKit
import FoundationEssentials
import Glibc
import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

@Suite("Logging in with a real authorization server", .timeLimit(.minutes(5)))
struct RealAuthorizationServerTests {
    private static let root = #filePath.split(separator: "/").dropLast(4).reduce(into: "") { $0 += "/\($1)" }

    /// A server of tools that takes every token but those that are refused.
    private final class Tools: Sendable {
        let upstream: ScriptedUpstream
        private let book: Book

        private final class Book: Sendable {
            let refused = Locked<Set<String>>([])
            let last = Locked<String?>(nil)
        }

        init(issuer: String) async throws {
            let book = Book()
            self.book = book
            upstream = try await ScriptedUpstream { request in
                let base = "http://\(request.fields["host"] ?? "")"
                if request.path == "/.well-known/oauth-protected-resource/mcp" {
                    return .json(["resource": .string("\(base)/mcp"), "authorization_servers": [.string(issuer)]])
                }
                guard let token = request.fields["authorization"], !book.refused.withLock({ $0.contains(token) }) else {
                    return .http(401, fields: ["WWW-Authenticate": "Bearer scope=\"models.read\""])
                }
                book.last.withLock { $0 = token }
                return .result(request.json?["id"]?.int ?? 0)
            }
        }

        /// Refuses the token that was accepted last.
        func refuseLast() {
            guard let last = book.last.withLock({ $0 }) else { return }
            book.refused.withLock { _ = $0.insert(last) }
        }
    }

    @Test("A client registers, its user logs in, and what is stored serves other programs and is renewed")
    func wholeLife() async throws {
        let python = ProcessInfo.processInfo.environment["PLEX_TEST_PYTHON"] ?? "\(Self.root)/.venv/bin/python"
        try #require(unsafe access(python, X_OK) == 0, "no Python with authlib at \(python): run make venv")
        let process = try await ChildProcess(python, ["\(Self.root)/Tests/Fixtures/oauth/server.py"])
        let issuer = try #require(try await process.line(beginningWith: "http://"))
        let folder = "/tmp/plex-mcp-login-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try CredentialStore(environment: [
            "HOME": folder, "XDG_DATA_HOME": folder, "XDG_CONFIG_HOME": folder,
        ])
        let tools = try await Tools(issuer: issuer)
        // A program at which nobody sits, as a gateway is, before anybody has logged in.
        let gateway = try Self.authorizer(tools.upstream, store, nil)
        #expect(try await Self.call(tools.upstream, gateway) == "lost 1 authorization")
        let browser = Browser()
        let authorizer = try Self.authorizer(tools.upstream, store) { prompt in
            if case .browse(let url) = prompt { browser.open(url) }
        }
        #expect(try await Self.call(tools.upstream, authorizer) == "response 1 {}")
        let stored = try OAuthTokens(try #require(try await store.read(CredentialName("tools"))).secret)
        #expect(stored.issuer == issuer)
        #expect(stored.scopes == ["models.read"])
        #expect(stored.resources == ["http://127.0.0.1:\(tools.upstream.port)/mcp"])

        #expect(try await Self.call(tools.upstream, gateway) == "response 1 {}")
        let login = MCPServerConfiguration.Login(MCPAuthorization(), in: (store, try CredentialName("tools")))
        let url = "http://127.0.0.1:\(tools.upstream.port)/mcp"
        let before = tools.upstream.requests.count
        let proxy = try MCPProxy([
            MCPServerConfiguration(name: "tools", endpoint: .remote(.init(url, login: login)))
        ])
        _ = await proxy.tools(for: .init(listener: "test"))
        await proxy.close()
        let asked = tools.upstream.requests.dropFirst(before)
        #expect(!asked.isEmpty && asked.allSatisfy { $0.fields["authorization"] != nil })

        // Another program, at which nobody sits: the login is there, and renewed when its token is refused.
        let count = try await Self.asked(issuer, "authorization_code")
        let other = try Self.authorizer(tools.upstream, store, nil)
        #expect(try await Self.call(tools.upstream, other) == "response 1 {}")
        tools.refuseLast()
        #expect(try await Self.call(tools.upstream, other) == "response 1 {}")
        #expect(try await Self.asked(issuer, "authorization_code") == count)
        #expect(try await Self.asked(issuer, "refresh_token") == 1)
        // And the first one takes what the second has got.
        #expect(try await Self.call(tools.upstream, authorizer) == "response 1 {}")
        #expect(try await Self.asked(issuer, "refresh_token") == 1)

        // A login for another server is not used here.
        let elsewhere = try await Tools(issuer: issuer)
        #expect(
            try await Self.call(elsewhere.upstream, Self.authorizer(elsewhere.upstream, store, nil))
                == "lost 1 authorization"
        )
        #expect(elsewhere.upstream.requests.allSatisfy { $0.fields["authorization"] == nil })
    }

    private static func authorizer(
        _ upstream: ScriptedUpstream,
        _ store: CredentialStore,
        _ show: (@Sendable (OAuthLogin.Prompt) async -> Void)?
    ) throws -> MCPAuthorizer {
        try MCPAuthorizer(
            for: "http://127.0.0.1:\(upstream.port)/mcp",
            MCPAuthorization(show: show),
            login: (store, CredentialName("tools"))
        )
    }

    private static func call(_ upstream: ScriptedUpstream, _ authorizer: MCPAuthorizer) async throws -> String? {
        let line = try await TransportLine.open(StreamableHTTPTransport(upstream.sender(authorizer: authorizer)))
        try await line.request(1, "tools/list", version: .v2026_07_28)
        let text = await line.text()
        await line.transport.close()
        return text
    }

    /// How often the authorization server was asked for something.
    private static func asked(_ issuer: String, _ kind: String) async throws -> Int {
        let response = try await HTTPClient().send(HTTPRequest(url: issuer + "/_state"))
        return try JSONValue(parsing: try await response.body.collect(upTo: 1 << 20))["asked"]?[kind]?.int ?? 0
    }
}
