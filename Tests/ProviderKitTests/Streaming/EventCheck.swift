import ProviderKit

/// Holds the events of a stream against the contract: what is told in pieces is what the end says.
struct EventCheck {
    private(set) var problems: [String] = []

    init(_ events: [ChatEvent]) {
        var text = ""
        var reasoning = ""
        var arguments: [Int: String] = [:]
        var open: Set<Int> = []
        var ended: [ToolCall] = []
        for (position, event) in events.enumerated() {
            switch event {
            case .started: if position != 0 { problems.append("started is event \(position)") }
            case .text(let piece): text += piece
            case .reasoning(let piece): reasoning += piece
            case .toolCallBegan(let index, let id, let name):
                if id.isEmpty || name.isEmpty { problems.append("call \(index) begins without id or name") }
                if !open.insert(index).inserted || arguments[index] != nil { problems.append("call \(index) twice") }
                arguments[index] = ""
            case .toolCallArguments(let index, let delta):
                if !open.contains(index) { problems.append("arguments outside of call \(index)") }
                arguments[index, default: ""] += delta
            case .toolCallEnded(let index, let call):
                if open.remove(index) == nil { problems.append("call \(index) ends unopened") }
                if arguments[index] != call.arguments { problems.append("arguments of call \(index) differ") }
                ended.append(call)
            case .finished(let response):
                if position != events.count - 1 { problems.append("finished is not last") }
                if response.text != text { problems.append("text differs") }
                if response.message.reasoningText != reasoning { problems.append("reasoning differs") }
                if response.toolCalls != ended { problems.append("calls differ") }
                if !open.isEmpty { problems.append("calls are open at the end") }
            default: break
            }
        }
    }
}
