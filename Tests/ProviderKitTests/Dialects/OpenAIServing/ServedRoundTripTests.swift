import ProviderKit
import Testing
import TransportKit

/// Makes up conversations and answers, the same ones for the same seed.
struct ConversationMaker {
    private var state: UInt64

    init(seed: Int) {
        state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
    }

    mutating func number(_ range: Range<Int>) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return range.lowerBound + Int(state >> 33) % range.count
    }

    mutating func chance(_ percent: Int) -> Bool { number(0..<100) < percent }

    mutating func some<T>(_ values: [T]) -> T { values[number(0..<values.count)] }

    mutating func text() -> String {
        let words = [
            "Hello", " ", "\"quoted\"", "\\", "\n", "\u{1}", "日本", "🦑", "é", "\u{2028}", "data: [DONE]", "\r\n\r\n",
        ]
        return "t" + (0..<number(1..<6)).map { _ in some(words) }.joined()
    }

    mutating func call(_ index: Int) -> ToolCall {
        ToolCall(
            id: "call_\(index)",
            name: "f\(number(0..<3))",
            arguments: some(["{}", #"{"a":1.50}"#, #"{"t":"\u00e9\n"}"#]),
            signature: chance(20) ? text() : nil
        )
    }

    /// Thoughts, text, refusal and calls, in the order of the wire.
    mutating func answer() -> [ContentPart] {
        var content: [ContentPart] = []
        if chance(40) {
            content.append(.reasoning(Reasoning(text(), signature: chance(50) ? text() : nil)))
        }
        if chance(80) { content.append(.text(text())) }
        if chance(10) { content.append(.refusal(text())) }
        if chance(40) {
            for index in 0..<number(1..<4) { content.append(.toolCall(call(index))) }
        }
        return content
    }
}

extension ConversationMaker {
    private mutating func extra() -> JSONObject {
        chance(15) ? ["x_vendor": ["n": .number(JSONNumber(number(0..<9)))]] : [:]
    }

    private mutating func part() -> ContentPart {
        let kinds: [ContentPart.Kind] = [
            .text(text()), .text(text()),
            .image(Media(.base64("iVBORw0KGgo="), mediaType: "image/png", detail: chance(50) ? "high" : nil)),
            .image(Media(.url("https://e.org/a.png"), detail: chance(50) ? "low" : nil)),
            .audio(Media(.base64("AAAA"), mediaType: some(["audio/mpeg", "audio/wav"]))),
            .file(Media(.base64("JVBERi0="), mediaType: "application/pdf", filename: "a.pdf")),
            .file(Media(.providerFile("file-1"))),
            .unknown(["type": "video_url", "video_url": ["url": .string(text())]]),
        ]
        let kind = some(kinds)
        if case .unknown = kind { return ContentPart(kind) }
        return ContentPart(kind, cacheHint: chance(15) ? CacheHint(timeToLive: "5m") : nil, extra: extra())
    }

    private mutating func message() -> Message {
        let name = chance(20) ? "Ann" : nil
        switch number(0..<5) {
        case 0: return Message(role: some([.system, .developer]), content: [.text(text())], name: name, extra: extra())
        case 1: return Message(role: .assistant, content: answer(), name: name, extra: extra())
        case 2:
            let result = ToolResult(callID: "call_1", name: "f1", content: [.text(text())])
            return Message(role: .tool, content: [ContentPart(.toolResult(result), extra: extra())])
        default:
            return Message(
                role: .user,
                content: (0..<number(1..<4)).map { _ in part() },
                name: name,
                extra: extra()
            )
        }
    }

    mutating func request() -> ChatRequest {
        var request = ChatRequest(model: "m", messages: (0..<number(1..<6)).map { _ in message() })
        request.extraDialect = .openAI
        request.extra = extra()
        if chance(50) {
            request.tools = (0..<number(1..<4)).map { index in
                ToolDefinition(
                    name: "f\(index)",
                    description: chance(50) ? text() : nil,
                    parameters: ["type": "object", "properties": ["a": ["minimum": 0.5]]],
                    isStrict: chance(30) ? true : nil,
                    extra: extra()
                )
            }
            request.toolChoice = some([nil, .auto, ToolChoice.none, .required, .tool("f0")])
            request.allowsParallelToolCalls = some([nil, true, false])
        }
        request.responseFormat = some([
            nil, .text, .jsonObject,
            .jsonSchema(JSONSchemaFormat(name: "n", description: text(), schema: ["type": "object"], isStrict: true)),
        ])
        if chance(50) {
            request.sampling = Sampling(
                temperature: 0.7,
                topP: 0.95,
                topK: number(1..<50),
                seed: number(0..<999),
                presencePenalty: -0.5,
                frequencyPenalty: 2
            )
            request.maximumTokens = number(1..<5000)
            request.stopSequences = (0..<number(0..<3)).map { _ in text() }
            request.metadata = ["k": text()]
            request.user = text()
            request.reasoning = ReasoningOptions(effort: some([ReasoningOptions.Effort.none, .low, .high]))
        }
        return request
    }

    mutating func response(model: ModelID) -> ChatResponse {
        let content = answer()
        let raw = some([.stop, .length, .toolCalls, .contentFilter] as [FinishReason])
        // The wire's word for the end says nothing of a refusal.
        let isRefusal = raw == .stop && content.contains { if case .refusal = $0.kind { true } else { false } }
        return ChatResponse(
            id: "chatcmpl-\(number(0..<9999))",
            provider: "p",
            model: model,
            message: Message(role: .assistant, content: content),
            finishReason: isRefusal ? .refusal : raw,
            rawFinishReason: raw.rawValue,
            usage: chance(80)
                ? Usage(
                    inputTokens: number(1..<99),
                    outputTokens: number(10..<99),
                    cachedReadTokens: chance(30) ? number(0..<9) : nil,
                    cachedWriteTokens: chance(30) ? number(0..<9) : nil,
                    reasoningTokens: chance(30) ? number(1..<9) : nil
                ) : nil
        )
    }
}

@Suite("OpenAI's dialect there and back")
struct ServedRoundTripTests {
    private let way = ThereAndBack(served: OpenAIChatServed(), dialect: OpenAIChatDialect(flavour: Self.flavour))

    // A server that takes all: what it would not take is lost on the way there, not back.
    private static let flavour: OpenAIFlavour = {
        var flavour = OpenAIFlavour()
        flavour.maximumTokensField = "max_completion_tokens"
        flavour.takesDeveloperRole = true
        flavour.takesTextLists = true
        flavour.takesToolNames = true
        flavour.takesTopK = true
        flavour.takesCacheControl = true
        flavour.takesCallSignatures = true
        flavour.takesMetadata = true
        flavour.reasoningReplay = .reasoningDetails
        return flavour
    }()

    @Test(arguments: 0..<300)
    func request(seed: Int) throws {
        var maker = ConversationMaker(seed: seed)
        var request = maker.request()
        let isStreaming = maker.chance(50)
        let encoded = try way.dialect.encode(request, isStreaming: isStreaming)
        #expect(encoded.warnings.isEmpty)
        let read = try way.served.decodeRequest(JSONValue(parsing: encoded.body.serialized))
        #expect(read.isStreaming == isStreaming && read.wantsUsage == isStreaming)
        // An answer without anything is written as an empty text.
        for index in request.messages.indices where request.messages[index].content.isEmpty {
            request.messages[index].content = [.text("")]
        }
        #expect(read.request.messages == request.messages)
        #expect(read.request == request)
    }

    @Test(arguments: 0..<300)
    func answer(seed: Int) throws {
        var maker = ConversationMaker(seed: seed)
        var response = maker.response(model: "asked")
        let read = try way.whole(response)
        response.extra = ["created": .number(JSONNumber(way.context.created))]
        #expect(read == response)
    }

    @Test(arguments: 0..<200)
    func stream(seed: Int) async throws {
        var maker = ConversationMaker(seed: seed)
        var response = maker.response(model: "asked")
        if response.message.content.isEmpty { response.message.content = [.text("x")] }
        let wire = way.wire(ResponseReplay.pieces(of: response, &maker))
        let cut = maker.number(0..<wire.count)
        let (events, error) = try await OpenAIStreamTests.read([Array(wire[..<cut]), Array(wire[cut...])])
        #expect(error == nil && EventCheck(events).problems.isEmpty)
        guard case .finished(let read)? = events.last else {
            Issue.record("the stream has no end")
            return
        }
        #expect(read.message == response.message)
        #expect(read.finishReason == response.finishReason && read.usage == response.usage && read.id == response.id)
    }

    @Test(arguments: [3, 7])
    func everySplitGivesTheSame(seed: Int) async throws {
        var maker = ConversationMaker(seed: seed)
        var response = maker.response(model: "asked")
        response.message.content = [.reasoning(Reasoning("hm")), .text("a\n🦑"), .toolCall(maker.call(0))]
        let wire = way.wire(ResponseReplay.pieces(of: response, &maker))
        let whole = try await OpenAIStreamTests.read([wire]).events
        for cut in wire.indices {
            let split = try await OpenAIStreamTests.read([Array(wire[..<cut]), Array(wire[cut...])])
            #expect(split.error == nil && split.events == whole, "cut at \(cut)")
        }
    }
}

extension ResponseReplay {
    /// The events of an answer, with each text in up to three pieces.
    static func pieces(of response: ChatResponse, _ maker: inout ConversationMaker) -> [ChatEvent] {
        var events: [ChatEvent] = []
        for event in Self.events(of: response) {
            switch event {
            case .text(let text): events += maker.cut(text).map { .text($0) }
            case .reasoning(let text): events += maker.cut(text).map { .reasoning($0) }
            case .toolCallArguments(let index, let text):
                events += maker.cut(text).map { .toolCallArguments(index: index, delta: $0) }
            default: events.append(event)
            }
        }
        return events
    }
}

extension ConversationMaker {
    mutating func cut(_ text: String) -> [String] {
        let at = text.index(text.startIndex, offsetBy: number(0..<text.count + 1))
        return [String(text[..<at]), String(text[at...])].filter { !$0.isEmpty }
    }
}
