package import TransportKit

/// Gemini's `generateContent` and `streamGenerateContent`, as a server speaks them.
///
/// The model and whether a stream is wanted stand in the path, so the body that is read has the model put into it.
package struct GeminiServed: ServedDialect {
    /// The form of the answer.
    package enum Form: Sendable, Hashable {
        /// One object.
        case whole
        /// Server-sent events.
        case events
        /// A JSON array that grows.
        case array
    }

    private let form: Form

    package init(_ form: Form = .whole) {
        self.form = form
    }

    // A provider's stream is one of events, so that one that has to be an array is always translated.
    package var operation: WireOperation { form == .array ? "gemini/generate-array" : .geminiGenerate }
    package var framing: ServedFraming { form == .array ? .jsonArray : .serverSentEvents }

    package func isStreaming(_ body: ScannedBody) -> Bool { form != .whole }

    package func decodeRequest(_ body: JSONValue) throws(PlexError) -> ServedRequest {
        var served = try GeminiRequestReader.read(body)
        served.isStreaming = form != .whole
        return served
    }

    package func encodeResponse(
        _ response: ChatResponse,
        to request: ServedRequest,
        context: AnswerContext
    ) -> JSONValue {
        GeminiResponseWriter(context: context).write(response)
    }

    package func makeStreamEncoder(for request: ServedRequest, context: AnswerContext) -> GeminiStreamWriter {
        GeminiStreamWriter(context: context, isArray: form == .array)
    }

    package func encodeError(_ error: CallerError) -> JSONValue {
        GeminiErrorWriter.write(error)
    }

    package func callersWarnings(_ warnings: [Warning]) -> [Warning] {
        GeminiWarnings.inCallersWords(warnings)
    }

    /// Writes the answer to a question for the number of a prompt's tokens.
    package func encodeTokenCount(_ count: Int) -> JSONValue {
        ["totalTokens": .number(JSONNumber(count))]
    }

    /// Reads what a question for the number of tokens is about.
    package func decodeTokenCount(_ body: JSONValue) throws(PlexError) -> ChatRequest {
        guard var inner = body["generateContentRequest"]?.object else {
            return try GeminiRequestReader.read(body).request
        }
        inner["model"] = body["model"]
        return try GeminiRequestReader.read(.object(inner)).request
    }

    /// Writes the list of models: each name once.
    package func encodeModels(_ models: [Model]) -> JSONValue {
        var names: Set<ModelID> = []
        return ["models": .array(models.filter { names.insert($0.id).inserted }.map(encodeModel))]
    }

    /// Writes one model.
    package func encodeModel(_ model: Model) -> JSONValue {
        var entry: JSONObject = [
            "name": .string("models/\(model.id)"), "displayName": .string(model.displayName ?? model.id.rawValue),
            "supportedGenerationMethods": ["generateContent", "countTokens"],
        ]
        entry["inputTokenLimit"] = model.contextLength.map { .number(JSONNumber($0)) }
        return .object(entry)
    }
}
