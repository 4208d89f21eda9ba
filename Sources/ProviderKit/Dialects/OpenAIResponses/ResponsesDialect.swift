package import TransportKit

/// OpenAI's Responses, as a client speaks them, without anything kept at the server.
///
/// Shapes follow the types of the official client (`openai.types.responses`, 3.52) and the API's reference.
package struct ResponsesDialect: ChatDialect {
    /// Where its paths are.
    package var paths: OpenAIPaths

    package init(paths: OpenAIPaths = OpenAIPaths()) {
        self.paths = paths
    }

    package var framing: StreamFraming { .serverSentEvents }

    package func encode(_ request: ChatRequest, isStreaming: Bool) throws(PlexError) -> EncodedRequest {
        let native = try request.withoutForeignFields(for: .openAIResponses, sharing: true)
        let request = native.request
        var encoder = ResponsesRequestEncoder(request: request)
        var body = try encoder.makeBody()
        body["stream"] = isStreaming ? true : nil
        return EncodedRequest(
            // Azure has no deployments in this path.
            path: paths.path("/responses"),
            body: .object(body),
            warnings: native.warnings(adding: encoder.warnings)
        )
    }

    package func decodeResponse(
        _ body: JSONValue,
        provider: ProviderID,
        model: ModelID
    ) throws(PlexError) -> ChatResponse {
        try ResponsesResponseDecoder(provider: provider, model: model).decode(body)
    }

    package func makeStreamDecoder() -> ResponsesStreamDecoder {
        ResponsesStreamDecoder()
    }

    package func decodeError(_ body: JSONValue) -> DialectError? {
        ResponsesVocabulary.error(body)
    }
}
