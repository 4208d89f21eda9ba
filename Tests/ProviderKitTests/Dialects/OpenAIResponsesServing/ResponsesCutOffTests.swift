import ProviderKit
import Testing
import TransportKit

@Suite("Responses that were cut off")
struct ResponsesCutOffTests {
    private static let served = ResponsesServed()
    private static let context = AnswerContext(id: "r-1", created: 1_700_000_000, model: "asked")
    private static let asked = ServedRequest(
        request: ChatRequest(model: "asked", prompt: "x"),
        isStreaming: true,
        wantsUsage: true
    )

    private static let thought = ContentPart.reasoning(Reasoning("hm"))
    private static let call = ContentPart.toolCall(ToolCall(id: "c", name: "f", arguments: #"{"a"#))

    /// The parts of an answer, and the types and statuses of its items.
    private static let rows: [(content: [ContentPart], reason: FinishReason?, items: [String])] = [
        ([.text("Hi")], .stop, ["message completed"]), ([.text("Hi")], .length, ["message incomplete"]),
        ([.text("Hi")], .contentFilter, ["message incomplete"]), ([.text("Hi")], .refusal, ["message incomplete"]),
        ([.refusal("No")], .refusal, ["message completed"]), ([.text("Hi")], nil, ["message completed"]),
        ([.text("Hi"), call], .length, ["message completed", "function_call incomplete"]),
        ([call, call], .length, ["function_call completed", "function_call incomplete"]),
        ([call], .toolCalls, ["function_call completed"]), ([thought], .length, ["reasoning incomplete"]),
        ([thought, .text("Hi")], .length, ["reasoning", "message incomplete"]), ([], .length, []),
    ]

    @Test(arguments: 0..<rows.count)
    func lastItem(row: Int) throws {
        let (content, reason, items) = Self.rows[row]
        var response = ChatResponse(
            provider: "p",
            model: "real",
            message: Message(role: .assistant, content: content),
            finishReason: reason
        )
        response.rawFinishReason = reason?.rawValue
        let body = Self.served.encodeResponse(response, to: Self.asked, context: Self.context)
        #expect(Self.items(body["output"]?.array ?? []) == items)
        let isIncomplete = items.isEmpty || items.last?.hasSuffix("incomplete") == true
        #expect(body["status"] == (isIncomplete ? "incomplete" : "completed"))

        var encoder = Self.served.makeStreamEncoder(for: Self.asked, context: Self.context)
        var bytes: [UInt8] = []
        for event in ResponseReplay.events(of: response) { encoder.encode(event, into: &bytes) }
        let events = try String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            .filter { $0.hasPrefix("data: ") }.map { try JSONValue(parsing: String($0.dropFirst(6))) }
        let ended = events.filter { $0["type"] == "response.output_item.done" }
        #expect(Self.items(ended.compactMap { $0["item"] }) == items)
        #expect(Self.items(events.last?["response"]?["output"]?.array ?? []) == items)
        #expect(events.last?["type"] == (isIncomplete ? "response.incomplete" : "response.completed"))
        // Each item ends before the next begins.
        let order = events.compactMap { event -> String? in
            guard let type = event["type"]?.string, type.hasPrefix("response.output_item") else { return nil }
            return "\(type.dropFirst(21)) \(event["output_index"]?.int ?? -1)"
        }
        #expect(order == items.indices.flatMap { ["added \($0)", "done \($0)"] })
        #expect(events.map { $0["sequence_number"]?.int } == Array(0..<events.count))
    }

    private static func items(_ items: [JSONValue]) -> [String] {
        items.map { item in
            [item["type"]?.string, item["status"]?.string].compactMap(\.self).joined(separator: " ")
        }
    }
}
