// Nothing but these is imported: who uses the façade needs no other module for keys, addresses and JSON.
import Modelplex
import ProviderTesting
import Testing

@Suite("Plex of one server, and with what it can do beside conversations")
struct PlexServerTests {
    @Test("names go to the server as they are, with its key", arguments: [true, false])
    func server(hasPath: Bool) async throws {
        try await ScriptedUpstream.run(.text("Hello")) { upstream in
            let address: Endpoint = try upstream.endpoint(for: .openAI)
            let server = hasPath ? address.description : String(address.description.dropLast("/v1".count))
            let plex = try Plex(server: server, key: Secret("an access key"), environment: [:])
            #expect(try await plex.reply(to: "Hi", using: "openai/gpt-4o-mini").text == "Hello")
            #expect(upstream.requests.last?.target == "/v1/chat/completions")
            #expect(upstream.requests.last?.fields["authorization"] == "Bearer an access key")
            #expect(upstream.requests.last?.json?["model"]?.string == "openai/gpt-4o-mini")
        }
    }

    @Test("what is no server's address is told", arguments: ["127.0.0.1:8317", "", "unix:", "http://", "ftp://host"])
    func wrong(address: String) {
        let error = #expect(throws: PlexError.self) { try Plex(server: address, environment: [:]) }
        #expect(error?.code == .configuration)
    }

    @Test("vectors come from the model's provider")
    func embeddings() async throws {
        let vectors: JSONValue = [
            "object": "list", "model": "m", "data": [["object": "embedding", "index": 0, "embedding": [0.5, 1]]],
        ]
        try await ScriptedUpstream.run(.json(vectors)) { upstream in
            let plex = try Plex(
                server: try upstream.endpoint(for: .openAI).description,
                environment: ["PLEX_MODEL": "m"]
            )
            #expect(try await plex.embed(["Hello"]).vectors == [[0.5, 1]])
            #expect(upstream.requests[0].json?["model"]?.string == "m")
        }
    }

    @Test("tokens are counted by the model's provider, under its own name for the model")
    func tokens() async throws {
        try await ScriptedUpstream.run(.json(["input_tokens": 12])) { upstream in
            let configuration = ProviderConfiguration(
                id: "claude",
                endpoint: try upstream.endpoint(for: .anthropic),
                apiKey: Secret("sk-1")
            )
            let plex = Plex(providers: [AnthropicProvider(configuration: configuration)])
            #expect(try await plex.countTokens(of: ChatRequest(model: "claude/sonnet", prompt: "Hi")) == 12)
            #expect(upstream.requests[0].target.hasSuffix("/count_tokens"))
            #expect(upstream.requests[0].json?["model"]?.string == "sonnet")
        }
    }

    @Test("who cannot count tokens says so")
    func noTokens() async throws {
        let plex = Plex(providers: [FakeProvider("a")])
        let error = await #expect(throws: PlexError.self) {
            try await plex.countTokens(of: ChatRequest(model: "a/x", prompt: "Hi"))
        }
        #expect(error?.code == .unsupported)
        #expect(error?.provider == "a")
    }

    private struct Tenants: AccessProvider {
        func decide(on request: GatewayRequest) async -> AccessDecision {
            request.fields["x-tenant"] == "blue" ? .allowed(caller: "blue") : .forbidden("there is no such tenant")
        }
    }

    @Test("a gateway is served as the program says, with the tools of the configuration")
    func gateway() async throws {
        let plex = Plex(providers: [FakeProvider("a", models: ["x"])])
        let gateway = try plex.makeGateway { options in
            #expect(options.tools != nil)
            options.access = Tenants()
        }
        for (tenant, status) in [("blue", 200), ("red", 403)] {
            let request = GatewayRequest(method: "GET", path: "/v1/models", fields: ["x-tenant": tenant])
            #expect(await gateway.respond(to: request).status == status)
        }
    }

    @Test("a gateway's listener says where clients find it")
    func listener() async throws {
        let gateway = Gateway(serving: FakeProvider("a", models: ["x"]))
        let listeners = try await gateway.start(at: [ListenAddress(parsing: "tcp:127.0.0.1:0")])
        let plex = try Plex(server: listeners[0].url, environment: [:])
        #expect(try await plex.reply(to: "Hi", using: "x").text == "a/x")
        await gateway.stop()
    }
}
