import ProviderKit
import TransportKit

extension ChatResponse {
    /// The answer for programs.
    var json: JSONValue {
        var fields: JSONObject = [:]
        fields["id"] = id.map(JSONValue.string)
        fields["provider"] = .string(provider.rawValue)
        fields["model"] = .string(model.rawValue)
        fields["text"] = .string(text)
        fields["reasoning"] = message.reasoningText.isEmpty ? nil : .string(message.reasoningText)
        fields["refusal"] = refusal.isEmpty ? nil : .string(refusal)
        fields["tool_calls"] = toolCalls.isEmpty ? nil : .array(toolCalls.map(\.json))
        fields["finish_reason"] = (finishReason?.rawValue).map(JSONValue.string) ?? .null
        fields["raw_finish_reason"] = rawFinishReason.map(JSONValue.string)
        fields["usage"] = usage?.json
        fields["request_id"] = requestID.map(JSONValue.string)
        fields["warnings"] = warnings.isEmpty ? nil : .array(warnings.map(\.json))
        fields["route"] = route.map { .array($0.attempts.map(\.json)) }
        return .object(fields)
    }

    /// The model's words on why it does not answer, joined.
    var refusal: String {
        message.content.reduce(into: "") { text, part in
            if case .refusal(let piece) = part.kind { text += piece }
        }
    }
}

extension ToolCall {
    /// The call for programs.
    var json: JSONValue {
        ["id": .string(id), "name": .string(name), "arguments": .string(arguments)]
    }
}

extension Usage {
    /// The count for programs.
    var json: JSONValue {
        var fields: JSONObject = [
            "input_tokens": .number(JSONNumber(inputTokens)),
            "output_tokens": .number(JSONNumber(outputTokens)),
        ]
        fields["cached_read_tokens"] = cachedReadTokens.map { .number(JSONNumber($0)) }
        fields["cached_write_tokens"] = cachedWriteTokens.map { .number(JSONNumber($0)) }
        fields["reasoning_tokens"] = reasoningTokens.map { .number(JSONNumber($0)) }
        return .object(fields)
    }
}

extension Warning {
    /// The warning for programs.
    var json: JSONValue {
        ["code": .string(code.rawValue), "field": .string(field), "message": .string(message)]
    }
}

extension ChatEvent {
    /// The event for programs: an object whose `type` tells what else is in it.
    var json: JSONValue {
        switch self {
        case .started(let start):
            var fields: JSONObject = ["type": "started"]
            fields["id"] = start.id.map(JSONValue.string)
            fields["provider"] = .string(start.provider.rawValue)
            fields["model"] = .string(start.model.rawValue)
            fields["request_id"] = start.requestID.map(JSONValue.string)
            return .object(fields)
        case .text(let text):
            return ["type": "text", "text": .string(text)]
        case .reasoning(let text):
            return ["type": "reasoning", "text": .string(text)]
        case .reasoningSealed(let reasoning):
            var fields: JSONObject = ["type": "reasoning_sealed"]
            fields["signature"] = reasoning.signature.map(JSONValue.string)
            fields["redacted"] = reasoning.redacted.map(JSONValue.string)
            return .object(fields)
        case .refusal(let text):
            return ["type": "refusal", "text": .string(text)]
        case .toolCallBegan(let index, let id, let name):
            return [
                "type": "tool_call_began", "index": .number(JSONNumber(index)), "id": .string(id),
                "name": .string(name),
            ]
        case .toolCallArguments(let index, let delta):
            return ["type": "tool_call_arguments", "index": .number(JSONNumber(index)), "delta": .string(delta)]
        case .toolCallEnded(let index, let call):
            return ["type": "tool_call_ended", "index": .number(JSONNumber(index)), "call": call.json]
        case .warning(let warning):
            return ["type": "warning", "warning": warning.json]
        case .reset(let reason):
            return ["type": "reset", "reason": .string(reason)]
        case .finished(let response):
            return ["type": "finished", "response": response.json]
        @unknown default:
            return ["type": "unknown"]
        }
    }
}
