public import TransportKit

/// OpenAI's service, or any server that speaks its Responses; nothing is kept there between two requests.
///
/// ```swift
/// let configuration = try ProviderConfiguration(id: "openai", baseURL: "https://api.openai.com/v1", apiKey: key)
/// let provider = OpenAIResponsesProvider(configuration: configuration)
/// ```
public struct OpenAIResponsesProvider: Provider, EmbeddingProvider, ModelCatalog, ProviderLifecycle, RequestPreviewing {
    let client: HTTPChatClient<ResponsesDialect>
    // Keys, models and embeddings are the same on both of OpenAI's interfaces.
    private let service: OpenAIProvider

    /// Makes the provider.
    ///
    /// - Parameters:
    ///   - configuration: Where the server is; the endpoint usually ends in `/v1`.
    ///   - apiVersion: Azure's version of the interface.
    ///   - transport: What carries the requests; left out, a client of its own. Providers that are made of one share its connections.
    public init(
        configuration: ProviderConfiguration,
        apiVersion: String? = nil,
        transport: any HTTPTransport = HTTPClient()
    ) {
        service = OpenAIProvider(
            configuration: configuration,
            preset: .openAI,
            apiVersion: apiVersion,
            transport: transport
        )
        client = service.client.speaking(ResponsesDialect(paths: service.client.dialect.paths))
    }

    /// The provider's name.
    public var id: ProviderID { client.configuration.id }

    /// What a model can do, by what is published of its name, else what is usual for the server.
    public func capabilities(of model: ModelID) async -> Capabilities {
        await service.capabilities(of: model)
    }

    /// Answers a conversation.
    ///
    /// - Throws: `PlexError`.
    public func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
        try await client.respond(to: request)
    }

    /// Answers a conversation as a stream.
    ///
    /// - Throws: `PlexError`, if the server cannot be reached or refuses.
    public func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
        try await client.stream(request)
    }

    /// Turns texts into vectors.
    ///
    /// - Throws: `PlexError`.
    public func embed(_ request: EmbeddingRequest) async throws(PlexError) -> EmbeddingResponse {
        try await service.embed(request)
    }

    /// What would be sent for a request; nothing is sent.
    ///
    /// - Throws: `PlexError`, if the request cannot be written in this dialect.
    public func preview(_ request: ChatRequest, isStreaming: Bool) throws(PlexError) -> RequestPreview {
        try client.preview(request, isStreaming: isStreaming)
    }
}

extension OpenAIResponsesProvider: ProbedProvider {
    /// The models of the configuration, else those that the server lists, in its order and each once.
    ///
    /// - Throws: `PlexError`.
    public func models() async throws(PlexError) -> [Model] {
        try await service.models()
    }

    /// The models that the server lists, in its order and each once.
    ///
    /// - Throws: `PlexError`.
    public func probe() async throws(PlexError) -> [Model] {
        try await service.probe()
    }
}

extension OpenAIResponsesProvider: ForwardingProvider {
    /// Whether requests of an operation may be sent on in their callers' words.
    ///
    /// - Parameter operation: What is asked for, in which dialect.
    /// - Returns: Whether it is Responses, or what is the same beside them: embeddings, sound and pictures.
    public func speaks(_ operation: WireOperation) -> Bool {
        operation == .openAIResponses || service.servesBesideChat(operation)
    }

    /// Sends a request on in the words of Responses, or of embeddings: nothing is changed but the model's name.
    ///
    /// Declined, to be translated instead, is one case: a request that offers tools to a provider that is configured to
    /// have calls read out of its text.
    ///
    /// - Parameter request: The request.
    /// - Returns: The answer, or `nil` if the request is of another dialect or has to be translated; nothing was sent then.
    /// - Throws: `PlexError`, if the provider cannot be reached, refuses, or its stream breaks before the first event.
    public func forward(_ request: ForwardRequest) async throws(PlexError) -> ForwardedAnswer? {
        guard request.operation == .openAIResponses else {
            return service.servesBesideChat(request.operation) ? try await service.forward(request) : nil
        }
        guard !(client.configuration.extractsTextToolCalls && request.body.hasTools) else { return nil }
        return try await client.forward(
            request,
            path: client.dialect.paths.path("/responses"),
            body: request.body.rewritten(model: request.model.rawValue, addingUsage: false),
            isStreaming: request.isStreaming,
            by: ResponsesForwardDialect()
        )
    }
}
