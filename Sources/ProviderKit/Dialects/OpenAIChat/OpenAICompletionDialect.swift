package import TransportKit

/// OpenAI's text completions, as a client speaks them: the texts of a request's messages are the prompt.
package struct OpenAICompletionDialect: ChatDialect {
    private let chat: OpenAIChatDialect

    package init(flavour: OpenAIFlavour = OpenAIFlavour(), paths: OpenAIPaths = OpenAIPaths()) {
        chat = OpenAIChatDialect(flavour: flavour, paths: paths)
    }

    package var framing: StreamFraming { chat.framing }

    package func encode(_ request: ChatRequest, isStreaming: Bool) throws(PlexError) -> EncodedRequest {
        let native = try request.withoutForeignFields(for: .openAI)
        let request = native.request
        var writer = OpenAIRequestWriter(flavour: chat.flavour)
        let body = try writer.writeCompletion(request, isStreaming: isStreaming)
        let path = chat.paths.path("/completions", model: request.model)
        return EncodedRequest(path: path, body: body, warnings: native.warnings(adding: writer.warnings))
    }

    package func decodeResponse(
        _ body: JSONValue,
        provider: ProviderID,
        model: ModelID
    ) throws(PlexError) -> ChatResponse {
        try chat.decodeResponse(body, provider: provider, model: model)
    }

    package func makeStreamDecoder() -> OpenAIStreamDecoder {
        chat.makeStreamDecoder()
    }

    package func decodeError(_ body: JSONValue) -> DialectError? {
        chat.decodeError(body)
    }
}
