import CredentialKit
import FoundationEssentials
import Modelplex
import ProviderKit
import ProviderTesting
import Testing
import TransportKit

@Suite("Providers' keys that change while the program runs", .timeLimit(.minutes(5)))
struct ProviderKeyTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private var environment: [String: String] {
        ["HOME": folder.path, "PATH": "/usr/bin:/bin", "XDG_DATA_HOME": folder.path, "XDG_CONFIG_HOME": folder.path]
    }

    /// A server of models that takes one key at a time.
    private func withServer(
        accepting key: String,
        _ body: (ScriptedUpstream, borrowing Locked<String>) async throws -> Void
    ) async throws {
        let accepted = Locked(key)
        try await ScriptedUpstream.run { request in
            if request.path == "/token" {
                accepted.withLock { $0 = "renewed" }
                return .json(["access_token": "renewed", "refresh_token": "next", "expires_in": 3600])
            }
            let right = "Bearer \(accepted.withLock { $0 })"
            return request.fields["authorization"] == right ? .text("Hello") : .error(401)
        } body: { upstream in
            try await body(upstream, accepted)
        }
    }

    private func plex(_ upstream: ScriptedUpstream, key: String) throws -> Plex {
        let path = try folder.write(
            """
            [[providers]]
            name = "local"
            type = "openai"
            base_url = "\(upstream.baseURL(for: .openAI))"
            api_key = \(key)
            models = ["m"]
            """,
            to: "config.toml"
        )
        let configuration = try PlexConfiguration.load(path: path, environment: environment)
        return try Plex(configuration: configuration, environment: environment)
    }

    @Test("A key file is read anew", arguments: [#""file:token""#, #"{ command = ["cat", "FOLDER/token"] }"#])
    func changes(key: String) async throws {
        try await withServer(accepting: "one") { upstream, accepted in
            _ = try folder.write("one\n", to: "token")
            let plex = try plex(upstream, key: key.split(separator: "FOLDER").joined(separator: folder.path))
            #expect(try await plex.reply(to: "Hi", using: "local/m").text == "Hello")
            _ = try folder.write("another\n", to: "token")
            accepted.withLock { $0 = "another" }
            #expect(try await plex.reply(to: "Hi", using: "local/m").text == "Hello")
        }
    }

    @Test("The token of a login is renewed")
    func login() async throws {
        try await withServer(accepting: "nobody's") { upstream, _ in
            let issuer = "http://127.0.0.1:\(upstream.port)"
            let metadata = try AuthorizationServerMetadata(
                ["issuer": .string(issuer), "token_endpoint": .string("\(issuer)/token")],
                issuer: issuer
            )
            let tokens = try OAuthTokens(
                TokenResponse(["access_token": "first", "refresh_token": "old", "expires_in": 3600]),
                metadata: metadata,
                client: OAuthClient(id: "client"),
                obtained: Date()
            )
            let store = try CredentialStore(environment: environment)
            let name = try CredentialName("work")
            try await store.write(tokens.secret, as: name, kind: .oauth, expires: tokens.expires)
            let plex = try plex(upstream, key: #""store:work""#)
            #expect(try await plex.reply(to: "Hi", using: "local/m").text == "Hello")
            #expect(upstream.requests.map(\.path) == ["/v1/chat/completions", "/token", "/v1/chat/completions"])
            #expect(try OAuthTokens(try #require(try await store.read(name)).secret).accessToken == Secret("renewed"))
        }
    }

    @Test("A login is no key for callers")
    func accessKey() async throws {
        let store = try CredentialStore(environment: environment)
        try await store.write(Secret("{}"), as: CredentialName("work"), kind: .oauth)
        let path = try folder.write("[server]\naccess_keys = [\"store:work\"]\n", to: "config.toml")
        let configuration = try PlexConfiguration.load(path: path, environment: environment)
        let error = #expect(throws: PlexError.self) {
            try Plex(configuration: configuration, environment: environment)
        }
        #expect(error?.code == .configuration && error?.message.contains("work is a login") == true)
    }
}
