internal import TransportKit

/// Reads a whole answer of the Messages API.
struct AnthropicResponseDecoder {
    let provider: ProviderID
    let model: ModelID

    // What has a place in `ChatResponse`; everything else is kept in `extra`.
    static let knownFields: Set<String> = ["id", "type", "role", "model", "content", "stop_reason", "usage"]

    func decode(_ body: JSONValue) throws(PlexError) -> ChatResponse {
        if body["type"] == "error", let error = AnthropicErrorBody.decode(body) {
            throw error.asPlexError(provider: provider, model: model)
        }
        guard let object = body.object, let blocks = object["content"]?.array else {
            throw PlexError(
                .malformedResponse,
                "the answer has no content; is the endpoint one of the Messages API?",
                provider: provider,
                model: model
            )
        }
        let reason = object["stop_reason"]?.string
        var response = ChatResponse(
            id: object["id"]?.string,
            provider: provider,
            model: object["model"]?.string.map { ModelID($0) } ?? model,
            message: Message(role: .assistant, content: blocks.map(Self.decodeBlock)),
            finishReason: reason.flatMap { FinishReason(anthropic: $0) },
            rawFinishReason: reason
        )
        if let usage = object["usage"]?.object {
            var counts = AnthropicUsage()
            counts.update(usage)
            response.usage = counts.usage
        }
        response.extra = JSONObject(
            uniqueMembers: object.members.filter { !Self.knownFields.contains($0.name) && !$0.value.isNull }
        )
        return response
    }

    /// Reads a content block.
    static func decodeBlock(_ block: JSONValue) -> ContentPart {
        guard let object = block.object else { return ContentPart(.unknown(block)) }
        switch object["type"]?.string {
        case "text":
            return part(.text(object["text"]?.string ?? ""), of: object, known: ["text"])
        case "thinking":
            let reasoning = Reasoning(object["thinking"]?.string ?? "", signature: object["signature"]?.string)
            return part(.reasoning(reasoning), of: object, known: ["thinking", "signature"])
        case "redacted_thinking":
            let reasoning = Reasoning("", redacted: object["data"]?.string ?? "")
            return part(.reasoning(reasoning), of: object, known: ["data"])
        case "tool_use":
            let call = ToolCall(
                id: object["id"]?.string ?? "",
                name: object["name"]?.string ?? "",
                arguments: object["input"]?.serializedString ?? "{}"
            )
            return part(.toolCall(call), of: object, known: ["id", "name", "input"])
        default:
            return ContentPart(.unknown(block))
        }
    }

    private static func part(_ kind: ContentPart.Kind, of object: JSONObject, known: Set<String>) -> ContentPart {
        let rest = object.members.filter { $0.name != "type" && !known.contains($0.name) && !$0.value.isNull }
        return ContentPart(kind, extra: JSONObject(uniqueMembers: rest))
    }
}

/// The counts of a `usage` object; later ones of a stream replace earlier ones field by field.
struct AnthropicUsage: Sendable, Hashable {
    private var input: Int?
    private var output: Int?
    private var cacheRead: Int?
    private var cacheWrite: Int?
    private var thinking: Int?

    /// Takes over what an object says.
    mutating func update(_ object: JSONObject) {
        input = object["input_tokens"]?.int ?? input
        output = object["output_tokens"]?.int ?? output
        cacheRead = object["cache_read_input_tokens"]?.int ?? cacheRead
        cacheWrite = object["cache_creation_input_tokens"]?.int ?? cacheWrite
        thinking = object["output_tokens_details"]?["thinking_tokens"]?.int ?? thinking
    }

    /// The counts in common words: the API's `input_tokens` are only those past the last cache mark.
    var usage: Usage? {
        guard input != nil || output != nil else { return nil }
        let prompt = [input, cacheRead, cacheWrite].reduce(0) { $0.addingClamped($1 ?? 0) }
        return Usage(
            inputTokens: prompt,
            outputTokens: output ?? 0,
            cachedReadTokens: cacheRead,
            cachedWriteTokens: cacheWrite,
            reasoningTokens: thinking
        )
    }
}

extension FinishReason {
    /// The common word for a `stop_reason`; `nil` for one that is not known.
    init?(anthropic reason: String) {
        switch reason {
        case "end_turn", "stop_sequence": self = .stop
        case "max_tokens", "model_context_window_exceeded": self = .length
        case "tool_use": self = .toolCalls
        case "pause_turn": self = .pause
        case "refusal": self = .refusal
        default: return nil
        }
    }
}
