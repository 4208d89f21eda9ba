import ProviderKit
import Testing
import TransportKit

@Suite("Ollama provider")
struct OllamaProviderTests {
    private func makeProvider(
        _ transport: CannedTransport,
        base: String = "http://127.0.0.1:11434",
        key: String? = nil,
        models: [ModelID]? = nil
    ) throws -> OllamaProvider {
        let configuration = ProviderConfiguration(
            id: "ollama",
            endpoint: try Endpoint(parsing: base),
            apiKey: key.map { Secret($0) },
            models: models
        )
        return OllamaProvider(configuration: configuration, transport: transport)
    }

    private let request = ChatRequest(model: "llama3.2", prompt: "Hi")
    private let answer = CannedTransport.Answer(
        #"{"model":"llama3.2","message":{"role":"assistant","content":"Hello"},"done":true,"done_reason":"stop"}"#
    )

    @Test(
        "The endpoint is the root, with or without /api and /v1",
        arguments: ["http://h:1", "http://h:1/", "http://h:1/api", "http://h:1/api/", "http://h:1/v1"]
    )
    func endpoint(base: String) async throws {
        let transport = CannedTransport(answer)
        let response = try await makeProvider(transport, base: base).respond(to: request)
        #expect(response.text == "Hello" && response.provider == "ollama")
        #expect(transport.requests.map(\.url) == ["http://h:1/api/chat"])
        #expect(transport.requests.first?.credentials.isEmpty == true)
        #expect(transport.requests.first?.json?["stream"] == false)
    }

    @Test("A configured key is sent as a bearer token")
    func key() async throws {
        let transport = CannedTransport(answer)
        _ = try await makeProvider(transport, key: "secret-1").respond(to: request)
        #expect(transport.requests.first?.credential("authorization") == "Bearer secret-1")
    }

    @Test("Streams are read to their end; a cut one fails")
    func stream() async throws {
        let fields: HTTPFields = ["content-type": "application/x-ndjson"]
        let transport = CannedTransport(
            CannedTransport.Answer(OllamaAnswerTests.transcript, fields: fields),
            CannedTransport.Answer(String(OllamaAnswerTests.transcript.prefix(500)), fields: fields)
        )
        let provider = try makeProvider(transport)
        let response = try await provider.stream(request).response()
        #expect(response.text == "The 🌍 turns." && response.toolCalls.count == 2)
        #expect(Set(response.toolCalls.map(\.id)).count == 2)
        let error = await #expect(throws: PlexError.self) { try await provider.stream(request).response() }
        #expect(error?.code == .streamCut && error?.provider == "ollama")
    }

    @Test("A missing model is not found, by the server's words")
    func missingModel() async throws {
        let transport = CannedTransport(
            CannedTransport.Answer(#"{"error":"model 'llama9' not found"}"#, status: 404)
        )
        let error = await #expect(throws: PlexError.self) { try await makeProvider(transport).respond(to: request) }
        #expect(error?.code == .notFound && error?.status == 404)
        #expect(error?.message.contains("llama9") == true)
    }

    @Test("Installed models are listed with size and time")
    func models() async throws {
        let transport = CannedTransport(
            CannedTransport.Answer(
                #"""
                {"models":[{"name":"deepseek-r1:latest","model":"deepseek-r1:latest",
                 "modified_at":"2025-05-10T08:06:48.639712648-07:00","size":4683075271,"digest":"0a8c",
                 "details":{"family":"qwen2"}},{"name":"old"},{}]}
                """#
            ),
            CannedTransport.Answer(#"{"models":null}"#),
            CannedTransport.Answer("[]")
        )
        let provider = try makeProvider(transport)
        #expect(
            try await provider.models() == [
                Model(
                    id: "deepseek-r1:latest",
                    provider: "ollama",
                    displayName: "deepseek-r1:latest",
                    created: 1_746_889_608,
                    sizeInBytes: 4_683_075_271
                ),
                Model(id: "old", provider: "ollama", displayName: "old"),
            ]
        )
        #expect(transport.requests.first?.url == "http://127.0.0.1:11434/api/tags")
        #expect(try await provider.installedModels().isEmpty)
        let error = await #expect(throws: PlexError.self) { try await provider.models() }
        #expect(error?.code == .malformedResponse)
    }

    @Test("An empty key is none")
    func emptyKey() async throws {
        let transport = CannedTransport(CannedTransport.Answer(#"{"models":[]}"#))
        _ = try await makeProvider(transport, key: "").models()
        #expect(transport.requests.first?.credentials.isEmpty == true)
    }

    @Test("Text is continued, whole and streamed")
    func completion() async throws {
        let transport = CannedTransport(
            CannedTransport.Answer(
                #"{"model":"m","response":"blue","done":true,"done_reason":"length","context":[1],"eval_count":2}"#,
                fields: ["content-type": "application/json", "x-request-id": "r"]
            ),
            CannedTransport.Answer(
                """
                {"model":"m","response":"bl","done":false}
                {"model":"m","response":"ue","done":false}
                {"model":"m","response":"","done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":2}

                """
            )
        )
        let provider = try makeProvider(transport)
        let request = TextCompletionRequest(
            model: "m",
            prompt: "The sky is",
            sampling: Sampling(temperature: 0),
            maximumTokens: 5,
            extra: ["raw": true]
        )
        let response = try await provider.complete(request)
        #expect(response.text == "blue" && response.finishReason == .length && response.extra["context"] == [1])
        #expect(response.requestID == "r")
        let streamed = try await provider.streamCompletion(request).response()
        #expect(streamed.text == "blue" && streamed.usage == Usage(inputTokens: 3, outputTokens: 2))
        #expect(transport.requests.map(\.url) == Array(repeating: "http://127.0.0.1:11434/api/generate", count: 2))
        #expect(
            transport.requests.first?.json == [
                "model": "m", "prompt": "The sky is", "stream": false, "raw": true,
                "options": ["temperature": 0, "num_predict": 5],
            ]
        )
    }

    @Test("Texts become vectors in their order; a number too few is an error")
    func embed() async throws {
        let body = CannedTransport.Answer(
            #"{"model":"all-minilm","embeddings":[[0.5,-1],[2,3]],"prompt_eval_count":8}"#
        )
        let broken = CannedTransport.Answer(#"{"model":"all-minilm","embeddings":[[0.5,null]]}"#)
        let transport = CannedTransport(body, body, broken)
        let provider = try makeProvider(transport)
        let response = try await provider.embed(
            EmbeddingRequest(model: "all-minilm", input: ["a", "b"], dimensions: 2, extra: ["truncate": true])
        )
        #expect(response.vectors == [[0.5, -1], [2, 3]] && response.usage?.inputTokens == 8)
        #expect(
            transport.requests.first?.json == [
                "model": "all-minilm", "input": ["a", "b"], "dimensions": 2, "truncate": true,
            ]
        )
        for _ in 0..<2 {
            let error = await #expect(throws: PlexError.self) {
                try await provider.embed(EmbeddingRequest(model: "all-minilm", input: ["a"]))
            }
            #expect(error?.code == .malformedResponse)
        }
        #expect(transport.requests.count == 3)
    }

    @Test("A fetch reports its progress and ends when the model is there")
    func install() async throws {
        let transport = CannedTransport(
            CannedTransport.Answer(
                """
                {"status":"pulling manifest"}
                {"status":"pulling dde5","digest":"sha256:dde5","total":2142590208,"completed":241970}
                {"status":"verifying sha256 digest"}
                {"status":"success"}
                """
            )
        )
        var reports: [InstallationProgress] = []
        for try await report in try await makeProvider(transport).install("llama3.2") {
            reports.append(report)
        }
        #expect(
            reports == [
                InstallationProgress(status: "pulling manifest"),
                InstallationProgress(
                    status: "pulling dde5",
                    completedBytes: 241_970,
                    totalBytes: 2_142_590_208
                ),
                InstallationProgress(status: "verifying sha256 digest"), InstallationProgress(status: "success"),
            ]
        )
        let request = try #require(transport.requests.first)
        #expect(request.url == "http://127.0.0.1:11434/api/pull")
        #expect(request.json == ["model": "llama3.2", "stream": true])
        #expect(request.timeouts.total == nil && request.timeouts.idle == .seconds(600))
    }

    static let brokenFetches: [(String, PlexError.Code)] = [
        ("{\"status\":\"pulling manifest\"}\n", .streamCut), ("", .streamCut),
        ("{\"status\":\"pulling manifest\"}\n{\"status\":\"suc", .streamCut),
        ("{\"status\":\"a\"}\n{\"status\":\"b\"}", .streamCut),
        ("{\"error\":\"pull model manifest: file does not exist\"}\n", .upstream), ("x\n", .malformedResponse),
        ("{}\n", .malformedResponse),
    ]

    @Test("A fetch that does not end in success fails", arguments: brokenFetches)
    func brokenFetch(body: String, code: PlexError.Code) async throws {
        let error = await #expect(throws: PlexError.self) {
            let transport = CannedTransport(CannedTransport.Answer(body))
            for try await _ in try await makeProvider(transport).install("llama3.2") {}
        }
        #expect(error?.code == code && error?.provider == "ollama" && error?.model == "llama3.2")
    }

    static let features: [(ModelID, Set<Capabilities.Feature>)] = [
        ("nomic-embed-text:latest", [.embeddings]), ("llama3.2:1b", [.streaming, .jsonSchema, .tools]),
        ("llama3.2-vision", [.streaming, .jsonSchema, .tools, .vision]),
        ("someone/qwen3:4b", [.streaming, .jsonSchema, .tools, .reasoning]), ("unheard-of", [.streaming, .jsonSchema]),
    ]

    @Test("Capabilities follow the family", arguments: features)
    func capabilities(model: ModelID, features: Set<Capabilities.Feature>) async throws {
        #expect(try await makeProvider(CannedTransport()).capabilities(of: model).features == features)
    }
}
