internal import TransportKit

/// Writes the events of a streamed answer for a caller: blocks one after another, each with its start and its end.
package struct AnthropicStreamWriter: ServedStreamEncoder {
    private enum Block: Equatable {
        case text, thinking
        case call(Int)
    }

    private let context: AnswerContext
    private var hasStarted = false
    private var hasContent = false
    private var open: Block?
    private var index = 0
    // Other dialects let calls come interleaved; here what comes during an open call waits for its end.
    private var deferred: [ChatEvent] = []
    private var warnings: [Warning] = []
    package private(set) var hasEnded = false

    package init(context: AnswerContext) {
        self.context = context
    }

    package mutating func encode(_ event: ChatEvent, into bytes: inout [UInt8]) {
        guard !hasEnded else { return }
        switch event {
        case .started(let start): begin(id: start.id, into: &bytes)
        // They are told at the end, in one place.
        case .warning: break
        case .reset:
            // What was sent cannot be taken back; as long as nothing was, there is nothing to tell.
            if hasContent { encode(OpenAIStreamWriter.resetError, into: &bytes) }
        case .finished(let response): finish(response, into: &bytes)
        default: write(event, into: &bytes)
        }
    }

    package mutating func encode(_ error: CallerError, into bytes: inout [UInt8]) {
        guard !hasEnded else { return }
        hasEnded = true
        bytes += AnthropicErrorWriter.event(error)
    }

    private mutating func write(_ event: ChatEvent, into bytes: inout [UInt8]) {
        if case .call(let current)? = open, !event.belongs(toCall: current) {
            deferred.append(event)
            return
        }
        hasContent = true
        switch event {
        case .text(let text), .refusal(let text):
            enter(.text, "{\"type\":\"text\",\"text\":\"\"}", into: &bytes)
            delta("text_delta\",\"text\":", text, into: &bytes)
        case .reasoning(let text):
            enter(.thinking, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}", into: &bytes)
            delta("thinking_delta\",\"thinking\":", text, into: &bytes)
        case .reasoningSealed(let reasoning): seal(reasoning, into: &bytes)
        case .toolCallBegan(let call, let id, let name): beginCall(call, id: id, name: name, into: &bytes)
        case .toolCallArguments(_, let text): delta("input_json_delta\",\"partial_json\":", text, into: &bytes)
        case .toolCallEnded(_, let call):
            if call.signature != nil { warnings.append(AnthropicResponseWriter.sealWarning("content[\(index)]")) }
            close(into: &bytes)
            replay(into: &bytes)
        default: break
        }
    }

    private mutating func replay(into bytes: inout [UInt8]) {
        var waiting: [ChatEvent] = []
        swap(&waiting, &deferred)
        for event in waiting { write(event, into: &bytes) }
    }
}

extension AnthropicStreamWriter {
    private mutating func begin(id: String?, into bytes: inout [UInt8]) {
        guard !hasStarted else { return }
        hasStarted = true
        let message = AnthropicResponseWriter(context: context).frame(id: id)
        bytes.append(eventOfType: "message_start", ["message": .object(message)])
    }

    private mutating func enter(_ block: Block, _ start: StaticString, into bytes: inout [UInt8]) {
        guard open != block else { return }
        startBlock(block, into: &bytes)
        bytes.append(raw: start)
        bytes.append(raw: "}\n\n")
    }

    // Up to where the block stands.
    private mutating func startBlock(_ block: Block, into bytes: inout [UInt8]) {
        begin(id: nil, into: &bytes)
        close(into: &bytes)
        open = block
        bytes.append(raw: "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":")
        bytes.append(contentsOf: String(index).utf8)
        bytes.append(raw: ",\"content_block\":")
    }

    private mutating func close(into bytes: inout [UInt8]) {
        guard open != nil else { return }
        open = nil
        bytes.append(raw: "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":")
        bytes.append(contentsOf: String(index).utf8)
        bytes.append(raw: "}\n\n")
        index += 1
    }

    private func delta(_ kind: StaticString, _ text: String, into bytes: inout [UInt8]) {
        bytes.append(raw: "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":")
        bytes.append(contentsOf: String(index).utf8)
        bytes.append(raw: ",\"delta\":{\"type\":\"")
        bytes.append(raw: kind)
        bytes.append(jsonString: text)
        bytes.append(raw: "}}\n\n")
    }

    private mutating func beginCall(_ call: Int, id: String, name: String, into bytes: inout [UInt8]) {
        startBlock(.call(call), into: &bytes)
        bytes.append(raw: "{\"type\":\"tool_use\",\"id\":")
        bytes.append(jsonString: id)
        bytes.append(raw: ",\"name\":")
        bytes.append(jsonString: name)
        bytes.append(raw: ",\"input\":{}}}\n\n")
    }

    private mutating func seal(_ reasoning: Reasoning, into bytes: inout [UInt8]) {
        if let data = reasoning.redacted {
            startBlock(.thinking, into: &bytes)
            bytes.append(raw: "{\"type\":\"redacted_thinking\",\"data\":")
            bytes.append(jsonString: data)
            bytes.append(raw: "}}\n\n")
        } else if let signature = reasoning.signature {
            // A seal without words is a block too, also where the words were ended before.
            enter(.thinking, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}", into: &bytes)
            delta("signature_delta\",\"signature\":", signature, into: &bytes)
        }
        close(into: &bytes)
    }

    private mutating func finish(_ response: ChatResponse, into bytes: inout [UInt8]) {
        begin(id: response.id, into: &bytes)
        // A call that never ended.
        while case .call? = open {
            close(into: &bytes)
            replay(into: &bytes)
        }
        close(into: &bytes)
        hasEnded = true
        var delta = JSONObject()
        AnthropicResponseWriter.writeEnd(response, into: &delta)
        var end: JSONObject = ["delta": .object(delta)]
        end["usage"] = AnthropicResponseWriter.usage(response.usage)
        end["warnings"] = AnthropicWarnings.value(response.warnings + warnings)
        bytes.append(eventOfType: "message_delta", end)
        bytes.append(raw: "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
    }
}

extension ChatEvent {
    fileprivate func belongs(toCall call: Int) -> Bool {
        switch self {
        case .toolCallArguments(let index, _), .toolCallEnded(let index, _): index == call
        default: false
        }
    }
}
