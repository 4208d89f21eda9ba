package import TransportKit

/// Anthropic's Messages API, as a server speaks it.
package struct AnthropicServed: ServedDialect {
    package init() {}

    package var operation: WireOperation { .anthropicMessages }
    package var callersFields: [String] { ["anthropic-beta"] }

    package func decodeRequest(_ body: JSONValue) throws(PlexError) -> ServedRequest {
        try AnthropicRequestReader.read(body)
    }

    package func encodeResponse(
        _ response: ChatResponse,
        to request: ServedRequest,
        context: AnswerContext
    ) -> JSONValue {
        AnthropicResponseWriter(context: context).write(response)
    }

    package func makeStreamEncoder(for request: ServedRequest, context: AnswerContext) -> AnthropicStreamWriter {
        AnthropicStreamWriter(context: context)
    }

    package func encodeError(_ error: CallerError) -> JSONValue {
        AnthropicErrorWriter.write(error)
    }

    package func encodeStreamError(_ error: CallerError) -> [UInt8] {
        AnthropicErrorWriter.event(error)
    }

    package func callersWarnings(_ warnings: [Warning]) -> [Warning] {
        AnthropicWarnings.inCallersWords(warnings)
    }

    /// Writes the answer to a question for the number of a prompt's tokens.
    package func encodeTokenCount(_ count: Int) -> JSONValue {
        ["input_tokens": .number(JSONNumber(count))]
    }

    /// Writes a page of the list of models: all of them, each name once.
    package func encodeModels(_ models: [Model]) -> JSONValue {
        var names: Set<ModelID> = []
        let entries = models.filter { names.insert($0.id).inserted }.map(encodeModel)
        return [
            "data": .array(entries), "has_more": false, "first_id": entries.first?["id"] ?? .null,
            "last_id": entries.last?["id"] ?? .null,
        ]
    }

    /// Writes one model.
    package func encodeModel(_ model: Model) -> JSONValue {
        var entry: JSONObject = [
            "type": "model", "id": .string(model.id.rawValue),
            "display_name": .string(model.displayName ?? model.id.rawValue),
            "created_at": .string(Timestamp.rfc3339(seconds: model.created ?? 0)),
        ]
        entry["max_input_tokens"] = model.contextLength.map { .number(JSONNumber($0)) }
        return .object(entry)
    }
}
