public import TransportKit

/// An Ollama server, by its own interface.
///
/// ```swift
/// let configuration = try ProviderConfiguration(id: "ollama", baseURL: "http://127.0.0.1:11434")
/// let provider = OllamaProvider(configuration: configuration)
/// ```
///
/// A local server wants no key; where the configuration has one, it is sent as a bearer token.
public struct OllamaProvider: Provider, ModelCatalog, ProviderLifecycle, RequestPreviewing, ProbedProvider {
    let client: HTTPChatClient<OllamaDialect>
    let completions: HTTPChatClient<OllamaCompletionDialect>

    /// Makes the provider.
    ///
    /// - Parameters:
    ///   - configuration: Where the server is; the endpoint is its root, a trailing `/api` or `/v1` is tolerated.
    ///   - transport: What carries the requests; left out, a client of its own. Providers that are made of one share its connections.
    public init(configuration: ProviderConfiguration, transport: any HTTPTransport = HTTPClient()) {
        self.init(configuration: configuration, dialect: OllamaDialect(), transport: transport)
    }

    package init(configuration: ProviderConfiguration, dialect: OllamaDialect, transport: any HTTPTransport) {
        var configuration = configuration
        configuration.endpoint = configuration.endpoint.removingPathSuffixes(["/api", "/v1"])
        client = HTTPChatClient(
            dialect: dialect,
            configuration: configuration,
            keyField: .bearer,
            transport: transport
        )
        // A text that is continued is not an answer: nothing is told apart in it.
        configuration.extractsReasoningTags = false
        configuration.extractsTextToolCalls = false
        completions = HTTPChatClient(
            dialect: OllamaCompletionDialect(dialect),
            configuration: configuration,
            keyField: .bearer,
            transport: transport
        )
    }

    /// The provider's name.
    public var id: ProviderID { client.configuration.id }

    /// What a model can do, by its family.
    public func capabilities(of model: ModelID) async -> Capabilities {
        OllamaModelFamily.capabilities(of: model)
    }

    /// The models of the configuration, else those that are installed.
    ///
    /// - Throws: `PlexError`.
    public func models() async throws(PlexError) -> [Model] {
        if let models = client.configuration.models {
            return models.map { Model(id: $0, provider: id) }
        }
        return try await installedModels()
    }

    /// The models that are on the server's machine.
    ///
    /// - Throws: `PlexError`.
    public func probe() async throws(PlexError) -> [Model] {
        try await installedModels()
    }

    /// The models that are on the server's machine.
    ///
    /// - Throws: `PlexError`.
    public func installedModels() async throws(PlexError) -> [Model] {
        let body = try await client.getJSON(path: "/api/tags")
        guard let object = body.object, let models = object["models"] else {
            throw client.context(model: nil).error(
                .malformedResponse,
                "the list of models has no models; is the endpoint an Ollama server?"
            )
        }
        // Some versions write `null` when nothing is installed.
        return (models.array ?? []).compactMap { entry in
            guard let name = entry["model"]?.string ?? entry["name"]?.string else { return nil }
            return Model(
                id: ModelID(name),
                provider: id,
                displayName: entry["name"]?.string,
                created: entry["modified_at"]?.string.flatMap(Timestamp.seconds),
                sizeInBytes: entry["size"]?.int
            )
        }
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

    /// What would be sent for a request; nothing is sent.
    ///
    /// - Throws: `PlexError`, if the request cannot be written in this dialect.
    public func preview(_ request: ChatRequest, isStreaming: Bool) throws(PlexError) -> RequestPreview {
        try client.preview(request, isStreaming: isStreaming)
    }
}
