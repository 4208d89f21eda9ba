import ProviderKit
import Testing
import TransportKit

extension ConversationMaker {
    private mutating func hint() -> CacheHint? { chance(15) ? CacheHint(timeToLive: some([nil, "1h"])) : nil }

    /// Parts of an answer as a server of the Messages API gives them: any order, each kind often.
    mutating func anthropicAnswer(sealed: Bool = true) -> [ContentPart] {
        var content: [ContentPart] = []
        for index in 0..<number(1..<6) {
            switch number(0..<4) {
            case 0: content.append(.reasoning(Reasoning(text(), signature: sealed ? text() : nil)))
            case 1: content.append(.reasoning(Reasoning("", redacted: text())))
            case 2:
                let input = some(["{}", #"{"a":1.50}"#, #"{"t":"é\n"}"#])
                content.append(.toolCall(ToolCall(id: "call_\(index)", name: "f\(index)", arguments: input)))
            default:
                // Two texts one after another are one on the way.
                if case .text? = content.last?.kind { continue }
                content.append(.text(text()))
            }
        }
        return content.isEmpty ? [.text("x")] : content
    }

    private mutating func userPart() -> ContentPart {
        let kinds: [ContentPart.Kind] = [
            .text(text()), .text(text()),
            .image(Media(.base64("iVBORw0KGgo="), mediaType: "image/png")), .image(Media(.url("https://e.org/a.png"))),
            .image(Media(.providerFile("file_1"))),
            .file(Media(.base64("JVBERi0="), mediaType: "application/pdf", filename: "a.pdf")),
            .file(Media(.base64("aGV5"), mediaType: "text/plain")), .file(Media(.url("https://e.org/a.pdf"))),
            .unknown(["type": "search_result", "source": .string(text()), "title": "t", "content": []]),
        ]
        let kind = some(kinds)
        if case .unknown = kind { return ContentPart(kind) }
        return ContentPart(kind, cacheHint: hint())
    }

    private mutating func result(_ index: Int) -> ContentPart {
        let content: [[ContentPart]] = [
            [], [.text(text())], [.text(text()), .image(Media(.base64("iVBORw0KGgo="), mediaType: "image/png"))],
        ]
        let result = ToolResult(callID: "call_\(index)", content: some(content), isError: chance(30))
        return ContentPart(.toolResult(result), cacheHint: hint())
    }

    /// A request that the Messages API can say all of.
    mutating func anthropicRequest() -> ChatRequest {
        var request = ChatRequest(model: "m", messages: [], extraDialect: .anthropic)
        if chance(50) {
            request.messages.append(
                Message(role: .system, content: [ContentPart(.text(text()), cacheHint: hint())])
            )
        }
        for turn in 0..<number(1..<4) {
            if turn > 0, chance(60) {
                request.messages.append(Message(role: .tool, content: (0..<number(1..<3)).map { result($0) }))
                if chance(50) { request.messages.append(.user([userPart()])) }
            } else {
                request.messages.append(.user((0..<number(1..<4)).map { _ in userPart() }))
            }
            request.messages.append(Message(role: .assistant, content: anthropicAnswer(sealed: chance(80))))
        }
        request.maximumTokens = number(5000..<9000)
        if chance(50) {
            request.tools = (0..<number(1..<4)).map { index in
                ToolDefinition(
                    name: "f\(index)",
                    description: chance(50) ? text() : nil,
                    parameters: ["type": "object", "properties": ["a": ["minimum": 0.5]]],
                    isStrict: chance(30) ? true : nil,
                    cacheHint: hint(),
                    extra: chance(20) ? ["defer_loading": true] : [:]
                )
            }
            request.toolChoice = some([nil, .auto, ToolChoice.none])
            if request.toolChoice == .auto { request.allowsParallelToolCalls = some([nil, true, false]) }
        }
        if chance(30) {
            request.responseFormat = .jsonSchema(JSONSchemaFormat(name: "answer", schema: ["type": "object"]))
        }
        if chance(50) {
            request.sampling = Sampling(temperature: 0.7, topP: 0.95, topK: number(1..<50))
            request.stopSequences = (0..<number(0..<3)).map { _ in text() }
            request.user = text()
            request.extra = ["service_tier": "auto"]
        } else if chance(50) {
            request.reasoning = ReasoningOptions(budgetTokens: number(1024..<4000))
        }
        return request
    }

    mutating func anthropicResponse() -> ChatResponse {
        let reasons: [(FinishReason, String)] = [
            (.stop, "end_turn"), (.length, "max_tokens"), (.toolCalls, "tool_use"), (.refusal, "refusal"),
            (.pause, "pause_turn"), (.stop, "stop_sequence"),
        ]
        let reason = some(reasons)
        return ChatResponse(
            id: "msg_\(number(0..<9999))",
            provider: "p",
            model: "asked",
            message: Message(role: .assistant, content: anthropicAnswer()),
            finishReason: reason.0,
            rawFinishReason: reason.1,
            usage: Usage(
                inputTokens: number(20..<99),
                outputTokens: number(10..<99),
                cachedReadTokens: chance(30) ? number(0..<9) : nil,
                cachedWriteTokens: chance(30) ? number(0..<9) : nil,
                reasoningTokens: chance(30) ? number(1..<9) : nil
            ),
            extra: reason.1 == "stop_sequence" ? ["stop_sequence": "END"] : [:]
        )
    }
}

@Suite("Anthropic's dialect there and back")
struct AnthropicServedRoundTripTests {
    private let way = ThereAndBack(served: AnthropicServed(), dialect: AnthropicMessagesDialect())

    @Test(arguments: 0..<300)
    func request(seed: Int) throws {
        var maker = ConversationMaker(seed: seed)
        let request = maker.anthropicRequest()
        let isStreaming = maker.chance(50)
        let encoded = try way.dialect.encode(request, isStreaming: isStreaming)
        #expect(encoded.warnings.isEmpty)
        let read = try way.served.decodeRequest(JSONValue(parsing: encoded.body.serialized))
        #expect(read.isStreaming == isStreaming)
        #expect(read.request.messages == request.messages)
        #expect(read.request == request)
    }

    @Test(arguments: 0..<300)
    func answer(seed: Int) throws {
        var maker = ConversationMaker(seed: seed)
        let response = maker.anthropicResponse()
        #expect(try way.whole(response) == response)
    }

    @Test(arguments: 0..<200)
    func stream(seed: Int) throws {
        var maker = ConversationMaker(seed: seed)
        let response = maker.anthropicResponse()
        let read = try way.checkStream(response, &maker)
        #expect(read.id == response.id && read.extra == response.extra)
    }

    @Test(arguments: [3, 7])
    func everySplitGivesTheSame(seed: Int) throws {
        var maker = ConversationMaker(seed: seed)
        var response = maker.anthropicResponse()
        response.message.content = [
            .reasoning(Reasoning("hm", signature: "s")), .text("a\n🦑"), .toolCall(maker.call(0)),
        ]
        try way.checkEverySplit(response, &maker)
    }
}
