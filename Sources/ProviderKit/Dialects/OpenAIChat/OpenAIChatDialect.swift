package import TransportKit

/// OpenAI's chat completions, as a client speaks them.
package struct OpenAIChatDialect: ChatDialect {
    /// Where the server differs from others.
    package var flavour: OpenAIFlavour
    /// Where its paths are.
    package var paths: OpenAIPaths

    package init(flavour: OpenAIFlavour = OpenAIFlavour(), paths: OpenAIPaths = OpenAIPaths()) {
        self.flavour = flavour
        self.paths = paths
    }

    package var framing: StreamFraming { .serverSentEvents }

    package func encode(_ request: ChatRequest, isStreaming: Bool) throws(PlexError) -> EncodedRequest {
        let native = try request.withoutForeignFields(for: .openAI, sharing: flavour.takesOwnFields)
        let request = native.request
        var writer = OpenAIRequestWriter(flavour: flavour)
        let body = try writer.write(request, isStreaming: isStreaming)
        return EncodedRequest(
            path: paths.path("/chat/completions", model: request.model),
            body: body,
            warnings: native.warnings(adding: writer.warnings)
        )
    }

    package func decodeResponse(
        _ body: JSONValue,
        provider: ProviderID,
        model: ModelID
    ) throws(PlexError) -> ChatResponse {
        try OpenAIResponseReader(provider: provider, model: model).read(body)
    }

    package func makeStreamDecoder() -> OpenAIStreamDecoder {
        OpenAIStreamDecoder()
    }

    package func decodeError(_ body: JSONValue) -> DialectError? {
        OpenAIErrorReader.read(body)
    }
}

/// Where the paths of a server that speaks OpenAI's dialect are, below its base.
package struct OpenAIPaths: Sendable, Hashable {
    /// Whether the model is part of the path, as in Azure's deployments.
    package var hasDeployments = false
    /// What the query says, for example Azure's `api-version=2024-10-21`.
    package var query: String?

    package init(query: String? = nil) {
        self.query = query
    }

    /// The path for what is asked of a model.
    package func path(_ path: String, model: ModelID? = nil) -> String {
        guard hasDeployments || query != nil else { return path }
        let query = query.map { "?\($0)" } ?? ""
        guard hasDeployments, let model else { return path + query }
        return "/deployments/\(Self.escaped(model.rawValue))\(path)\(query)"
    }

    // A model's name comes from the caller: it must not end the path's segment, nor be one that leads elsewhere.
    private static func escaped(_ name: String) -> String {
        name.allSatisfy { $0 == "." } ? name.map { _ in "%2E" }.joined() : name.percentEncoded
    }
}
