import ProviderKit
import Testing
import TransportKit

extension ConversationMaker {
    /// Parts of an answer as a server of the Responses API gives them: any order, each kind often.
    mutating func responsesAnswer() -> [ContentPart] {
        var content: [ContentPart] = []
        for index in 0..<number(1..<6) {
            switch number(0..<5) {
            case 0: content.append(.reasoning(Reasoning(chance(20) ? "" : text(), signature: text())))
            case 1: content.append(.reasoning(Reasoning("", redacted: text())))
            case 2:
                var call = call(index)
                call.id = "call_\(number(0..<999))_\(index)"
                content.append(.toolCall(call))
            case 3: content.append(.refusal(text()))
            default:
                // Two texts one after another are one on the way.
                if case .text? = content.last?.kind { continue }
                content.append(.text(text()))
            }
            if content.count > 1, content[content.count - 2].isRefusal, content.last?.isRefusal == true {
                content.removeLast()
            }
        }
        return content.isEmpty ? [.text("x")] : content
    }

    /// A request that the Responses API can say all of.
    mutating func responsesRequest() -> ChatRequest {
        var request = ChatRequest(model: "m", messages: [], extraDialect: .openAIResponses)
        if chance(50) { request.messages.append(.system(text())) }
        for _ in 0..<number(1..<4) {
            let kinds: [ContentPart.Kind] = [
                .text(text()), .image(Media(.base64("iVBORw0KGgo="), mediaType: "image/png", detail: "low")),
                .image(Media(.url("https://e.org/a.png"))), .image(Media(.providerFile("file_1"))),
                .file(Media(.base64("JVBERi0="), mediaType: "application/pdf", filename: "a.pdf")),
                .file(Media(.url("https://e.org/a.pdf"))), .unknown(["type": "input_video", "x": 1.50]),
            ]
            request.messages.append(Message(role: some([.user, .developer]), content: [.text(text())]))
            request.messages.append(.user((0..<number(1..<4)).map { _ in ContentPart(some(kinds)) }))
            let answer = responsesAnswer()
            request.messages.append(Message(role: .assistant, content: answer))
            for part in answer {
                guard case .toolCall(let call) = part.kind else { continue }
                let content: [[ContentPart]] = [[.text(text())], [.text("a"), .image(Media(.url("https://e.org")))]]
                let result = ToolResult(callID: call.id, name: call.name, content: some(content))
                request.messages.append(Message(role: .tool, content: [.toolResult(result)]))
            }
        }
        request.messages.append(.user(text()))
        if chance(50) {
            request.tools = [
                ToolDefinition(
                    name: "f0",
                    description: chance(50) ? text() : nil,
                    parameters: ["type": "object", "properties": ["a": ["minimum": 0.50]]],
                    isStrict: some([nil, true, false])
                ),
                ToolDefinition(
                    name: "web_search",
                    parameters: ["type": "object", "properties": [:]],
                    extra: ["type": "web_search", "search_context_size": "low"]
                ),
            ]
            request.toolChoice = some([nil, .auto, ToolChoice.none, .required, .tool("f0")])
            request.allowsParallelToolCalls = some([nil, true, false])
        }
        request.responseFormat = some([
            nil, .text, .jsonObject,
            .jsonSchema(JSONSchemaFormat(name: "a", description: "d", schema: ["type": "object"], isStrict: true)),
        ])
        request.maximumTokens = some([nil, 50])
        request.sampling = some([Sampling(), Sampling(temperature: 0.7, topP: 0.9)])
        request.reasoning = some([nil, ReasoningOptions(effort: "high")])
        if chance(50) {
            request.metadata = ["a": text()]
            request.user = text()
            request.extra = [
                "service_tier": "auto", "text": ["verbosity": "low"], "reasoning": ["summary": "auto"],
                "truncation": "auto",
            ]
        }
        return request
    }

    mutating func responsesResponse() -> ChatResponse {
        let content = responsesAnswer()
        var reason: (FinishReason, String) = (.stop, "completed")
        if content.contains(where: \.isRefusal) { reason.0 = .refusal }
        if content.contains(where: \.isToolCall) { reason.0 = .toolCalls }
        if chance(20) { reason = (.length, "max_output_tokens") }
        return ChatResponse(
            id: "resp_\(number(0..<9999))",
            provider: "p",
            model: "asked",
            message: Message(role: .assistant, content: content),
            finishReason: reason.0,
            rawFinishReason: reason.1,
            usage: Usage(
                inputTokens: number(20..<99),
                outputTokens: number(10..<99),
                cachedReadTokens: number(0..<9),
                cachedWriteTokens: number(0..<9),
                reasoningTokens: number(0..<9)
            )
        )
    }
}

extension ContentPart {
    fileprivate var isRefusal: Bool { if case .refusal = kind { true } else { false } }
    fileprivate var isToolCall: Bool { if case .toolCall = kind { true } else { false } }
}

@Suite("OpenAI Responses there and back")
struct ResponsesRoundTripTests {
    private let way = ThereAndBack(served: ResponsesServed(), dialect: ResponsesDialect())

    @Test(arguments: 0..<300)
    func request(seed: Int) throws {
        var maker = ConversationMaker(seed: seed)
        var request = maker.responsesRequest()
        let isStreaming = maker.chance(50)
        let encoded = try way.dialect.encode(request, isStreaming: isStreaming)
        #expect(encoded.warnings.isEmpty)
        let read = try way.served.decodeRequest(JSONValue(parsing: encoded.body.serialized))
        #expect(read.isStreaming == isStreaming)
        // The seal of a call is another provider's; it has no place in a request here.
        request.messages = request.messages.map { $0.withoutCallSeals }
        #expect(read.request.messages == request.messages)
        #expect(read.request == request)
    }

    @Test(arguments: 0..<300)
    func answer(seed: Int) throws {
        var maker = ConversationMaker(seed: seed)
        let response = maker.responsesResponse()
        #expect(try way.whole(response) == response)
    }

    @Test(arguments: 0..<200)
    func stream(seed: Int) throws {
        var maker = ConversationMaker(seed: seed)
        let response = maker.responsesResponse()
        let read = try way.checkStream(response, &maker)
        #expect(read.id == response.id)
    }

    @Test("Events are numbered, items begin and end in their places, and the last event has them all")
    func sequence() throws {
        for seed in 0..<50 {
            var maker = ConversationMaker(seed: seed)
            var decoder = SSEDecoder()
            let response = maker.responsesResponse()
            decoder.append(way.wire(ResponseReplay.pieces(of: response, &maker)))
            var number = 0
            var ended: [Int: JSONValue] = [:]
            var last: JSONValue?
            while let event = try decoder.next() {
                let data = try JSONValue(parsing: event.data)
                #expect(data["sequence_number"]?.int == number)
                #expect(data["type"]?.string == event.event)
                number += 1
                if event.event == "response.output_item.done" {
                    ended[try #require(data["output_index"]?.int)] = data["item"]
                }
                last = data
            }
            #expect(last?["response"]?["output"]?.array == ended.sorted { $0.key < $1.key }.map(\.value))
        }
    }

    @Test("An error after the beginning is told as a failed response and as an error, and nothing follows")
    func error() throws {
        var encoder = way.served.makeStreamEncoder(for: way.asked, context: way.context)
        var bytes: [UInt8] = []
        encoder.encode(.started(StreamStart(provider: "p", model: "m")), into: &bytes)
        encoder.encode(.text("Hel"), into: &bytes)
        encoder.encode(CallerError(status: 502, message: "it broke", code: "stream_cut"), into: &bytes)
        #expect(encoder.hasEnded)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains("event: response.failed\n"))
        #expect(text.contains("event: error\n") && text.contains(#""code":"stream_cut""#))
        #expect(!text.contains("response.completed"))
        #expect(try way.read([bytes]).failure == .upstream)
        let count = bytes.count
        encoder.encode(.text("lo"), into: &bytes)
        #expect(bytes.count == count)
    }
}

extension Message {
    fileprivate var withoutCallSeals: Message {
        var message = self
        for index in content.indices {
            guard case .toolCall(var call) = content[index].kind else { continue }
            call.signature = nil
            message.content[index].kind = .toolCall(call)
        }
        return message
    }
}
