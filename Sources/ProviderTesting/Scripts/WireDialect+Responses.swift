internal import TransportKit

extension WireDialect {
    func responsesBody(of reply: ScriptedReply, for request: RecordedRequest) -> JSONValue {
        var body = responsesFrame(reply, request)
        body["output"] = .array(reply.parts.indices.map { Self.item($0, of: reply) })
        end(&body, reply)
        for member in reply.extra.members { body[member.name] = member.value }
        return .object(body)
    }

    private func responsesFrame(_ reply: ScriptedReply, _ request: RecordedRequest) -> JSONObject {
        [
            "id": .string(reply.id), "object": "response", "created_at": 1_700_000_000, "status": "in_progress",
            "error": nil, "incomplete_details": nil, "instructions": nil,
            "model": .string(reply.model ?? request.model ?? "test"), "output": [], "parallel_tool_calls": true,
            "tool_choice": "auto", "tools": [], "usage": nil,
        ]
    }

    private func end(_ body: inout JSONObject, _ reply: ScriptedReply) {
        body["status"] = reply.finishReason == "length" ? "incomplete" : "completed"
        if reply.finishReason == "length" { body["incomplete_details"] = ["reason": "max_output_tokens"] }
        body["usage"] = [
            "input_tokens": .number(JSONNumber(reply.inputTokens)),
            "input_tokens_details": [
                "cached_tokens": .number(JSONNumber(reply.cachedTokens)), "cache_write_tokens": 0,
            ],
            "output_tokens": .number(JSONNumber(reply.outputTokens)),
            "output_tokens_details": ["reasoning_tokens": 0],
            "total_tokens": .number(JSONNumber(reply.inputTokens + reply.outputTokens)),
        ]
    }

    private static func item(_ index: Int, of reply: ScriptedReply) -> JSONValue {
        // Where the answer was cut off, its last item was.
        let isCutOff = reply.finishReason == "length" && index == reply.parts.count - 1
        let status: JSONValue = isCutOff ? "incomplete" : "completed"
        switch reply.parts[index] {
        case .text(let text):
            return [
                "id": .string("msg_\(index)"), "type": "message", "role": "assistant", "status": status,
                "content": [["type": "output_text", "text": .string(text), "annotations": [], "logprobs": []]],
            ]
        case .reasoning(let text, let signature):
            var item: JSONObject = [
                "id": .string("rs_\(index)"), "type": "reasoning",
                "summary": [["type": "summary_text", "text": .string(text)]],
            ]
            item["encrypted_content"] = signature.map { .string($0) }
            return .object(item)
        case .toolCall(let id, let name, let arguments):
            return [
                "id": .string("fc_\(index)"), "type": "function_call", "status": status,
                "call_id": .string(id), "name": .string(name), "arguments": .string(arguments),
            ]
        }
    }

    func responsesEvents(of reply: ScriptedReply, for request: RecordedRequest) -> [JSONValue] {
        let begun = responsesFrame(reply, request)
        var events: [JSONObject] = [
            ["type": "response.created", "response": .object(begun)],
            ["type": "response.in_progress", "response": .object(begun)],
        ]
        for (index, part) in reply.parts.enumerated() { events += Self.events(of: part, index, reply) }
        var ended = begun
        ended["output"] = .array(reply.parts.indices.map { Self.item($0, of: reply) })
        end(&ended, reply)
        events.append([
            "type": ended["status"] == "incomplete" ? "response.incomplete" : "response.completed",
            "response": .object(ended),
        ])
        return events.enumerated().map { number, event in
            var event = event
            event["sequence_number"] = .number(JSONNumber(number))
            return .object(event)
        }
    }

    private static func events(of part: ScriptedReply.Part, _ index: Int, _ reply: ScriptedReply) -> [JSONObject] {
        let item = item(index, of: reply)
        var begun = item.object ?? [:]
        let place = JSONValue.number(JSONNumber(index))
        func event(_ type: String, _ more: JSONObject) -> JSONObject {
            var event: JSONObject = ["type": .string("response.\(type)"), "output_index": place]
            event["item_id"] = item["id"]
            for member in more.members { event[member.name] = member.value }
            return event
        }
        var events: [JSONObject] = []
        switch part {
        case .text(let text):
            begun["content"] = []
            let empty: JSONValue = ["type": "output_text", "text": "", "annotations": []]
            events.append(event("content_part.added", ["content_index": 0, "part": empty]))
            events += reply.pieces(of: text).map {
                event("output_text.delta", ["content_index": 0, "delta": .string($0), "logprobs": []])
            }
            events.append(event("output_text.done", ["content_index": 0, "text": .string(text), "logprobs": []]))
            let whole = item["content"]?.array?.first ?? empty
            events.append(event("content_part.done", ["content_index": 0, "part": whole]))
        case .reasoning(let text, _):
            begun["summary"] = []
            begun["encrypted_content"] = nil
            let empty: JSONValue = ["type": "summary_text", "text": ""]
            events.append(event("reasoning_summary_part.added", ["summary_index": 0, "part": empty]))
            events += reply.pieces(of: text).map {
                event("reasoning_summary_text.delta", ["summary_index": 0, "delta": .string($0)])
            }
            events.append(event("reasoning_summary_text.done", ["summary_index": 0, "text": .string(text)]))
        case .toolCall(_, let name, let arguments):
            begun["arguments"] = ""
            events += reply.pieces(of: arguments).map {
                event("function_call_arguments.delta", ["delta": .string($0)])
            }
            events.append(
                event("function_call_arguments.done", ["name": .string(name), "arguments": .string(arguments)])
            )
        }
        let added: JSONObject = ["type": "response.output_item.added", "output_index": place, "item": .object(begun)]
        let done: JSONObject = ["type": "response.output_item.done", "output_index": place, "item": item]
        return [added] + events + [done]
    }
}
