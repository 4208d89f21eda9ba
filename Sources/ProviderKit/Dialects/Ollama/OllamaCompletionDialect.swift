package import TransportKit

/// The wire of Ollama's text completion (`POST /api/generate`): the texts of a request's messages are the prompt.
package struct OllamaCompletionDialect: ChatDialect {
    private let chat: OllamaDialect

    package init(_ chat: OllamaDialect = OllamaDialect()) {
        self.chat = chat
    }

    package var framing: StreamFraming { chat.framing }

    package func encode(_ request: ChatRequest, isStreaming: Bool) throws(PlexError) -> EncodedRequest {
        let native = try request.withoutForeignFields(for: .ollama)
        let request = native.request
        let body = OllamaRequestEncoder(request: request).makeCompletionBody(isStreaming: isStreaming)
        return EncodedRequest(path: "/api/generate", body: .object(body), warnings: native.warnings(adding: []))
    }

    package func decodeResponse(
        _ body: JSONValue,
        provider: ProviderID,
        model: ModelID
    ) throws(PlexError) -> ChatResponse {
        try chat.decodeResponse(body, provider: provider, model: model)
    }

    package func makeStreamDecoder() -> OllamaStreamDecoder {
        chat.makeStreamDecoder()
    }

    package func decodeError(_ body: JSONValue) -> DialectError? {
        chat.decodeError(body)
    }
}
