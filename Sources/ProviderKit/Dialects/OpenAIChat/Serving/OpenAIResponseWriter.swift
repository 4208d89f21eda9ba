internal import TransportKit

/// Writes a whole answer for a caller.
struct OpenAIResponseWriter {
    let context: AnswerContext
    /// Whether calls go in the form that was before there were tools.
    var usesFunctions = false

    func write(_ response: ChatResponse) -> JSONValue {
        var choice: JSONObject = ["index": 0, "message": .object(message(response.message))]
        choice["logprobs"] = response.logprobs ?? .null
        Self.writeFinish(response, usesFunctions: usesFunctions, into: &choice)
        var body = Self.frame("chat.completion", response.id, context)
        body["choices"] = [.object(choice)]
        body["usage"] = response.usage.map(OpenAIUsageWriter.value)
        for name in ["service_tier", "system_fingerprint"] {
            if case .string(let text)? = response.extra[name] { body[name] = .string(text) }
        }
        body["warnings"] = OpenAIWarnings.value(response.warnings)
        return .object(body)
    }

    /// What every answer begins with.
    static func frame(_ object: String, _ id: String?, _ context: AnswerContext) -> JSONObject {
        [
            "id": .string(Self.id(id, context)),
            "object": .string(object),
            "created": .number(JSONNumber(context.created)),
            "model": .string(context.model.rawValue),
            "choices": [],
        ]
    }

    static func id(_ id: String?, _ context: AnswerContext) -> String {
        id.flatMap { $0.isEmpty ? nil : $0 } ?? context.id
    }

    private func message(_ message: Message) -> JSONObject {
        var value: JSONObject = ["role": "assistant", "content": .null, "refusal": .null]
        var refusal: String?
        var text: String?
        for part in message.content {
            switch part.kind {
            case .text(let piece): text = (text ?? "") + piece
            case .refusal(let piece): refusal = (refusal ?? "") + piece
            default: break
            }
        }
        let calls = message.content.filter { $0.isToolCall }
        if let text { value["content"] = .string(text) }
        if text == nil, refusal == nil, calls.isEmpty { value["content"] = "" }
        if let refusal { value["refusal"] = .string(refusal) }
        let thoughts = message.reasoningText
        if !thoughts.isEmpty { value["reasoning_content"] = .string(thoughts) }
        if message.content.contains(where: \.isSealedReasoning) {
            value["reasoning_details"] = .array(message.content.compactMap(Self.detail))
        }
        write(calls, into: &value)
        for name in ["annotations", "audio"] { value[name] = message.extra[name] }
        return value
    }

    private func write(_ parts: [ContentPart], into message: inout JSONObject) {
        guard !parts.isEmpty else { return }
        if usesFunctions {
            guard case .toolCall(let call)? = parts.first?.kind else { return }
            message["function_call"] = ["name": .string(call.name), "arguments": .string(call.arguments)]
            return
        }
        message["tool_calls"] = .array(
            parts.compactMap { part in
                guard case .toolCall(let call) = part.kind else { return nil }
                var value: JSONObject = [
                    "id": .string(call.id), "type": "function",
                    "function": ["name": .string(call.name), "arguments": .string(call.arguments)],
                ]
                value["extra_content"] = call.signature.map(Self.seal)
                return .object(value)
            }
        )
    }

    /// Gemini's place for the seal of a call, which its own clients send back.
    static func seal(_ signature: String) -> JSONValue {
        ["google": ["thought_signature": .string(signature)]]
    }

    /// A part as an element of `reasoning_details`, or `nil` if it is no reasoning.
    static func detail(_ part: ContentPart) -> JSONValue? {
        guard case .reasoning(let reasoning) = part.kind else { return nil }
        var extra = JSONObject()
        for name in ["type", "id", "format"] { extra[name] = part.extra[name] }
        return OpenAIVocabulary.reasoningDetail(reasoning, extra)
    }

    /// Writes the reason for the end, in one of the words that clients of OpenAI know.
    static func writeFinish(_ response: ChatResponse, usesFunctions: Bool, into choice: inout JSONObject) {
        guard let reason = response.finishReason else {
            // Never made up.
            choice["finish_reason"] = .null
            return
        }
        let word = word(for: reason, inWords: response.refusesInWords, usesFunctions: usesFunctions)
        choice["finish_reason"] = .string(word)
        let isOwn = ["stop", "length", "tool_calls", "content_filter"].contains(reason.rawValue)
        guard !isOwn, !response.refusesInWords else { return }
        choice["native_finish_reason"] = .string(response.rawFinishReason ?? reason.rawValue)
    }

    /// One of the words that clients of OpenAI know.
    // Words of refusal have a field of their own; without any, a caller would take what there is for the answer.
    private static func word(for reason: FinishReason, inWords: Bool, usesFunctions: Bool) -> String {
        switch reason {
        case .refusal: inWords ? "stop" : "content_filter"
        case .length, .contentFilter: reason.rawValue
        case .toolCalls: usesFunctions ? "function_call" : reason.rawValue
        default: "stop"
        }
    }
}

/// Writes the count of tokens.
enum OpenAIUsageWriter {
    static func value(_ usage: Usage) -> JSONValue {
        var value: JSONObject = [
            "prompt_tokens": .number(JSONNumber(usage.inputTokens)),
            "completion_tokens": .number(JSONNumber(usage.outputTokens)),
            "total_tokens": .number(JSONNumber(usage.totalTokens)),
        ]
        var prompt = JSONObject()
        prompt["cached_tokens"] = usage.cachedReadTokens.map { .number(JSONNumber($0)) }
        prompt["cache_write_tokens"] = usage.cachedWriteTokens.map { .number(JSONNumber($0)) }
        if !prompt.isEmpty { value["prompt_tokens_details"] = .object(prompt) }
        if let reasoning = usage.reasoningTokens {
            value["completion_tokens_details"] = ["reasoning_tokens": .number(JSONNumber(reasoning))]
        }
        return .object(value)
    }
}

extension ContentPart {
    var isRefusal: Bool {
        if case .refusal = kind { true } else { false }
    }

    var isToolCall: Bool {
        if case .toolCall = kind { true } else { false }
    }

    /// Whether this is reasoning that has to go back in a form of its own.
    var isSealedReasoning: Bool {
        guard case .reasoning(let reasoning) = kind else { return false }
        return reasoning.signature != nil || reasoning.redacted != nil || extra["type"] == "reasoning.summary"
    }
}

extension ChatResponse {
    /// Whether it is a refusal and holds the words of it.
    var refusesInWords: Bool { finishReason == .refusal && message.content.contains(where: \.isRefusal) }

    /// The probabilities of the answer's tokens in this dialect's form; Ollama's have the same name and are a list.
    var logprobs: JSONValue? {
        extra["logprobs"].flatMap { $0.array == nil ? $0 : nil }
    }
}
