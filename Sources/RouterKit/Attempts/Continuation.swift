internal import ProviderKit

/// What a caller has of an answer that may have to be gone on with by another model: a pure value.
struct Continuation: Sendable {
    /// The text so far.
    private(set) var text = ""
    /// Whether it is nothing but text, which alone can be gone on with.
    private(set) var isText = true
    /// White space that the caller has and the next model was not shown, as some refuse it at the end.
    private var withheld: Substring = ""

    /// Notes an event that the caller gets.
    mutating func note(_ event: ChatEvent) {
        switch event {
        case .text(let piece): text += piece
        case .toolCallBegan, .toolCallArguments, .toolCallEnded, .refusal: isText = false
        default: break
        }
    }

    /// Forgets everything.
    mutating func reset() {
        self = Continuation()
    }

    /// The request that lets another model go on.
    ///
    /// - Parameter request: The caller's request.
    /// - Returns: The request with the beginning of its answer.
    mutating func continued(_ request: ChatRequest) -> ChatRequest {
        let end = text.lastIndex { !$0.isWhitespace }.map(text.index(after:)) ?? text.startIndex
        withheld = text[end...]
        guard end != text.startIndex else { return request }
        var request = request
        request.messages.append(.assistant(String(text[..<end])))
        return request
    }

    /// An event of the model that goes on, as the caller gets it.
    ///
    /// - Parameter event: The event.
    /// - Returns: The event, or `nil` if there is nothing in it for the caller.
    mutating func adapted(_ event: ChatEvent) -> ChatEvent? {
        switch event {
        case .started: return nil
        case .text(let piece):
            var piece = piece[...]
            while let space = withheld.first, piece.first == space {
                withheld.removeFirst()
                piece.removeFirst()
            }
            if !piece.isEmpty { withheld = "" }
            return piece.isEmpty ? nil : .text(String(piece))
        case .finished(var response):
            response.message = joined(response.message)
            response.warnings.append(
                Warning(
                    .adjusted,
                    field: "usage",
                    "the answer was gone on with after a break; the tokens before it are unknown"
                )
            )
            return .finished(response)
        default: return event
        }
    }

    // What the caller has by now is the answer's text; the rest is as the last model gave it.
    private func joined(_ message: Message) -> Message {
        var message = message
        message.content.removeAll { if case .text = $0.kind { true } else { false } }
        message.content.insert(.text(text), at: 0)
        return message
    }
}
