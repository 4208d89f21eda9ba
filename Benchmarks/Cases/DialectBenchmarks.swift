import ProviderKit
import TransportKit

/// Translating between dialects: a chunk of a stream on its way from a provider of each dialect to callers of all, and a
/// conversation of 100 messages with tools on its way from a caller of each to providers of all.
@Sendable
func dialectBenchmarks() throws -> [Measurement] {
    let sides = DialectSide.all
    let conversation = longConversation()
    let sampler = Sampler(samples: 11, warmUp: 2)
    var measurements: [Measurement] = []
    for from in sides {
        let wire = from.stream
        measurements.append(
            try sampler.measure("dialects.chunk-\(from.name)", operations: 4) {
                for to in sides { keep(try from.translate(wire, to)) }
            }
            .each(of: streamedPieces * sides.count)
        )
    }
    for from in sides {
        let body = try from.body(conversation)
        measurements.append(
            try sampler.measure("dialects.conversation-\(from.name)", operations: 4) {
                for to in sides { keep(try to.write(from.read(body)).serialized) }
            }
            .each(of: sides.count)
        )
    }
    return measurements
}

private let streamedPieces = 100

extension Measurement {
    /// The cost of one of several things that an operation did.
    fileprivate func each(of count: Int) -> Measurement {
        let share = 1 / Double(count)
        return Measurement(name: name, fastest: fastest * share, median: median * share, cpu: cpu * share)
    }
}

private func longConversation() -> ChatRequest {
    var messages: [Message] = [.system("You are a careful agent that uses tools.")]
    for turn in 0..<33 {
        let call = ToolCall(
            id: "call_\(turn)",
            name: "tool_\(turn % 8)",
            arguments: #"{"path":"src/main.swift","line":42}"#
        )
        messages.append(.user("Look at the next file, number \(turn), and say what \"it\" does.\nThen go on."))
        messages.append(
            Message(role: .assistant, content: [.text("I look at file \(turn)."), .toolCall(call)])
        )
        messages.append(
            .toolResult(String(repeating: "let answer = compute(42) // line \(turn)\n", count: 8), for: call)
        )
    }
    let schema: JSONValue = [
        "type": "object", "required": ["path"],
        "properties": [
            "path": ["type": "string", "description": "A file's path."],
            "line": ["type": "integer", "minimum": 1], "kind": ["type": "string", "enum": ["a", "b", "c"]],
        ],
    ]
    let tools = (0..<8).map { ToolDefinition(name: "tool_\($0)", description: "Does a thing.", parameters: schema) }
    return ChatRequest(model: "m", messages: messages, tools: tools, maximumTokens: 1000)
}

/// Both sides of a dialect, without their types.
private struct DialectSide: Sendable {
    var name: String
    var stream: [UInt8]
    var read: @Sendable ([UInt8]) throws -> ChatRequest
    var write: @Sendable (ChatRequest) throws -> JSONValue
    var events: @Sendable ([UInt8]) throws -> [[ChatEvent]]
    var encoder: @Sendable () -> any ServedStreamEncoder

    init(_ name: String, _ served: some ServedDialect, _ client: some ChatDialect) {
        let context = AnswerContext(id: "a-1", created: 1_700_000_000, model: "m")
        let asked = ServedRequest(request: ChatRequest(model: "m", prompt: "x"), isStreaming: true, wantsUsage: true)
        self.name = name
        read = { try served.decodeRequest(JSONValue(parsing: $0)).request }
        write = { try client.encode($0, isStreaming: true).body }
        encoder = { served.makeStreamEncoder(for: asked, context: context) }
        var stream: [UInt8] = []
        var encoder = served.makeStreamEncoder(for: asked, context: context)
        encoder.encode(.started(StreamStart(provider: "p", model: "m")), into: &stream)
        for _ in 0..<streamedPieces { encoder.encode(.text(" word"), into: &stream) }
        let response = ChatResponse(
            provider: "p",
            model: "m",
            message: .assistant(String(repeating: " word", count: streamedPieces)),
            finishReason: .stop,
            rawFinishReason: "stop",
            usage: Usage(inputTokens: 3, outputTokens: 4)
        )
        encoder.encode(.finished(response), into: &stream)
        self.stream = stream
        let isLines = served.framing == .newlineDelimitedJSON
        events = { bytes in
            var decoder = client.makeStreamDecoder()
            var assembler = StreamAssembler(StreamAssembler.Start(provider: "p", model: "m"))
            var lines = NDJSONDecoder()
            var blocks = SSEDecoder()
            if isLines { lines.append(bytes) } else { blocks.append(bytes) }
            var all: [[ChatEvent]] = []
            while true {
                let event = isLines ? nil : try blocks.next()
                guard let data = isLines ? try lines.next() : event?.data else { break }
                var deltas: [StreamDelta] = []
                var events: [ChatEvent] = []
                try decoder.decode(event: event?.event, data: data, into: &deltas)
                assembler.consume(deltas, into: &events)
                all.append(events)
            }
            return all
        }
    }

    /// A request's body as a caller of this dialect sends it.
    func body(_ request: ChatRequest) throws -> [UInt8] {
        guard case .object(var body) = try write(request) else { return [] }
        // Gemini's stands in the path.
        body["model"] = .string(request.model.rawValue)
        return JSONValue.object(body).serialized
    }

    func translate(_ wire: [UInt8], _ other: DialectSide) throws -> Int {
        var encoder = other.encoder()
        var bytes: [UInt8] = []
        var count = 0
        for events in try events(wire) {
            bytes.removeAll(keepingCapacity: true)
            for event in events { encoder.encode(event, into: &bytes) }
            count += bytes.count
        }
        return count
    }

    static let all = [
        DialectSide("openai", OpenAIChatServed(), OpenAIChatDialect()),
        DialectSide("responses", ResponsesServed(), ResponsesDialect()),
        DialectSide("anthropic", AnthropicServed(), AnthropicMessagesDialect()),
        DialectSide("gemini", GeminiServed(.events), GeminiDialect()),
        DialectSide("ollama", OllamaServed(), OllamaDialect()),
    ]
}
