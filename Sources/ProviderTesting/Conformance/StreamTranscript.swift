public import ProviderKit

/// All that a stream gave, and how it keeps the stream contract.
public struct StreamTranscript: Sendable {
    /// The events, in order.
    public private(set) var events: [ChatEvent] = []
    /// The error that ended the stream, if one did.
    public private(set) var error: PlexError?
    /// Where the stream breaks the contract, in words; empty if it keeps it.
    public private(set) var violations: [String] = []

    /// Reads a stream to its end, and a little further to see that it stays ended.
    ///
    /// - Parameter stream: The stream; it cannot be read again.
    public init(recording stream: ChatStream) async {
        var iterator = stream.makeAsyncIterator()
        do {
            while let event = try await iterator.next() {
                events.append(event)
            }
        } catch {
            self.error = error
        }
        var contract = StreamContract()
        for event in events { contract.consume(event) }
        contract.end(error: error)
        violations = contract.violations
        // An ended stream says so again, or repeats its error.
        if let later = try? await iterator.next() {
            violations.append("an event came after the end: \(later.name)")
        }
    }

    /// The whole answer, if the stream came to its end.
    public var response: ChatResponse? {
        if case .finished(let response)? = events.last { response } else { nil }
    }

    /// The text of all events, without what a reset made void.
    public var text: String {
        events.reduce(into: "") { text, event in
            switch event {
            case .text(let piece): text += piece
            case .reset: text = ""
            default: break
            }
        }
    }
}

/// Follows the events of one stream and notes what breaks the contract.
struct StreamContract {
    private(set) var violations: [String] = []
    private var isStarted = false
    private var isFinished = false
    private var text = ""
    private var reasoning = ""
    private var refusal = ""
    private var open: [Int: (name: String, id: String, arguments: String)] = [:]
    private var calls: [ToolCall] = []
    private var begun = 0

    mutating func consume(_ event: ChatEvent) {
        expect(!isFinished, "\(event.name) came after finished")
        if case .started = event {
            expect(!isStarted, "started came twice")
            isStarted = true
            return
        }
        expect(isStarted, "\(event.name) came before started")
        switch event {
        case .text(let piece):
            expect(!piece.isEmpty, "an empty text event")
            text += piece
        case .reasoning(let piece): reasoning += piece
        case .refusal(let piece): refusal += piece
        case .toolCallBegan(let index, let id, let name): begin(index, id, name)
        case .toolCallArguments(let index, let delta):
            expect(open[index] != nil, "arguments of call \(index), which is not open")
            open[index]?.arguments += delta
        case .toolCallEnded(let index, let call): end(index, call)
        case .reset:
            (text, reasoning, refusal, open, calls, begun) = ("", "", "", [:], [], 0)
        case .finished(let response): finish(response)
        default: break
        }
    }

    mutating func end(error: PlexError?) {
        let code = error?.code
        expect(!isFinished || code == nil, "an error came after finished: \(code?.description ?? "")")
        expect(isFinished || code != nil, "the stream ended without finished and without an error")
    }

    private mutating func begin(_ index: Int, _ id: String, _ name: String) {
        let next = begun
        expect(index == next, "call \(index) began where \(next) was next")
        expect(!id.isEmpty, "call \(index) has no id")
        expect(!name.isEmpty, "call \(index) has no name")
        begun += 1
        open[index] = (name, id, "")
    }

    private mutating func end(_ index: Int, _ call: ToolCall) {
        guard let begun = open.removeValue(forKey: index) else {
            violations.append("call \(index) ended without being open")
            return
        }
        expect(begun.id == call.id && begun.name == call.name, "call \(index) ended under another id or name")
        expect(begun.arguments == call.arguments, "call \(index)'s pieces of arguments are not its arguments")
        calls.append(call)
    }

    private mutating func finish(_ response: ChatResponse) {
        isFinished = true
        expect(open.isEmpty, "finished came while a tool call was open")
        expect(response.text == text, "the text events are not the answer's text")
        expect(response.message.reasoningText == reasoning, "the reasoning events are not the answer's reasoning")
        let ids = response.toolCalls.map(\.id)
        expect(Set(ids) == Set(calls.map(\.id)), "the tool calls that ended are not the answer's")
        expect(Set(ids).count == ids.count, "two tool calls have one id")
    }

    private mutating func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
        if !condition { violations.append(message()) }
    }
}

extension ChatEvent {
    /// The event's kind, for messages that must not tell what was said.
    var name: String {
        switch self {
        case .started: "started"
        case .text: "text"
        case .reasoning: "reasoning"
        case .reasoningSealed: "reasoningSealed"
        case .toolCallBegan: "toolCallBegan"
        case .toolCallArguments: "toolCallArguments"
        case .toolCallEnded: "toolCallEnded"
        case .refusal: "refusal"
        case .warning: "warning"
        case .reset: "reset"
        case .finished: "finished"
        }
    }
}
