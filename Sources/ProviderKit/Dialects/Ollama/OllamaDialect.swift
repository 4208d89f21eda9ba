package import TransportKit

/// The wire of Ollama's own chat interface (`POST /api/chat`): whole objects, one a line when they stream.
///
/// Shapes follow `docs/api.md` of Ollama and the types of its official clients.
package struct OllamaDialect: ChatDialect {
    package let framing = StreamFraming.newlineDelimitedJSON
    // Older servers name no calls, but results refer to them by name.
    private let makeCallID: @Sendable () -> String

    /// Makes the dialect.
    ///
    /// - Parameter makeCallID: Names a tool call that came without an id; a name must not come again in a conversation.
    package init(makeCallID: @escaping @Sendable () -> String = OllamaDialect.randomCallID) {
        self.makeCallID = makeCallID
    }

    package func encode(_ request: ChatRequest, isStreaming: Bool) throws(PlexError) -> EncodedRequest {
        let native = try request.withoutForeignFields(for: .ollama)
        let request = native.request
        var encoder = OllamaRequestEncoder(request: request)
        let body = try encoder.makeBody(isStreaming: isStreaming)
        let marks = request.warningsOfMarks() + request.warningsOfNotes(namesFiles: true)
        return EncodedRequest(
            path: "/api/chat",
            body: .object(body),
            warnings: native.warnings(adding: encoder.warnings + marks)
        )
    }

    package func decodeResponse(
        _ body: JSONValue,
        provider: ProviderID,
        model: ModelID
    ) throws(PlexError) -> ChatResponse {
        try OllamaResponseDecoder(provider: provider, model: model, makeCallID: makeCallID).decode(body)
    }

    package func makeStreamDecoder() -> OllamaStreamDecoder {
        OllamaStreamDecoder(makeCallID: makeCallID)
    }

    package func decodeError(_ body: JSONValue) -> DialectError? {
        OllamaErrorBody.decode(body)
    }

    /// A name that does not come again.
    package static func randomCallID() -> String {
        "call_" + String(UInt64.random(in: .min ... .max), radix: 36)
    }
}

/// The shape of Ollama's errors, also within a stream: `{"error":"…"}`.
package enum OllamaErrorBody {
    /// Reads an error's details.
    package static func decode(_ body: JSONValue) -> DialectError? {
        guard let error = body["error"], let message = error.string ?? error["message"]?.string else { return nil }
        return DialectError(providerCode: error["type"]?.string, message: message, code: code(message.lowercased()))
    }

    // The wire has no codes; these words have been stable, and callers act on them differently.
    private static func code(_ message: String) -> PlexError.Code? {
        if message.contains("not found") {
            .notFound
        } else if message.contains("does not support") {
            .unsupported
        } else if message.contains("context length") || message.contains("context window") {
            .contextLengthExceeded
        } else if message.contains("maximum pending requests") || message.contains("server busy") {
            .overloaded
        } else {
            nil
        }
    }
}
