internal import TransportKit

/// A piece of a tool call as it comes in a stream.
struct ToolCallPiece: Sendable {
    var key: Int
    var id: String?
    var name: String?
    var arguments: String
    var signature: String?
}

/// Builds a message's parts, in the order in which they begin, out of pieces.
struct PartAccumulator: Sendable {
    // A call that has begun to arrive. It is told of once its name is known.
    private struct OpenCall: Sendable {
        var key: Int
        var part: Int
        var index: Int
        var wireID: String?
        var call: ToolCall
        var pendingArguments = ""
        var hasBegun = false
    }

    private enum TextKind {
        case text, refusal, reasoning
    }

    private(set) var content: [ContentPart] = []
    private var openCalls: [OpenCall] = []
    private var callCount = 0
    // The text that is arriving is held outside `content`, so that it grows in place.
    private var textKind: TextKind?
    private var text = ""
    private var textExtra = JSONObject()
    // The part of reasoning that a signature would seal.
    private var sealable: Int?
    // Whether that seal has come and was not told of; more of it may still come.
    private var hasUntoldSeal = false

    mutating func append(text: String, into events: inout [ChatEvent]) {
        guard !text.isEmpty else { return }
        tellSeal(into: &events)
        events.append(.text(text))
        append(text, as: .text)
    }

    mutating func append(refusal text: String, into events: inout [ChatEvent]) {
        guard !text.isEmpty else { return }
        tellSeal(into: &events)
        events.append(.refusal(text))
        append(text, as: .refusal)
    }

    mutating func append(reasoning text: String, into events: inout [ChatEvent]) {
        guard !text.isEmpty else { return }
        tellSeal(into: &events)
        events.append(.reasoning(text))
        append(text, as: .reasoning)
    }

    /// Seals the reasoning that came last; sealed reasoning without words is a part too.
    mutating func append(signature: String) {
        closeText()
        if let sealable, case .reasoning(var reasoning) = content[sealable].kind {
            // Held once while it grows.
            content[sealable].kind = .text("")
            reasoning.signature = reasoning.signature ?? ""
            reasoning.signature? += signature
            content[sealable].kind = .reasoning(reasoning)
        } else {
            content.append(.reasoning(Reasoning("", signature: signature)))
            sealable = content.count - 1
        }
        hasUntoldSeal = true
    }

    mutating func append(redacted data: String, into events: inout [ChatEvent]) {
        tellSeal(into: &events)
        closeText()
        sealable = nil
        let reasoning = Reasoning("", redacted: data)
        events.append(.reasoningSealed(reasoning))
        content.append(.reasoning(reasoning))
    }

    private mutating func tellSeal(into events: inout [ChatEvent]) {
        guard hasUntoldSeal else { return }
        hasUntoldSeal = false
        guard let sealable, case .reasoning(let reasoning) = content[sealable].kind else { return }
        events.append(.reasoningSealed(reasoning))
    }

    /// Adds a part that came at once; nothing is added to it any more.
    mutating func append(whole part: ContentPart, into events: inout [ChatEvent]) {
        tellSeal(into: &events)
        closeText()
        sealable = nil
        content.append(part)
    }

    /// Keeps a field of the wire with the part that came last.
    mutating func setExtra(_ name: String, to value: JSONValue) {
        if textKind != nil {
            // More text of this part may come, and would be another part if this one ended here.
            textExtra[name] = value
        } else if !content.isEmpty {
            content[content.count - 1].extra[name] = value
        }
    }

    mutating func append(toolCall piece: ToolCallPiece, into events: inout [ChatEvent]) {
        let position = openPosition(for: piece, into: &events)
        if let id = piece.id, !id.isEmpty {
            openCalls[position].wireID = openCalls[position].wireID ?? id
            if !openCalls[position].hasBegun { openCalls[position].call.id = id }
        }
        if let name = piece.name, !name.isEmpty, openCalls[position].call.name.isEmpty {
            openCalls[position].call.name = name
        }
        if let signature = piece.signature { openCalls[position].call.signature = signature }
        openCalls[position].pendingArguments += piece.arguments
        // Without a name nobody knows what is called; without an id one more piece may still bring it.
        if !openCalls[position].call.name.isEmpty,
            openCalls[position].wireID != nil || !openCalls[position].pendingArguments.isEmpty
        {
            flush(position, into: &events)
        }
    }

    /// Adds a call that came at once.
    mutating func append(wholeCall name: String, arguments: String, into events: inout [ChatEvent]) {
        // The wire's own indices are not negative.
        let piece = ToolCallPiece(key: -1, id: nil, name: name, arguments: arguments, signature: nil)
        append(toolCall: piece, into: &events)
        close(openCalls.count - 1, into: &events)
        openCalls.removeLast()
    }

    /// Hands over the parts so far; counting of calls goes on.
    mutating func takeContent() -> [ContentPart] {
        defer { content = [] }
        return content
    }

    /// Ends whatever is open: calls are whole, and more of any kind begins a new part.
    mutating func closeAll(into events: inout [ChatEvent]) {
        tellSeal(into: &events)
        closeText()
        sealable = nil
        for position in openCalls.indices {
            close(position, into: &events)
        }
        openCalls = []
    }

    private mutating func append(_ piece: String, as kind: TextKind) {
        if textKind != kind {
            closeText()
            textKind = kind
        }
        text += piece
    }

    private mutating func closeText() {
        guard let kind = textKind else { return }
        switch kind {
        case .text: content.append(ContentPart(.text(text), extra: textExtra))
        case .refusal: content.append(ContentPart(.refusal(text), extra: textExtra))
        case .reasoning:
            content.append(ContentPart(.reasoning(Reasoning(text)), extra: textExtra))
            sealable = content.count - 1
        }
        textKind = nil
        text = ""
        textExtra = [:]
    }

    private mutating func openPosition(for piece: ToolCallPiece, into events: inout [ChatEvent]) -> Int {
        if let position = openCalls.lastIndex(where: { $0.key == piece.key }) {
            // Some servers count every call as number 0: another id together with a name is another call.
            let isAnother =
                piece.id.map { !$0.isEmpty && openCalls[position].wireID.map { $0 != piece.id } ?? false } ?? false
            guard isAnother, let name = piece.name, !name.isEmpty else { return position }
            close(position, into: &events)
            openCalls.remove(at: position)
        }
        let call = ToolCall(id: "call_\(callCount)", name: "", arguments: "")
        tellSeal(into: &events)
        closeText()
        content.append(.toolCall(call))
        openCalls.append(OpenCall(key: piece.key, part: content.count - 1, index: callCount, call: call))
        callCount += 1
        return openCalls.count - 1
    }

    private mutating func close(_ position: Int, into events: inout [ChatEvent]) {
        // A tool without parameters is called with no text by some and with an empty object by others.
        if openCalls[position].call.arguments.isEmpty, openCalls[position].pendingArguments.isEmpty {
            openCalls[position].pendingArguments = "{}"
        }
        flush(position, into: &events)
        let open = openCalls[position]
        content[open.part].kind = .toolCall(open.call)
        events.append(.toolCallEnded(index: open.index, call: open.call))
    }

    private mutating func flush(_ position: Int, into events: inout [ChatEvent]) {
        let index = openCalls[position].index
        if !openCalls[position].hasBegun {
            let call = openCalls[position].call
            events.append(.toolCallBegan(index: index, id: call.id, name: call.name))
            openCalls[position].hasBegun = true
        }
        let piece = openCalls[position].pendingArguments
        guard !piece.isEmpty else { return }
        events.append(.toolCallArguments(index: index, delta: piece))
        // In place: a copy of the call held here would make each piece cost as much as all before it.
        openCalls[position].call.arguments += piece
        openCalls[position].pendingArguments = ""
    }
}
