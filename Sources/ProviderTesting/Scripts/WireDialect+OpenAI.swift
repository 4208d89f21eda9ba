internal import TransportKit

extension WireDialect {
    func openAIBody(of reply: ScriptedReply, for request: RecordedRequest) -> JSONValue {
        let calls: [JSONValue] = reply.toolCalls.map { call in
            [
                "id": .string(call.id), "type": "function",
                "function": ["name": .string(call.name), "arguments": .string(call.arguments)],
            ]
        }
        var message: JSONObject = ["role": "assistant"]
        message["content"] = reply.text.isEmpty && !calls.isEmpty ? .null : .string(reply.text)
        message["refusal"] = .null
        if !reply.reasoningText.isEmpty { message["reasoning_content"] = .string(reply.reasoningText) }
        if !calls.isEmpty { message["tool_calls"] = .array(calls) }
        var body: JSONObject = [
            "id": .string(reply.id), "object": "chat.completion", "created": 1_700_000_000,
            "model": .string(reply.model ?? request.model ?? "test"),
            "choices": [
                [
                    "index": 0, "message": .object(message), "logprobs": nil,
                    "finish_reason": .string(reply.finishReason),
                ]
            ],
            "usage": openAIUsage(reply),
        ]
        for member in reply.extra.members { body[member.name] = member.value }
        return .object(body)
    }

    private func openAIUsage(_ reply: ScriptedReply) -> JSONValue {
        [
            "prompt_tokens": .number(JSONNumber(reply.inputTokens)),
            "completion_tokens": .number(JSONNumber(reply.outputTokens)),
            "total_tokens": .number(JSONNumber(reply.inputTokens + reply.outputTokens)),
            "prompt_tokens_details": ["cached_tokens": .number(JSONNumber(reply.cachedTokens))],
        ]
    }

    func openAIEvents(of reply: ScriptedReply, for request: RecordedRequest) -> [JSONValue] {
        func chunk(_ choices: [JSONValue]) -> JSONObject {
            [
                "id": .string(reply.id), "object": "chat.completion.chunk", "created": 1_700_000_000,
                "model": .string(reply.model ?? request.model ?? "test"), "choices": .array(choices),
            ]
        }
        func delta(_ delta: JSONValue, finish: JSONValue = nil) -> JSONValue {
            .object(chunk([["index": 0, "delta": delta, "logprobs": nil, "finish_reason": finish]]))
        }
        var events = [delta(["role": "assistant", "content": ""])]
        var callIndex = 0
        for part in reply.parts {
            switch part {
            case .text(let text):
                events += reply.pieces(of: text).map { delta(["content": .string($0)]) }
            case .reasoning(let text, _):
                events += reply.pieces(of: text).map { delta(["reasoning_content": .string($0)]) }
            case .toolCall(let id, let name, let arguments):
                let index = JSONValue.number(JSONNumber(callIndex))
                callIndex += 1
                let head: JSONValue = [
                    "index": index, "id": .string(id), "type": "function",
                    "function": ["name": .string(name), "arguments": ""],
                ]
                events.append(delta(["tool_calls": [head]]))
                events += reply.pieces(of: arguments).map {
                    delta(["tool_calls": [["index": index, "function": ["arguments": .string($0)]]]])
                }
            }
        }
        events.append(delta([:], finish: .string(reply.finishReason)))
        // As the real one does: only to those who ask.
        if request.json?["stream_options"]?["include_usage"]?.bool == true {
            var last = chunk([])
            last["usage"] = openAIUsage(reply)
            events.append(.object(last))
        }
        return events
    }
}
