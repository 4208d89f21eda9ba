package import TransportKit

/// The wire of Anthropic's Messages API (`POST /v1/messages`), as its clients write and read it.
///
/// Shapes follow the API's reference and the types of its official clients (version `2023-06-01`).
package struct AnthropicMessagesDialect: ChatDialect {
    package let framing = StreamFraming.serverSentEvents

    package init() {}

    package func encode(_ request: ChatRequest, isStreaming: Bool) throws(PlexError) -> EncodedRequest {
        let native = try request.withoutForeignFields(for: .anthropic)
        let request = native.request
        var encoder = AnthropicRequestEncoder(request: request)
        var body = try encoder.makeBody()
        if isStreaming {
            body["stream"] = true
        }
        let notes = request.warningsOfNotes(namesFiles: true)
        return EncodedRequest(
            path: "/v1/messages",
            body: .object(body),
            warnings: native.warnings(adding: encoder.warnings + notes)
        )
    }

    /// Writes the request that counts the tokens of a prompt without answering it.
    package func encodeTokenCount(_ request: ChatRequest) throws(PlexError) -> EncodedRequest {
        let native = try request.withoutForeignFields(for: .anthropic)
        let request = native.request
        var encoder = AnthropicRequestEncoder(request: request)
        let body = try encoder.makeBody()
        // The API refuses what has no bearing on the prompt.
        let counted = ["model", "system", "messages", "tools", "tool_choice", "thinking", "output_config"]
        let kept = body.members.filter { counted.contains($0.name) || request.extra[$0.name] != nil }
        return EncodedRequest(
            path: "/v1/messages/count_tokens",
            body: .object(JSONObject(kept.map { ($0.name, $0.value) })),
            warnings: native.warnings(adding: encoder.warnings)
        )
    }

    package func decodeResponse(
        _ body: JSONValue,
        provider: ProviderID,
        model: ModelID
    ) throws(PlexError) -> ChatResponse {
        try AnthropicResponseDecoder(provider: provider, model: model).decode(body)
    }

    package func makeStreamDecoder() -> AnthropicStreamDecoder {
        AnthropicStreamDecoder()
    }

    package func decodeError(_ body: JSONValue) -> DialectError? {
        AnthropicErrorBody.decode(body)
    }
}
