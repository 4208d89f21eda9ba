internal import TransportKit

/// Writes a whole answer for a caller.
struct AnthropicResponseWriter {
    let context: AnswerContext

    func write(_ response: ChatResponse) -> JSONValue {
        var warnings = response.warnings
        let content = response.message.content.enumerated().compactMap { index, part in
            Self.block(part, path: "content[\(index)]", warnings: &warnings)
        }
        var body = frame(id: response.id)
        body["content"] = .array(content)
        Self.writeEnd(response, into: &body)
        body["usage"] = Self.usage(response.usage)
        if let container = response.extra["container"] { body["container"] = container }
        body["warnings"] = AnthropicWarnings.value(warnings)
        return .object(body)
    }

    /// What every answer begins with.
    func frame(id: String?) -> JSONObject {
        [
            "id": .string(id.flatMap { $0.isEmpty ? nil : $0 } ?? context.id),
            "type": "message", "role": "assistant", "model": .string(context.model.rawValue), "content": [],
            "stop_reason": .null, "stop_sequence": .null, "usage": Self.usage(nil),
        ]
    }

    /// Writes why the answer ended.
    static func writeEnd(_ response: ChatResponse, into body: inout JSONObject) {
        body["stop_sequence"] = response.extra["stop_sequence"] ?? .null
        guard let reason = response.finishReason else {
            // Never made up, but a word of this dialect itself is one.
            body["stop_reason"] = response.rawFinishReason.flatMap(ownWord).map { .string($0) } ?? .null
            return
        }
        body["stop_reason"] = .string(word(for: reason, raw: response.rawFinishReason))
        if !knownReasons.contains(reason) {
            body["native_stop_reason"] = .string(response.rawFinishReason ?? reason.rawValue)
        }
        if let details = response.extra["stop_details"] { body["stop_details"] = details }
    }

    private static let knownReasons: Set<FinishReason> = [
        .stop, .length, .toolCalls, .contentFilter, .refusal, .pause,
    ]

    private static let ownWords: Set<String> = [
        "end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal",
        "model_context_window_exceeded",
    ]

    private static func ownWord(_ raw: String) -> String? {
        ownWords.contains(raw) ? raw : nil
    }

    private static func word(for reason: FinishReason, raw: String?) -> String {
        // Two of its words are one in common; the provider's own is finer.
        if let raw, let own = ownWord(raw), FinishReason(anthropic: own) == reason { return own }
        return switch reason {
        case .length: "max_tokens"
        case .toolCalls: "tool_use"
        case .contentFilter, .refusal: "refusal"
        case .pause: "pause_turn"
        default: "end_turn"
        }
    }

    /// Writes the count of tokens, which clients take for granted: on this wire the cached ones stand apart.
    static func usage(_ usage: Usage?) -> JSONValue {
        let cached = (usage?.cachedReadTokens ?? 0).addingClamped(usage?.cachedWriteTokens ?? 0)
        var counts: JSONObject = [
            "input_tokens": .number(JSONNumber(max(0, (usage?.inputTokens ?? 0) - cached))),
            "output_tokens": .number(JSONNumber(usage?.outputTokens ?? 0)),
        ]
        counts["cache_creation_input_tokens"] = usage?.cachedWriteTokens.map { .number(JSONNumber($0)) }
        counts["cache_read_input_tokens"] = usage?.cachedReadTokens.map { .number(JSONNumber($0)) }
        if let thinking = usage?.reasoningTokens {
            counts["output_tokens_details"] = ["thinking_tokens": .number(JSONNumber(thinking))]
        }
        return .object(counts)
    }
}

extension AnthropicResponseWriter {
    /// Writes a part as a block, or notes why there is none for it.
    static func block(_ part: ContentPart, path: String, warnings: inout [Warning]) -> JSONValue? {
        switch part.kind {
        case .text(let text):
            var block: JSONObject = ["type": "text", "text": .string(text)]
            block["citations"] = part.extra["citations"]
            return .object(block)
        case .refusal(let text): return ["type": "text", "text": .string(text)]
        case .reasoning(let reasoning): return block(reasoning)
        case .toolCall(let call):
            var block: JSONObject = ["type": "tool_use", "id": .string(call.id), "name": .string(call.name)]
            block["input"] = .object(call.writtenArguments("\(path).input", warnings: &warnings))
            if call.signature != nil { warnings.append(sealWarning(path)) }
            return .object(block)
        case .unknown(let value) where isOwnBlock(value): return value
        default:
            warnings.append(Warning(.dropped, field: path, "an answer of this dialect has no block for such a part"))
            return nil
        }
    }

    private static func block(_ reasoning: Reasoning) -> JSONValue {
        if let data = reasoning.redacted { return ["type": "redacted_thinking", "data": .string(data)] }
        return [
            "type": "thinking", "thinking": .string(reasoning.text),
            "signature": .string(reasoning.signature ?? ""),
        ]
    }

    static func sealWarning(_ path: String) -> Warning {
        Warning(.dropped, field: "\(path).signature", "a call has no place for the provider's seal in this dialect")
    }

    // Blocks of tools that run at the provider, and what they gave back.
    private static func isOwnBlock(_ value: JSONValue) -> Bool {
        guard let type = value["type"]?.string else { return false }
        return type.hasSuffix("_tool_use") || type.hasSuffix("_tool_result") || type == "container_upload"
    }
}
