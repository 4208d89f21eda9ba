internal import TransportKit

/// Reads a whole response.
struct ResponsesResponseDecoder {
    let provider: ProviderID
    let model: ModelID

    func decode(_ body: JSONValue) throws(PlexError) -> ChatResponse {
        if let error = ResponsesVocabulary.error(body) {
            throw error.asPlexError(provider: provider, model: model)
        }
        guard let object = body.object, let items = object["output"]?.array else {
            throw PlexError(
                .malformedResponse,
                "the answer has no output; is the endpoint one of the Responses API?",
                provider: provider,
                model: model
            )
        }
        let parts = items.flatMap(ResponsesVocabulary.parts)
        let finish = ResponsesVocabulary.finish(
            body,
            hasCalls: parts.contains { $0.isToolCall },
            hasRefusal: parts.contains { $0.isRefusal }
        )
        return ChatResponse(
            id: object["id"]?.string,
            provider: provider,
            model: object["model"]?.string.map { ModelID($0) } ?? model,
            message: Message(role: .assistant, content: parts),
            finishReason: finish?.reason,
            rawFinishReason: finish?.raw,
            usage: ResponsesVocabulary.usage(object["usage"]),
            extra: JSONObject(uniqueMembers: object.members.filter(Self.isKept))
        )
    }

    // What has a place in `ChatResponse`, and what only repeats the request.
    private static let known: Set<String> = [
        "id", "object", "status", "created_at", "completed_at", "error", "incomplete_details", "instructions",
        "max_output_tokens", "max_tool_calls", "model", "output", "parallel_tool_calls", "previous_response_id",
        "reasoning", "store", "temperature", "text", "tool_choice", "tools", "top_p", "truncation", "usage", "user",
        "metadata", "background", "top_logprobs", "prompt_cache_key", "safety_identifier", "prompt_cache_retention",
        "frequency_penalty", "presence_penalty", "output_text",
    ]

    /// Whether a member of an answer says something that has no other place.
    static func isKept(_ member: JSONObject.Member) -> Bool {
        !known.contains(member.name) && !member.value.isNull
    }
}
