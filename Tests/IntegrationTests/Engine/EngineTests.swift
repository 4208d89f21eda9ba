import ProviderKit
import ProviderTesting
import Testing
import TransportKit

/// Chats with a real model over both dialects that its server speaks.
@Suite(.timeLimit(.minutes(5))) struct EngineTests {
    private static let dialects: [WireDialect] = [.openAI, .anthropic, .openAIResponses]
    private static let weather = ToolDefinition(
        name: "get_weather",
        description: "Current weather in a city.",
        parameters: ["type": "object", "properties": ["city": ["type": "string"]], "required": ["city"]]
    )

    private static func request(_ prompt: String, maximumTokens: Int = 48) -> ChatRequest {
        var request = ChatRequest(model: "tiny", prompt: prompt)
        request.sampling.temperature = 0
        request.maximumTokens = maximumTokens
        return request
    }

    private static func answer(
        _ dialect: WireDialect,
        _ request: ChatRequest,
        isStreamed: Bool
    ) async throws -> ChatResponse {
        let provider = try await Engine.shared().provider(dialect)
        guard isStreamed else { return try await provider.respond(to: request) }
        let transcript = await StreamTranscript(recording: try await provider.stream(request))
        #expect(transcript.violations == [])
        if let error = transcript.error { throw error }
        return try #require(transcript.response)
    }

    @Test(arguments: dialects, [true, false])
    func itAnswers(_ dialect: WireDialect, _ isStreamed: Bool) async throws {
        let response = try await Self.answer(dialect, Self.request("Hello"), isStreamed: isStreamed)
        #expect(response.text == "Hello! How can I help you?")
        #expect(response.finishReason == .stop)
        #expect(response.model == "tiny")
        let usage = try #require(response.usage)
        #expect(usage.inputTokens > 0 && usage.outputTokens > 0)
    }

    // As Responses, this server calls every answer completed.
    @Test(arguments: [WireDialect.openAI, .anthropic], [true, false])
    func theTokenLimitEndsAnAnswer(_ dialect: WireDialect, _ isStreamed: Bool) async throws {
        let request = Self.request("Count to five.", maximumTokens: 3)
        let response = try await Self.answer(dialect, request, isStreamed: isStreamed)
        #expect(response.finishReason == .length)
        #expect(response.usage?.outputTokens == 3)
    }

    @Test(arguments: dialects, [true, false])
    func itCallsAToolAndUsesItsResult(_ dialect: WireDialect, _ isStreamed: Bool) async throws {
        var request = Self.request("What is the weather in Paris?")
        request.tools = [Self.weather]
        let first = try await Self.answer(dialect, request, isStreamed: isStreamed)
        let call = try #require(first.toolCalls.first)
        #expect(first.finishReason == .toolCalls)
        #expect(call.name == "get_weather")
        #expect(try JSONValue(parsing: call.arguments) == ["city": "Paris"])
        request.messages += [first.message, .toolResult("sunny", for: call)]
        let second = try await Self.answer(dialect, request, isStreamed: isStreamed)
        #expect(second.text == "The weather in Paris is sunny.")
    }

    @Test(arguments: [true, false])
    func anAnswerFitsAJSONSchema(_ isStreamed: Bool) async throws {
        var request = Self.request("What is the capital of France?")
        request.responseFormat = .jsonSchema(
            JSONSchemaFormat(
                name: "answer",
                schema: [
                    "type": "object", "properties": ["answer": ["type": "string"], "sure": ["type": "boolean"]],
                    "required": ["answer", "sure"], "additionalProperties": false,
                ]
            )
        )
        let response = try await Self.answer(.openAI, request, isStreamed: isStreamed)
        let value = try JSONValue(parsing: response.text)
        #expect(value["answer"]?.string != nil)
        #expect(value["sure"]?.bool != nil)
    }

    @Test func itListsItsModel() async throws {
        let models = try await Engine.shared().provider(.openAI).models()
        #expect(models.map(\.id) == ["tiny"])
    }

    @Test func itMakesEmbeddings() async throws {
        let provider = try await Engine.shared().provider(.openAI)
        let embedder = try #require(provider as? any EmbeddingProvider)
        let response = try await embedder.embed(EmbeddingRequest(model: "tiny", input: ["Hello", "ping"]))
        #expect(response.vectors.map(\.count) == [128, 128])
        #expect(response.vectors[0] != response.vectors[1])
    }

    @Test(arguments: dialects)
    func manyRequestsAtOnceAreToldApart(_ dialect: WireDialect) async throws {
        let provider = try await Engine.shared().provider(dialect)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1000..<1008 {
                group.addTask {
                    let response = try await provider.respond(to: Self.request("Echo \(number)"))
                    #expect(response.text == "\(number)")
                }
            }
            try await group.waitForAll()
        }
    }

    @Test(arguments: dialects)
    func tooLongAConversationIsToldApart(_ dialect: WireDialect) async throws {
        let prompt = String(repeating: "ping pong ", count: 3000)
        let error = await #expect(throws: PlexError.self) {
            try await Self.answer(dialect, Self.request(prompt), isStreamed: true)
        }
        #expect(error?.code == .contextLengthExceeded)
    }
}

/// What needs an engine of its own.
@Suite(.timeLimit(.minutes(5))) struct OwnEngineTests {
    @Test func cancellationFreesTheSlot() async throws {
        let engine = try await Engine.start(["--parallel", "1", "--ctx", "32768"])
        let provider = try engine.provider(.openAI)
        var request = ChatRequest(model: "tiny", prompt: "Tell me a story.")
        // More than the engine can say within the time that the test may take.
        request.maximumTokens = 30_000
        request.extra["ignore_eos"] = true
        let gate = Gate()
        let task = Task { [request] in
            defer { gate.open() }
            for try await event in try await provider.stream(request) {
                if case .text = event { gate.open() }
            }
        }
        try await gate.waitUntilOpen()
        #expect(try await engine.busySlots() == 1)
        task.cancel()
        let error = await #expect(throws: PlexError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        // The engine looks at its peers between two tokens, some of which pass while it is asked.
        var busy = 1
        for _ in 0..<200 where busy > 0 { busy = try await engine.busySlots() }
        #expect(busy == 0)
    }

    @Test func aWrongKeyIsRefused() async throws {
        let engine = try await Engine.start(["--api-key", "sk-right"])
        for dialect in [WireDialect.openAI, .anthropic] {
            let request = ChatRequest(model: "tiny", prompt: "ping")
            let error = await #expect(throws: PlexError.self) {
                try await engine.provider(dialect, apiKey: "sk-wrong").respond(to: request)
            }
            #expect(error?.code == .authentication)
            #expect(error.map { "\($0)".contains("sk-wrong") } == false)
            let response = try await engine.provider(dialect, apiKey: "sk-right").respond(to: request)
            #expect(!response.text.isEmpty)
        }
    }
}
