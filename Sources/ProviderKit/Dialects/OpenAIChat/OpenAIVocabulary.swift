internal import TransportKit

/// Words and counts that whole and streamed answers share.
enum OpenAIVocabulary {
    /// The common word for a finish reason of the wire; one that is unknown stays as it is.
    ///
    /// - Parameters:
    ///   - raw: The wire's word.
    ///   - hasRefusal: Whether the answer holds words of refusal, of which the reason itself says nothing.
    /// - Returns: The common word.
    /// - Throws: `PlexError`, for the reasons that are no end but a failure.
    static func finishReason(_ raw: String, hasRefusal: Bool = false) throws(PlexError) -> FinishReason {
        switch raw {
        case "stop", "eos", "eos_token", "stop_sequence", "end_turn": return hasRefusal ? .refusal : .stop
        case "length", "max_tokens", "model_length": return .length
        case "tool_calls", "function_call", "tool_use": return .toolCalls
        case "content_filter": return .contentFilter
        case "error": throw PlexError(.upstream, "the provider ended its answer with an error; try again")
        case "insufficient_system_resource":
            throw PlexError(.overloaded, "the provider gave up its answer for want of resources; try again later")
        default: return FinishReason(rawValue: raw)
        }
    }

    /// The tokens that a usage object counts, or `nil` if it counts none.
    static func usage(_ value: JSONValue?) -> Usage? {
        guard case .object(let object)? = value else { return nil }
        let cached = object["prompt_tokens_details"]
        return TokenCounts(
            input: count(object["prompt_tokens"]),
            answer: count(object["completion_tokens"]),
            total: count(object["total_tokens"]),
            reasoning: count(object["completion_tokens_details"]?["reasoning_tokens"]),
            cachedRead: count(cached?["cached_tokens"]) ?? count(object["prompt_cache_hit_tokens"]),
            cachedWrite: count(cached?["cache_write_tokens"])
        ).usage
    }

    /// The numbers of a usage object.
    struct TokenCounts {
        var input: Int?
        var answer: Int?
        var total: Int?
        var reasoning: Int?
        var cachedRead: Int?
        var cachedWrite: Int?

        /// What they say, or `nil` if that is nothing.
        var usage: Usage? {
            guard input != nil || answer != nil || total != nil else { return nil }
            var output = answer ?? max(0, (total ?? 0) - (input ?? 0))
            // One service counts reasoning beside the answer; the total tells.
            if let reasoning, let total, total == (input ?? 0).addingClamped(output).addingClamped(reasoning) {
                output = output.addingClamped(reasoning)
            }
            return Usage(
                inputTokens: input ?? 0,
                outputTokens: output,
                cachedReadTokens: cachedRead,
                cachedWriteTokens: cachedWrite,
                reasoningTokens: reasoning
            )
        }
    }

    /// A number of tokens: a peer may write any, and one below zero counts nothing.
    static func count(_ value: JSONValue?) -> Int? {
        value?.int.flatMap { $0 < 0 ? nil : $0 }
    }

    private static let usageNames: Set<String> = [
        "prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details", "completion_tokens_details",
        "prompt_cache_hit_tokens", "prompt_cache_miss_tokens",
    ]

    /// A usage object that says more than tokens, for example a cost.
    static func extraUsage(_ value: JSONValue?) -> JSONValue? {
        guard case .object(let object)? = value else { return nil }
        return object.members.contains { !usageNames.contains($0.name) && !$0.value.isNull } ? value : nil
    }

    /// Arguments as JSON text; some servers send them as an object.
    static func arguments(_ value: JSONValue?) -> String {
        switch value {
        case nil, .null?: ""
        case .string(let text)?: text
        case .some(let value): value.serializedString
        }
    }

    /// The seal that Gemini puts on a call.
    static func signature(_ call: JSONValue) -> String? {
        call["extra_content"]?["google"]?["thought_signature"]?.string
    }

    /// Reads a content that is a string, a list of parts, or `null`.
    ///
    /// - Parameters:
    ///   - value: The content.
    ///   - body: Called with each piece, in order.
    static func readContent(_ value: JSONValue?, _ body: (ContentPart) -> Void) {
        switch value {
        case .string(let text)?:
            if !text.isEmpty { body(.text(text)) }
        case .array(let parts)?:
            for part in parts { read(part, body) }
        case .object?: value.map { read($0, body) }
        default: break
        }
    }

    private static func read(_ part: JSONValue, _ body: (ContentPart) -> Void) {
        switch part["type"]?.string {
        case "text"?, "output_text"?:
            if let text = part["text"]?.string, !text.isEmpty { body(.text(text)) }
        case "refusal"?:
            if let text = part["refusal"]?.string, !text.isEmpty { body(.refusal(text)) }
        case "thinking"?:
            // A string, or a list of text parts.
            var text = ""
            readContent(part["thinking"]) { piece in
                if case .text(let more) = piece.kind { text += more }
            }
            if !text.isEmpty { body(.reasoning(Reasoning(text, signature: part["signature"]?.string))) }
        case nil:
            if let text = part.string, !text.isEmpty { body(.text(text)) }
        default: body(ContentPart(.unknown(part)))
        }
    }

    /// Reads the thoughts of a message or delta, by whichever of the usual fields they come.
    static func readReasoning(_ message: JSONValue, _ body: (ContentPart) -> Void) {
        if let details = message["reasoning_details"]?.array, !details.isEmpty {
            for detail in details { readDetail(detail, body) }
            return
        }
        for name in ["reasoning_content", "reasoning"] {
            if let text = message[name]?.string, !text.isEmpty { return body(.reasoning(Reasoning(text))) }
        }
    }

    /// Thoughts as an element of `reasoning_details`, as `readReasoning` reads it.
    static func reasoningDetail(_ reasoning: Reasoning, _ extra: JSONObject) -> JSONValue {
        var detail: JSONObject
        if let redacted = reasoning.redacted {
            detail = ["type": "reasoning.encrypted", "data": .string(redacted)]
        } else if extra["type"] == "reasoning.summary" {
            detail = ["type": "reasoning.summary", "summary": .string(reasoning.text)]
        } else {
            detail = ["type": "reasoning.text", "text": .string(reasoning.text)]
            detail["signature"] = reasoning.signature.map { .string($0) }
        }
        return .object(detail.adding(extra))
    }

    private static func readDetail(_ detail: JSONValue, _ body: (ContentPart) -> Void) {
        guard case .object(var rest) = detail else { return }
        let reasoning: Reasoning
        switch rest["type"]?.string {
        case "reasoning.encrypted"?: reasoning = Reasoning("", redacted: rest["data"]?.string ?? "")
        case "reasoning.summary"?: reasoning = Reasoning(rest["summary"]?.string ?? "")
        default: reasoning = Reasoning(rest["text"]?.string ?? "", signature: rest["signature"]?.string)
        }
        // A summary has to go back as one; the other kinds are told by what they hold.
        if rest["type"] != "reasoning.summary" { rest["type"] = nil }
        for name in ["text", "summary", "signature", "data", "index"] { rest[name] = nil }
        for member in rest.members where member.value.isNull { rest[member.name] = nil }
        body(ContentPart(.reasoning(reasoning), extra: rest))
    }
}
