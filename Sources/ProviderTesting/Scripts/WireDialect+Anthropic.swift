internal import TransportKit

extension WireDialect {
    func anthropicBody(of reply: ScriptedReply, for request: RecordedRequest) -> JSONValue {
        let content: [JSONValue] = reply.parts.map { part in
            switch part {
            case .text(let text): ["type": "text", "text": .string(text)]
            case .reasoning(let text, let signature):
                ["type": "thinking", "thinking": .string(text), "signature": .string(signature ?? "")]
            case .toolCall(let id, let name, let arguments):
                [
                    "type": "tool_use", "id": .string(id), "name": .string(name),
                    "input": (try? JSONValue(parsing: arguments)) ?? [:],
                ]
            }
        }
        var body: JSONObject = [
            "id": .string(reply.id), "type": "message", "role": "assistant",
            "model": .string(reply.model ?? request.model ?? "test"), "content": .array(content),
            "stop_reason": .string(anthropicStopReason(reply)), "stop_sequence": nil,
            "usage": anthropicUsage(reply, outputTokens: reply.outputTokens),
        ]
        for member in reply.extra.members { body[member.name] = member.value }
        return .object(body)
    }

    private func anthropicStopReason(_ reply: ScriptedReply) -> String {
        switch reply.finishReason {
        case "stop": "end_turn"
        case "length": "max_tokens"
        case "tool_calls": "tool_use"
        default: reply.finishReason
        }
    }

    /// Anthropic counts cached tokens apart from the others.
    private func anthropicUsage(_ reply: ScriptedReply, outputTokens: Int) -> JSONValue {
        [
            "input_tokens": .number(JSONNumber(reply.inputTokens - reply.cachedTokens)),
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": .number(JSONNumber(reply.cachedTokens)),
            "output_tokens": .number(JSONNumber(outputTokens)),
        ]
    }

    func anthropicEvents(of reply: ScriptedReply, for request: RecordedRequest) -> [JSONValue] {
        let message: JSONValue = [
            "id": .string(reply.id), "type": "message", "role": "assistant",
            "model": .string(reply.model ?? request.model ?? "test"), "content": [], "stop_reason": nil,
            "stop_sequence": nil, "usage": anthropicUsage(reply, outputTokens: 1),
        ]
        var events: [JSONValue] = [["type": "message_start", "message": message], ["type": "ping"]]
        for (index, part) in reply.parts.enumerated() {
            let index = JSONValue.number(JSONNumber(index))
            func delta(_ delta: JSONValue) -> JSONValue {
                ["type": "content_block_delta", "index": index, "delta": delta]
            }
            func start(_ block: JSONValue) -> JSONValue {
                ["type": "content_block_start", "index": index, "content_block": block]
            }
            switch part {
            case .text(let text):
                events.append(start(["type": "text", "text": ""]))
                events += reply.pieces(of: text).map { delta(["type": "text_delta", "text": .string($0)]) }
            case .reasoning(let text, let signature):
                events.append(start(["type": "thinking", "thinking": "", "signature": ""]))
                events += reply.pieces(of: text).map { delta(["type": "thinking_delta", "thinking": .string($0)]) }
                if let signature { events.append(delta(["type": "signature_delta", "signature": .string(signature)])) }
            case .toolCall(let id, let name, let arguments):
                events.append(
                    start(["type": "tool_use", "id": .string(id), "name": .string(name), "input": [:]])
                )
                events += reply.pieces(of: arguments).map {
                    delta(["type": "input_json_delta", "partial_json": .string($0)])
                }
            }
            events.append(["type": "content_block_stop", "index": index])
        }
        events.append([
            "type": "message_delta",
            "delta": ["stop_reason": .string(anthropicStopReason(reply)), "stop_sequence": nil],
            "usage": ["output_tokens": .number(JSONNumber(reply.outputTokens))],
        ])
        events.append(["type": "message_stop"])
        return events
    }
}
