import ProviderKit
import Testing
import TransportKit

@Suite("Anthropic provider")
struct AnthropicProviderTests {
    private func makeProvider(
        _ transport: CannedTransport,
        base: String = "https://api.anthropic.com",
        models: [ModelID]? = nil,
        fields: HTTPFields = [:],
        authentication: AnthropicProvider.Authentication = .apiKey
    ) throws -> AnthropicProvider {
        let configuration = ProviderConfiguration(
            id: "anthropic",
            endpoint: try Endpoint(parsing: base),
            apiKey: Secret("sk-ant-secret"),
            fields: fields,
            models: models
        )
        return AnthropicProvider(configuration: configuration, authentication: authentication, transport: transport)
    }

    static let answer =
        #"{"id":"msg_1","type":"message","model":"claude-sonnet-4-5","content":[{"type":"text","text":"Hello"}],"#
        + #""stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":1}}"#

    @Test(
        "The endpoint is the root, with or without /v1",
        arguments: [
            ("https://a.example", "https://a.example/v1/messages"),
            ("https://a.example/", "https://a.example/v1/messages"),
            ("https://a.example/v1", "https://a.example/v1/messages"),
            ("https://a.example/v1/", "https://a.example/v1/messages"),
            ("https://a.example/anthropic", "https://a.example/anthropic/v1/messages"),
        ]
    )
    func endpoint(base: String, url: String) async throws {
        let transport = CannedTransport(CannedTransport.Answer(Self.answer))
        let response = try await makeProvider(transport, base: base).respond(
            to: ChatRequest(model: "claude-sonnet-4-5", prompt: "Hi")
        )
        #expect(response.text == "Hello" && response.provider == "anthropic")
        #expect(transport.requests.map(\.url) == [url])
    }

    @Test("Version, key and the configuration's own fields are sent; the key counts as secret")
    func headers() async throws {
        let transport = CannedTransport(
            CannedTransport.Answer(
                Self.answer,
                fields: ["content-type": "application/json", "request-id": "req_1"]
            )
        )
        let provider = try makeProvider(transport, fields: ["anthropic-beta": "files-api-2025-04-14"])
        let response = try await provider.respond(to: ChatRequest(model: "claude-sonnet-4-5", prompt: "Hi"))
        let request = try #require(transport.requests.first)
        #expect(request.fields["anthropic-version"] == "2023-06-01")
        #expect(request.fields["anthropic-beta"] == "files-api-2025-04-14")
        #expect(request.fields["x-api-key"] == nil && request.credential("x-api-key") == "sk-ant-secret")
        #expect(request.method == "POST" && !request.isStreaming)
        #expect(response.requestID == "req_1")
    }

    @Test("A key can be sent as a bearer token")
    func bearer() async throws {
        let transport = CannedTransport(CannedTransport.Answer(Self.answer))
        let provider = try makeProvider(transport, authentication: .bearer)
        _ = try await provider.respond(to: ChatRequest(model: "claude-sonnet-4-5", prompt: "Hi"))
        #expect(transport.requests.first?.credential("authorization") == "Bearer sk-ant-secret")
        #expect(transport.requests.first?.credentials["x-api-key"] == nil)
    }

    @Test("Models are collected from all pages")
    func models() async throws {
        let transport = CannedTransport(
            CannedTransport.Answer(
                #"""
                {"data":[{"type":"model","id":"claude-sonnet-4-5","display_name":"Claude Sonnet 4.5",
                 "created_at":"2025-09-29T00:00:00Z","max_input_tokens":200000}],"has_more":true,"first_id":"a","last_id":"x&y"}
                """#
            ),
            CannedTransport.Answer(
                #"{"data":[{"id":"claude-3","created_at":"never"}],"has_more":false,"last_id":"z"}"#
            )
        )
        let models = try await makeProvider(transport).models()
        #expect(
            models == [
                Model(
                    id: "claude-sonnet-4-5",
                    provider: "anthropic",
                    displayName: "Claude Sonnet 4.5",
                    created: 1_759_104_000,
                    contextLength: 200_000
                ), Model(id: "claude-3", provider: "anthropic"),
            ]
        )
        #expect(
            transport.requests.map(\.url) == [
                "https://api.anthropic.com/v1/models?limit=1000",
                "https://api.anthropic.com/v1/models?limit=1000&after_id=x%26y",
            ]
        )
    }

    @Test("Models of the configuration need no request; a search looks through them")
    func configuredModels() async throws {
        let transport = CannedTransport()
        let provider = try makeProvider(transport, models: ["claude-a", "other"])
        #expect(try await provider.models().map(\.id) == ["claude-a", "other"])
        #expect(try await provider.searchModels("CLAUDE").models.map(\.id) == ["claude-a"])
        #expect(transport.requests.isEmpty)
    }

    @Test("A list that leads back to a page, or is none, is an error", arguments: [#"{"models":[]}"#, "[]"])
    func badLists(body: String) async throws {
        let error = await #expect(throws: PlexError.self) {
            try await makeProvider(CannedTransport(CannedTransport.Answer(body))).models()
        }
        #expect(error?.code == .malformedResponse && error?.provider == "anthropic")
        let page = CannedTransport.Answer(#"{"data":[{"id":"a"}],"has_more":true,"last_id":"a"}"#)
        let circle = await #expect(throws: PlexError.self) {
            try await makeProvider(CannedTransport(page, page)).models()
        }
        #expect(circle?.code == .malformedResponse)
    }

    @Test("Tokens are counted by the server")
    func countTokens() async throws {
        let transport = CannedTransport(CannedTransport.Answer(#"{"input_tokens":14}"#), CannedTransport.Answer("{}"))
        let provider = try makeProvider(transport)
        let request = ChatRequest(model: "claude-sonnet-4-5", prompt: "Hi")
        #expect(try await provider.countTokens(of: request) == 14)
        #expect(transport.requests.first?.url == "https://api.anthropic.com/v1/messages/count_tokens")
        #expect(transport.requests.first?.json?["max_tokens"] == nil)
        let error = await #expect(throws: PlexError.self) { try await provider.countTokens(of: request) }
        #expect(error?.code == .malformedResponse)
    }

    static let refusals: [(Int, String, PlexError.Code)] = [
        (
            401, #"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#,
            .authentication
        ),
        (404, #"{"type":"error","error":{"type":"not_found_error","message":"model: x"}}"#, .notFound),
        (429, #"{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}"#, .rateLimited),
        (529, #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, .overloaded),
        (500, "<html>", .upstream),
    ]

    @Test("Refusals become errors with code, status and the provider's word", arguments: refusals)
    func refusal(status: Int, body: String, code: PlexError.Code) async throws {
        let answer = CannedTransport.Answer(body, status: status, fields: ["retry-after": "7", "request-id": "req_9"])
        for isStreaming in [false, true] {
            let error = await #expect(throws: PlexError.self) {
                let provider = try makeProvider(CannedTransport(answer))
                let request = ChatRequest(model: "claude-sonnet-4-5", prompt: "Hi")
                _ =
                    isStreaming
                    ? try await provider.stream(request).response() : try await provider.respond(to: request)
            }
            #expect(error?.code == code && error?.status == status && error?.requestID == "req_9")
            #expect(error?.retryAfter == .seconds(7))
            #expect(error?.description.contains("sk-ant-secret") == false)
        }
    }

    @Test("Streams are asked for and read to their end; a cut one fails")
    func stream() async throws {
        let whole = CannedTransport.Answer(
            AnthropicTranscripts.tools,
            fields: ["content-type": "text/event-stream", "request-id": "req_1"]
        )
        let cut = CannedTransport.Answer(
            String(AnthropicTranscripts.tools.prefix(900)),
            fields: ["content-type": "text/event-stream"]
        )
        let transport = CannedTransport(whole, cut)
        let provider = try makeProvider(transport)
        let request = ChatRequest(model: "claude-sonnet-4-5", prompt: "Hi")
        let response = try await provider.stream(request).response()
        #expect(response.toolCalls.map(\.name) == ["get_weather", "now"])
        #expect(response.requestID == "req_1" && response.provider == "anthropic")
        #expect(transport.requests.first?.json?["stream"] == true && transport.requests.first?.isStreaming == true)
        let error = await #expect(throws: PlexError.self) { try await provider.stream(request).response() }
        #expect(error?.code == .streamCut)
    }

    @Test("A request is refused before anything is sent if it cannot be written")
    func unwritable() async throws {
        let transport = CannedTransport()
        let error = await #expect(throws: PlexError.self) {
            try await makeProvider(transport).respond(to: ChatRequest(model: "claude-sonnet-4-5", messages: []))
        }
        #expect(error?.code == .invalidRequest && error?.provider == "anthropic" && transport.requests.isEmpty)
    }

    @Test("Anthropic's own service is not asked without a key; another server is")
    func missingKey() async throws {
        let transport = CannedTransport(CannedTransport.Answer(Self.answer))
        let request = ChatRequest(model: "claude-sonnet-4-5", prompt: "Hi")
        let official = ProviderConfiguration(
            id: "anthropic",
            endpoint: try Endpoint(parsing: "https://api.anthropic.com/v1")
        )
        let error = await #expect(throws: PlexError.self) {
            try await AnthropicProvider(configuration: official, transport: transport).respond(to: request)
        }
        #expect(error?.code == .authentication && transport.requests.isEmpty)
        let other = ProviderConfiguration(id: "local", endpoint: try Endpoint(parsing: "http://127.0.0.1:1"))
        let response = try await AnthropicProvider(configuration: other, transport: transport).respond(to: request)
        #expect(response.text == "Hello")
    }

    @Test("A preview shows the request and no key")
    func preview() throws {
        let preview = try makeProvider(CannedTransport()).preview(
            ChatRequest(model: "claude-sonnet-4-5", prompt: "Hi"),
            isStreaming: true
        )
        #expect(preview.url == "https://api.anthropic.com/v1/messages" && preview.method == "POST")
        #expect(preview.body["stream"] == true)
    }

    static let features: [(ModelID, Set<Capabilities.Feature>, Int?)] = [
        ("claude-2.1", [.streaming, .prefill], 200_000),
        ("claude-3-haiku-20240307", [.streaming, .prefill, .tools, .vision], 200_000),
        (
            "claude-sonnet-4-5", [.streaming, .prefill, .tools, .vision, .files, .reasoning, .jsonSchema],
            200_000
        ), ("claude-opus-5", [.streaming, .tools, .vision, .files, .reasoning, .jsonSchema], nil),
        ("tiny", [.streaming, .tools], nil),
    ]

    @Test("Capabilities follow family and version", arguments: features)
    func capabilities(model: ModelID, features: Set<Capabilities.Feature>, contextLength: Int?) async throws {
        let capabilities = try await makeProvider(CannedTransport()).capabilities(of: model)
        #expect(capabilities.features == features)
        #expect(capabilities.contextLength == contextLength)
    }
}
