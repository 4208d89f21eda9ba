import FoundationEssentials
import ProviderKit
import ProviderTesting
import Testing
import TransportKit

/// What we write for callers, read by OpenAI's own client.
@Suite("OpenAI's client reads our answers")
struct OpenAIClientTests {
    /// An answer, and what the client has to find in it.
    private struct Sample {
        var call: String
        var status = 200
        var body: [UInt8]
        var type = "application/json"
        var expected: JSONValue

        var line: JSONValue {
            [
                "call": .string(call), "status": .number(JSONNumber(status)),
                "body": .string(String(decoding: body, as: UTF8.self)), "type": .string(type),
            ]
        }
    }

    private static let context = AnswerContext(id: "chatcmpl-1", created: 1_700_000_000, model: "m")

    private static func read(_ samples: [Sample]) async throws -> [JSONValue] {
        let file = FileManager.default.temporaryDirectory.appending(path: "answers-\(UUID().uuidString).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(samples.flatMap { $0.line.serialized + [0x0A] }).write(to: file)
        let child = try await ChildProcess(
            Rig.python(),
            ["\(Rig.root)/Tests/Fixtures/openai/read.py", file.path(percentEncoded: false)]
        )
        let outcome = try await child.outcome()
        #expect(outcome.status == 0, "\(outcome.errorOutput)")
        return try outcome.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    }

    private static func check(_ samples: [Sample]) async throws {
        let found = try await read(samples)
        #expect(found.count == samples.count)
        for (sample, found) in zip(samples, found) {
            #expect(found == sample.expected, "\(sample.call): \(String(decoding: sample.body, as: UTF8.self))")
        }
    }

    private static let contents: [[ContentPart]] = [
        [.text("Hello \"you\"\n🦑\u{1}\u{2028}")],
        [.reasoning(Reasoning("hm", signature: "s")), .text("x")],
        [.refusal("no")],
        [
            .text("I look."), .toolCall(ToolCall(id: "c1", name: "f", arguments: #"{"a":1}"#)),
            .toolCall(ToolCall(id: "c2", name: "g", arguments: "{}", signature: "s")),
        ],
    ]

    private static let responses: [ChatResponse] = contents.flatMap { content in
        let reasons: [FinishReason] = [.stop, .length, .toolCalls, .contentFilter, .refusal, "odd"]
        return reasons.map { reason in
            ChatResponse(
                provider: "p",
                model: "m",
                message: Message(role: .assistant, content: content),
                finishReason: reason,
                rawFinishReason: reason.rawValue,
                usage: Usage(inputTokens: 3, outputTokens: 4, cachedReadTokens: 1, reasoningTokens: 2),
                warnings: [Warning(.dropped, field: "sampling.seed", "there is none")]
            )
        }
    }

    private static func word(_ reason: FinishReason?, isRefusalInWords: Bool) -> JSONValue {
        let words: [FinishReason] = [.length, .toolCalls, .contentFilter]
        // Nothing else would tell a refusal without words from a whole answer.
        if reason == .refusal, !isRefusalInWords { return "content_filter" }
        return .string(reason.flatMap { words.contains($0) ? $0.rawValue : nil } ?? "stop")
    }

    private static func expectation(_ response: ChatResponse) -> JSONValue {
        let refusals = response.message.content.compactMap { part in
            if case .refusal(let text) = part.kind { text } else { nil as String? }
        }
        return [
            "id": "chatcmpl-1", "text": .string(response.text), "refusal": .string(refusals.joined()),
            "reasoning": .string(response.message.reasoningText),
            "calls": .array(
                response.toolCalls.map { [.string($0.id), .string($0.name), .string($0.arguments)] }
            ),
            "finish": word(response.finishReason, isRefusalInWords: !refusals.isEmpty), "usage": [3, 4, 7],
        ]
    }

    @Test func chat() async throws {
        let served = OpenAIChatServed()
        let asked = ServedRequest(
            request: ChatRequest(model: "m", prompt: "x"),
            isStreaming: false,
            wantsUsage: true
        )
        var samples: [Sample] = []
        for response in Self.responses {
            let body = served.encodeResponse(response, to: asked, context: Self.context).serialized
            samples.append(Sample(call: "chat", body: body, expected: Self.expectation(response)))
            var encoder = served.makeStreamEncoder(for: asked, context: Self.context)
            var wire: [UInt8] = []
            for event in ResponseReplay.events(of: response) { encoder.encode(event, into: &wire) }
            samples.append(
                Sample(
                    call: "chat-stream",
                    body: wire,
                    type: "text/event-stream",
                    expected: Self.expectation(response)
                )
            )
        }
        try await Self.check(samples)
    }

    @Test func completionsEmbeddingsAndModels() async throws {
        let text = Self.responses[0]
        let asked = ServedCompletion(
            request: TextCompletionRequest(model: "m", prompt: "x"),
            isStreaming: false,
            wantsUsage: true
        )
        let found: JSONValue = ["text": .string(text.text), "finish": "stop", "usage": [3, 4, 7]]
        var encoder = OpenAICompletionServed().makeStreamEncoder(for: asked, context: Self.context)
        var wire: [UInt8] = []
        for event in ResponseReplay.events(of: text) { encoder.encode(event, into: &wire) }
        let vectors = EmbeddingResponse(vectors: [[1.5, -0.5, 0.25], [3.5, 4.5, -5.5]], model: "m")
        let embeddings = [true, false].map { isBase64 in
            let request = EmbeddingRequest(model: "m", input: ["a", "b"])
            return OpenAIEmbeddingsServed().encodeResponse(
                vectors,
                to: ServedEmbedding(request: request, isBase64: isBase64),
                context: Self.context
            )
        }
        let models = OpenAIModelList.encode([Model(id: "b", provider: "p", created: 5), Model(id: "a", provider: "q")])
        try await Self.check(
            [
                Sample(
                    call: "completion",
                    body: OpenAICompletionServed().encodeResponse(text, context: Self.context).serialized,
                    expected: found
                ),
                Sample(call: "completion-stream", body: wire, type: "text/event-stream", expected: found),
                Sample(call: "models", body: models.serialized, expected: [["b", 5, "p"], ["a", 0, "q"]]),
            ]
                + embeddings.map {
                    Sample(call: "embeddings", body: $0, expected: [[1.5, -0.5, 0.25], [3.5, 4.5, -5.5]])
                }
        )
    }

    @Test func errorsAreTheClientsExceptions() async throws {
        let cases: [(PlexError.Code, Int?, String)] = [
            (.invalidRequest, nil, "BadRequestError"), (.contextLengthExceeded, 400, "BadRequestError"),
            (.invalidRequest, 422, "UnprocessableEntityError"), (.notFound, 404, "NotFoundError"),
            (.rateLimited, 429, "RateLimitError"), (.quotaExhausted, 429, "RateLimitError"),
            (.authentication, 401, "InternalServerError"), (.overloaded, 529, "InternalServerError"),
            (.timeout(.total), nil, "InternalServerError"), (.internal, nil, "InternalServerError"),
        ]
        let samples = cases.map { code, status, name in
            let error = CallerError(
                PlexError(code, "it failed", status: status, parameter: "messages[0]"),
                requestID: "r"
            )
            let body = OpenAIChatServed().encodeError(error)
            return Sample(
                call: "chat",
                status: error.status,
                body: body.serialized,
                expected: [
                    "error": .string(name), "code": .string(error.code), "param": "messages[0]",
                    "type": body["error"]?["type"] ?? .null,
                ]
            )
        }
        try await Self.check(samples + [try Self.brokenStream()])
    }

    private static func brokenStream() throws -> Sample {
        let asked = ServedRequest(request: ChatRequest(model: "m", prompt: "x"), isStreaming: true, wantsUsage: false)
        var encoder = OpenAIChatServed().makeStreamEncoder(for: asked, context: context)
        var wire: [UInt8] = []
        encoder.encode(.text("a"), into: &wire)
        encoder.encode(CallerError(status: 502, message: "cut", code: "stream_cut"), into: &wire)
        return Sample(
            call: "chat-stream",
            body: wire,
            type: "text/event-stream",
            expected: ["error": "APIError", "code": "stream_cut", "param": .null, "type": "server_error"]
        )
    }
}
