internal import TransportKit

/// Writes the typed events of a streamed response for a caller: each item with its beginning, its pieces and its end.
package struct ResponsesStreamWriter: ServedStreamEncoder {
    // A message or thoughts that have begun.
    private enum Open {
        case none
        case message(index: Int, content: [JSONValue], isRefusal: Bool?, text: String)
        case reasoning(index: Int, text: String)
    }

    private struct OpenCall {
        var call: Int
        var index: Int
        var id: String
        var name: String
    }

    private let writer: ResponsesResponseWriter
    private var id: String?
    private var hasStarted = false
    private var hasContent = false
    private var sequence = 0
    private var open = Open.none
    private var openCalls: [OpenCall] = []
    // The item that ended last is told of when it is known whether the answer was cut off there.
    private var held: (item: JSONValue, index: Int)?
    // Items that have ended, by their place; others may have begun before them.
    private var items: [JSONValue] = []
    package private(set) var hasEnded = false

    package init(context: AnswerContext, request: ServedRequest) {
        writer = ResponsesResponseWriter(context: context, request: request)
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
        default:
            begin(id: nil, into: &bytes)
            hasContent = true
            tellEnd(into: &bytes)
            write(event, into: &bytes)
        }
    }

    package mutating func encode(_ error: CallerError, into bytes: inout [UInt8]) {
        guard !hasEnded else { return }
        hasEnded = true
        if hasStarted {
            tellEnd(into: &bytes)
            let failed = writer.failure(error, id: id, items: items.filter { !$0.isNull })
            append("response.failed", ["response": .object(failed)], into: &bytes)
        }
        ResponsesErrorEvent.append(error, sequenceNumber: sequence, into: &bytes)
    }

    private mutating func write(_ event: ChatEvent, into bytes: inout [UInt8]) {
        switch event {
        case .text(let text): write(text, isRefusal: false, into: &bytes)
        case .refusal(let text): write(text, isRefusal: true, into: &bytes)
        case .reasoning(let text): write(thought: text, into: &bytes)
        case .reasoningSealed(let reasoning): seal(reasoning, into: &bytes)
        case .toolCallBegan(let call, let id, let name): beginCall(call, id: id, name: name, into: &bytes)
        case .toolCallArguments(let call, let delta):
            guard let open = openCalls.first(where: { $0.call == call }) else { return }
            writeDelta("response.function_call_arguments.delta", open.id, open.index, delta, into: &bytes)
        case .toolCallEnded(let index, let call): endCall(index, call, into: &bytes)
        default: break
        }
    }
}

extension ResponsesStreamWriter {
    private mutating func begin(id: String?, into bytes: inout [UInt8]) {
        guard !hasStarted else { return }
        hasStarted = true
        self.id = id
        let frame = JSONValue.object(writer.frame(id: id))
        append("response.created", ["response": frame], into: &bytes)
        append("response.in_progress", ["response": frame], into: &bytes)
    }

    // Takes a place for an item, and its id.
    private mutating func place(_ prefix: String) -> (index: Int, id: String) {
        items.append(.null)
        let index = items.count - 1
        return (index, itemID(prefix, index))
    }

    private func itemID(_ prefix: String, _ index: Int) -> String {
        ResponsesItemWriter.id(prefix, seed: writer.context.id, index: index)
    }

    private mutating func add(_ item: JSONValue, at index: Int, into bytes: inout [UInt8]) {
        tellEnd(into: &bytes)
        append(
            "response.output_item.added",
            ["output_index": .number(JSONNumber(index)), "item": item],
            into: &bytes
        )
    }

    private mutating func end(_ item: JSONValue, at index: Int, into bytes: inout [UInt8]) {
        tellEnd(into: &bytes)
        held = (item, index)
    }

    private mutating func tellEnd(isCutOff: Bool = false, into bytes: inout [UInt8]) {
        guard let (whole, index) = held else { return }
        held = nil
        let item = isCutOff ? ResponsesItemWriter.cutOff(whole) : whole
        items[index] = item
        append(
            "response.output_item.done",
            ["output_index": .number(JSONNumber(index)), "item": item],
            into: &bytes
        )
    }

    private mutating func close(into bytes: inout [UInt8]) {
        switch open {
        case .none: break
        case .message(let index, var content, let isRefusal, let text):
            if let isRefusal { content.append(endPart(index, content.count, isRefusal, text, into: &bytes)) }
            let item = ResponsesItemWriter.message(content, id: itemID("msg", index), phase: nil)
            end(item, at: index, into: &bytes)
        case .reasoning: endReasoning(seal: nil, into: &bytes)
        }
        open = .none
    }
}

// Texts.
extension ResponsesStreamWriter {
    private mutating func write(_ piece: String, isRefusal: Bool, into bytes: inout [UInt8]) {
        if case .message(_, _, isRefusal, _) = open {
        } else {
            beginPart(isRefusal, into: &bytes)
        }
        guard case .message(let index, let content, _, var text) = open else { return }
        // Held once while it grows.
        open = .none
        text += piece
        open = .message(index: index, content: content, isRefusal: isRefusal, text: text)
        begin("response.\(isRefusal ? "refusal" : "output_text").delta", into: &bytes)
        writePlace(itemID("msg", index), index, content.count, into: &bytes)
        bytes.append(raw: ",\"delta\":")
        bytes.append(jsonString: piece)
        bytes.append(raw: isRefusal ? "}\n\n" : ",\"logprobs\":[]}\n\n")
    }

    private mutating func beginPart(_ isRefusal: Bool, into bytes: inout [UInt8]) {
        if case .message(let index, var content, let wasRefusal?, let text) = open {
            content.append(endPart(index, content.count, wasRefusal, text, into: &bytes))
            open = .message(index: index, content: content, isRefusal: isRefusal, text: "")
        } else {
            close(into: &bytes)
            let (index, id) = place("msg")
            add(ResponsesItemWriter.message([], id: id, phase: nil, status: "in_progress"), at: index, into: &bytes)
            open = .message(index: index, content: [], isRefusal: isRefusal, text: "")
        }
        guard case .message(let index, let content, _, _) = open else { return }
        tellPart("added", index, content.count, Self.part(isRefusal, ""), into: &bytes)
    }

    private static func part(_ isRefusal: Bool, _ text: String) -> JSONValue {
        isRefusal ? ["type": "refusal", "refusal": .string(text)] : ResponsesItemWriter.text(text, [:])
    }

    private mutating func tellPart(
        _ what: StaticString,
        _ index: Int,
        _ position: Int,
        _ part: JSONValue,
        into bytes: inout [UInt8]
    ) {
        append(
            "response.content_part.\(what)",
            [
                "item_id": .string(itemID("msg", index)), "output_index": .number(JSONNumber(index)),
                "content_index": .number(JSONNumber(position)), "part": part,
            ],
            into: &bytes
        )
    }

    private mutating func endPart(
        _ index: Int,
        _ position: Int,
        _ isRefusal: Bool,
        _ text: String,
        into bytes: inout [UInt8]
    ) -> JSONValue {
        var members: JSONObject = [
            "item_id": .string(itemID("msg", index)), "output_index": .number(JSONNumber(index)),
            "content_index": .number(JSONNumber(position)),
        ]
        members[isRefusal ? "refusal" : "text"] = .string(text)
        if !isRefusal { members["logprobs"] = [] }
        append("response.\(isRefusal ? "refusal" : "output_text").done", members, into: &bytes)
        let part = Self.part(isRefusal, text)
        tellPart("done", index, position, part, into: &bytes)
        return part
    }
}

// Thoughts.
extension ResponsesStreamWriter {
    private mutating func write(thought piece: String, into bytes: inout [UInt8]) {
        if case .reasoning = open {
        } else {
            close(into: &bytes)
            beginReasoning(into: &bytes)
        }
        guard case .reasoning(let index, var text) = open else { return }
        open = .none
        text += piece
        open = .reasoning(index: index, text: text)
        begin("response.reasoning_summary_text.delta", into: &bytes)
        writePlace(itemID("rs", index), index, nil, into: &bytes)
        bytes.append(raw: ",\"summary_index\":0,\"delta\":")
        bytes.append(jsonString: piece)
        bytes.append(raw: "}\n\n")
    }

    private mutating func beginReasoning(into bytes: inout [UInt8]) {
        let (index, id) = place("rs")
        add(["id": .string(id), "type": "reasoning", "summary": []], at: index, into: &bytes)
        var members = summary(index)
        members["part"] = ["type": "summary_text", "text": ""]
        append("response.reasoning_summary_part.added", members, into: &bytes)
        open = .reasoning(index: index, text: "")
    }

    private func summary(_ index: Int) -> JSONObject {
        [
            "item_id": .string(itemID("rs", index)), "output_index": .number(JSONNumber(index)), "summary_index": 0,
        ]
    }

    private mutating func endReasoning(seal: String?, into bytes: inout [UInt8]) {
        guard case .reasoning(let index, let text) = open else { return }
        open = .none
        var members = summary(index)
        members["text"] = .string(text)
        append("response.reasoning_summary_text.done", members, into: &bytes)
        members["text"] = nil
        members["part"] = ["type": "summary_text", "text": .string(text)]
        append("response.reasoning_summary_part.done", members, into: &bytes)
        let item = ResponsesItemWriter.reasoning(Reasoning(text, signature: seal), id: itemID("rs", index))
        end(item, at: index, into: &bytes)
    }

    private mutating func seal(_ reasoning: Reasoning, into bytes: inout [UInt8]) {
        if reasoning.redacted == nil, case .reasoning = open {
            endReasoning(seal: reasoning.signature, into: &bytes)
            return
        }
        close(into: &bytes)
        var whole = reasoning
        // The words were an item before.
        if whole.redacted == nil { whole.text = "" }
        let (index, id) = place("rs")
        add(["id": .string(id), "type": "reasoning", "summary": []], at: index, into: &bytes)
        end(ResponsesItemWriter.reasoning(whole, id: id), at: index, into: &bytes)
    }
}

// Calls, which may come interleaved.
extension ResponsesStreamWriter {
    private mutating func beginCall(_ call: Int, id: String, name: String, into bytes: inout [UInt8]) {
        close(into: &bytes)
        let (index, itemID) = place("fc")
        openCalls.append(OpenCall(call: call, index: index, id: itemID, name: name))
        let begun = ToolCall(id: id, name: name, arguments: "")
        add(ResponsesItemWriter.call(begun, id: itemID, status: "in_progress"), at: index, into: &bytes)
    }

    private mutating func endCall(_ number: Int, _ call: ToolCall, into bytes: inout [UInt8]) {
        guard let position = openCalls.firstIndex(where: { $0.call == number }) else { return }
        let open = openCalls.remove(at: position)
        append(
            "response.function_call_arguments.done",
            [
                "item_id": .string(open.id), "output_index": .number(JSONNumber(open.index)),
                "name": .string(call.name), "arguments": .string(call.arguments),
            ],
            into: &bytes
        )
        end(ResponsesItemWriter.call(call, id: open.id), at: open.index, into: &bytes)
    }

    private mutating func writeDelta(
        _ type: String,
        _ id: String,
        _ index: Int,
        _ piece: String,
        into bytes: inout [UInt8]
    ) {
        begin(type, into: &bytes)
        writePlace(id, index, nil, into: &bytes)
        bytes.append(raw: ",\"delta\":")
        bytes.append(jsonString: piece)
        bytes.append(raw: "}\n\n")
    }
}

// The end, and how events are written.
extension ResponsesStreamWriter {
    private mutating func finish(_ response: ChatResponse, into bytes: inout [UInt8]) {
        begin(id: response.id, into: &bytes)
        close(into: &bytes)
        for call in response.toolCalls.enumerated() where openCalls.contains(where: { $0.call == call.offset }) {
            endCall(call.offset, call.element, into: &bytes)
        }
        tellEnd(isCutOff: response.isIncomplete, into: &bytes)
        // Items that come at once are in no event.
        for part in response.message.content {
            guard case .unknown(let item) = part.kind, ResponsesItemWriter.isOwnItem(item) else { continue }
            let (index, _) = place("item")
            add(item, at: index, into: &bytes)
            end(item, at: index, into: &bytes)
            tellEnd(into: &bytes)
        }
        hasEnded = true
        var whole = response
        whole.id = id ?? response.id
        let body = writer.end(of: whole, items: items.filter { !$0.isNull }, warnings: [])
        let type = body["status"] == "incomplete" ? "response.incomplete" : "response.completed"
        append(type, ["response": .object(body)], into: &bytes)
    }

    private mutating func append(_ type: String, _ members: JSONObject, into bytes: inout [UInt8]) {
        begin(type, into: &bytes)
        for member in members.members {
            bytes.append(UInt8(ascii: ","))
            bytes.append(jsonString: member.name)
            bytes.append(UInt8(ascii: ":"))
            bytes.append(contentsOf: member.value.serialized)
        }
        bytes.append(raw: "}\n\n")
    }

    // An event up to where its own members stand.
    private mutating func begin(_ type: String, into bytes: inout [UInt8]) {
        bytes.append(raw: "event: ")
        bytes.append(contentsOf: type.utf8)
        bytes.append(raw: "\ndata: {\"type\":\"")
        bytes.append(contentsOf: type.utf8)
        bytes.append(raw: "\",\"sequence_number\":")
        bytes.append(contentsOf: String(sequence).utf8)
        sequence += 1
    }

    private func writePlace(_ id: String, _ index: Int, _ content: Int?, into bytes: inout [UInt8]) {
        bytes.append(raw: ",\"item_id\":")
        bytes.append(jsonString: id)
        bytes.append(raw: ",\"output_index\":")
        bytes.append(contentsOf: String(index).utf8)
        guard let content else { return }
        bytes.append(raw: ",\"content_index\":")
        bytes.append(contentsOf: String(content).utf8)
    }
}
