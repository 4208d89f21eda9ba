import ProviderKit
import Testing
import TransportKit

@Suite("OpenAI provider: models, texts, vectors, addresses")
struct OpenAIFurtherTests {
    @Test(arguments: [
        #"{"object":"list","data":[{"id":"b","owned_by":"o","created":7},{"id":"a","context_length":9},{"id":"b"},{}]}"#,
        #"[{"id":"b","organization":"o","created":7},{"id":"a","context_length":9}]"#,
        #"{"models":[{"name":"b","owned_by":"o","created":7},{"name":"a","max_model_len":9}]}"#,
    ])
    func modelsInTheirOrderAndOnce(body: String) async throws {
        let models = try await OpenAIProvider.make(FakeTransport(text: body)).models()
        #expect(models.map(\.id) == ["b", "a"])
        #expect(models[0].owner == "o" && models[0].created == 7 && models[1].contextLength == 9)
    }

    @Test func modelsOfTheConfigurationAreNotAskedFor() async throws {
        let transport = FakeTransport(text: "")
        let models = try await OpenAIProvider.make(transport) { $0.models = ["x", "y"] }.models()
        #expect(models.map(\.id) == ["x", "y"] && transport.sent.isEmpty)
    }

    @Test func aListWithoutDataIsNone() async throws {
        let provider = try OpenAIProvider.make(FakeTransport(text: #"{"status":"ok"}"#))
        let error = await #expect(throws: PlexError.self) { try await provider.models() }
        #expect(error?.code == .malformedResponse)
    }

    @Test func textIsContinued() async throws {
        let transport = FakeTransport(text: #"{"choices":[{"text":"<think>b","finish_reason":"length"}]}"#)
        let provider = try OpenAIProvider.make(transport)
        let request = TextCompletionRequest(model: "m", prompt: "a", maximumTokens: 4, extra: ["echo": false])
        let response = try await provider.complete(request)
        #expect(response.text == "<think>b" && response.finishReason == .length)
        #expect(transport.sent.first?.url.hasSuffix("/v1/completions") == true)
        #expect(transport.sentBody == ["model": "m", "prompt": "a", "max_tokens": 4, "echo": false])
    }

    @Test func vectorsComeInTheOrderOfTheTexts() async throws {
        let body = """
            {"model":"e","data":[{"index":1,"embedding":[0.5,-1]},{"index":0,"embedding":[1,2]}],
             "usage":{"prompt_tokens":4,"total_tokens":4}}
            """
        let transport = FakeTransport(text: body)
        let provider = try OpenAIProvider.make(transport)
        let response = try await provider.embed(EmbeddingRequest(model: "e", input: ["a", "b"], dimensions: 2))
        #expect(response.vectors == [[1, 2], [0.5, -1]] && response.usage?.inputTokens == 4)
        #expect(transport.sentBody == ["model": "e", "input": ["a", "b"], "dimensions": 2])
    }

    @Test(arguments: [
        "{}", #"{"data":[{"index":0,"embedding":[1]}]}"#,
        #"{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}"#,
        #"{"data":[{"index":0,"embedding":[1]},{"index":5,"embedding":[1]}]}"#,
        #"{"data":[{"index":0,"embedding":"AAAA"},{"index":1,"embedding":[1]}]}"#,
    ])
    func vectorsThatDoNotFit(body: String) async throws {
        let provider = try OpenAIProvider.make(FakeTransport(text: body))
        let error = await #expect(throws: PlexError.self) {
            try await provider.embed(EmbeddingRequest(model: "e", input: ["a", "b"]))
        }
        #expect(error?.code == .malformedResponse)
    }

    @Test(
        arguments: [
            ("https://r.openai.azure.com", nil, "/openai/deployments/gpt%2F../chat/completions?api-version=2024-10-21"),
            (
                "https://r.openai.azure.com/openai", "v 1",
                "/openai/deployments/gpt%2F../chat/completions?api-version=v%201"
            ),
            ("https://r.openai.azure.com/openai/v1", nil, "/openai/v1/chat/completions"),
            ("https://r.openai.azure.com/openai/v1", "preview", "/openai/v1/chat/completions?api-version=preview"),
            (
                "https://r.openai.azure.com/openai/deployments/d", "x",
                "/openai/deployments/d/chat/completions?api-version=x"
            ),
        ] as [(String, String?, String)]
    )
    func azure(base: String, version: String?, path: String) async throws {
        let transport = FakeTransport(text: OpenAIProviderTests.answer)
        let provider = try OpenAIProvider.make(
            transport,
            base: base,
            key: "secret",
            preset: .azure,
            apiVersion: version
        )
        _ = try await provider.respond(to: ChatRequest(model: "gpt/..", prompt: "a"))
        let sent = try #require(transport.sent.first)
        #expect(sent.url == "https://r.openai.azure.com" + path)
        #expect(sent.credentials["api-key"]?.withText { $0 } == "secret" && sent.credentials["authorization"] == nil)
    }

    @Test func presets() throws {
        #expect(Set(OpenAIPreset.all.map(\.name)).count == OpenAIPreset.all.count)
        for preset in OpenAIPreset.all {
            #expect(OpenAIPreset.named(preset.name) == preset)
            guard let baseURL = preset.baseURL else {
                #expect(preset.name == "azure")
                continue
            }
            let endpoint = try Endpoint(parsing: baseURL)
            #expect(baseURL.hasSuffix("/v1"))
            #expect(OpenAIPreset.serving(endpoint)?.name == (preset.requiresKey ? preset.name : nil))
            #expect(preset.requiresKey == baseURL.hasPrefix("https://"))
            if preset.requiresKey { #expect(preset.keyVariable?.hasSuffix("_API_KEY") == true) }
        }
        #expect(OpenAIPreset.named("nobody") == nil)
    }

    @Test(
        arguments: [
            ("https://api.openai.com/v1", OpenAIPreset.openAI, "openai"),
            ("http://127.0.0.1:9/v1", .openAI, "compatible"),
            ("https://api.groq.com/openai/v1", nil, "groq"), ("https://proxy.example.com/v1", nil, "compatible"),
            ("https://proxy.example.com/v1", .mistral, "mistral"), ("unix:/run/e.sock:/v1", nil, "compatible"),
            ("https://x.openai.azure.com", nil, "azure"),
        ] as [(String, OpenAIPreset?, String)]
    )
    func thePresetIsToldByTheHost(base: String, wanted: OpenAIPreset?, name: String) throws {
        let provider = try OpenAIProvider.make(FakeTransport(text: ""), base: base, preset: wanted)
        #expect(provider.preset.name == name)
    }

    @Test func aMissingKeyIsNamedBeforeAnythingIsSent() async throws {
        let transport = FakeTransport(text: OpenAIProviderTests.answer)
        let provider = try OpenAIProvider.make(transport, base: "https://api.openai.com/v1")
        let error = await #expect(throws: PlexError.self) {
            try await provider.respond(to: OpenAIProviderTests.request)
        }
        #expect(error?.code == .authentication && error?.message.contains("OPENAI_API_KEY") == true)
        #expect(transport.sent.isEmpty)
    }

    @Test(
        arguments: [
            ("gpt-4o-mini", [Capabilities.Feature.vision, .tools], [.reasoning]),
            ("openai/o3-mini", [.reasoning], [.vision]),
            ("text-embedding-3-small", [.embeddings], [.tools, .streaming]),
            ("nobody-knows", [.streaming, .tools], [.vision]),
        ] as [(ModelID, [Capabilities.Feature], [Capabilities.Feature])]
    )
    func capabilities(model: ModelID, has: [Capabilities.Feature], lacks: [Capabilities.Feature]) async throws {
        let found = await (try OpenAIProvider.make(FakeTransport(text: ""))).capabilities(of: model)
        #expect(has.allSatisfy(found.contains) && !lacks.contains(where: found.contains))
    }

    @Test func aPreviewSendsNothing() throws {
        let transport = FakeTransport(text: "")
        let preview = try OpenAIProvider.make(transport, key: "k").preview(
            OpenAIProviderTests.request,
            isStreaming: true
        )
        #expect(preview.url == "https://llm.example.com/v1/chat/completions" && preview.body["stream"] == true)
        #expect(transport.sent.isEmpty)
    }
}
