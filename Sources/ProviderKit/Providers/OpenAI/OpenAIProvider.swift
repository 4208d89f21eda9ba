public import TransportKit

/// OpenAI's service, or any server that speaks its chat completions.
///
/// ```swift
/// let configuration = try ProviderConfiguration(id: "openai", baseURL: "https://api.openai.com/v1", apiKey: key)
/// let provider = OpenAIProvider(configuration: configuration)
/// ```
public struct OpenAIProvider: Provider, TextCompletionProvider, EmbeddingProvider, ModelCatalog, ProviderLifecycle,
    RequestPreviewing
{
    /// What is known of the server.
    public let preset: OpenAIPreset

    let client: HTTPChatClient<OpenAIChatDialect>
    let completions: HTTPChatClient<OpenAICompletionDialect>

    /// Makes the provider.
    ///
    /// - Parameters:
    ///   - configuration: Where the server is; the endpoint usually ends in `/v1`. On Azure it is the resource's root, for
    ///     addresses by deployment, or ends in `/openai/v1`.
    ///   - preset: What is known of the server; left out, or OpenAI's for another host, it is told by the host.
    ///   - apiVersion: Azure's version of the interface.
    ///   - transport: What carries the requests; left out, a client of its own. Providers that are made of one share its connections.
    public init(
        configuration: ProviderConfiguration,
        preset: OpenAIPreset? = nil,
        apiVersion: String? = nil,
        transport: any HTTPTransport = HTTPClient()
    ) {
        let preset = Self.preset(for: configuration.endpoint, wanted: preset)
        var configuration = configuration
        var paths = OpenAIPaths(query: apiVersion.map { "api-version=\($0.percentEncoded)" })
        if preset.authentication == .apiKey {
            AzureAddress.settle(&configuration.endpoint, &paths)
        }
        let keyField: KeyField = preset.authentication == .apiKey ? KeyField(name: "api-key") : .bearer
        self.preset = preset
        let isOfficial = OpenAIPreset.serving(configuration.endpoint)?.name == preset.name
        let missingKey = preset.requiresKey && isOfficial ? preset.missingKey : nil
        client = HTTPChatClient(
            dialect: OpenAIChatDialect(flavour: preset.flavour, paths: paths),
            configuration: configuration,
            keyField: keyField,
            missingKey: missingKey,
            transport: transport
        )
        // A text that is continued is not an answer: nothing is told apart in it.
        configuration.extractsReasoningTags = false
        configuration.extractsTextToolCalls = false
        completions = HTTPChatClient(
            dialect: OpenAICompletionDialect(flavour: preset.flavour, paths: paths),
            configuration: configuration,
            keyField: keyField,
            missingKey: missingKey,
            transport: transport
        )
    }

    // Many servers are configured as OpenAI with another address: OpenAI's own ways would be wrong there.
    private static func preset(for endpoint: Endpoint, wanted: OpenAIPreset?) -> OpenAIPreset {
        if let wanted, wanted.name != OpenAIPreset.openAI.name { return wanted }
        return OpenAIPreset.serving(endpoint) ?? .compatible
    }

    /// The provider's name.
    public var id: ProviderID { client.configuration.id }

    /// What a model can do, by what is published of its name, else what is usual for the server.
    public func capabilities(of model: ModelID) async -> Capabilities {
        OpenAIModelTraits.capabilities(of: model, assuming: preset.assumedFeatures)
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

    /// Continues a text.
    ///
    /// - Throws: `PlexError`.
    public func complete(_ request: TextCompletionRequest) async throws(PlexError) -> ChatResponse {
        try await completions.respond(to: ChatRequest(completing: request))
    }

    /// Continues a text as a stream.
    ///
    /// - Throws: `PlexError`, if the server cannot be reached or refuses.
    public func streamCompletion(_ request: TextCompletionRequest) async throws(PlexError) -> ChatStream {
        try await completions.stream(ChatRequest(completing: request))
    }

    /// What would be sent for a request; nothing is sent.
    ///
    /// - Throws: `PlexError`, if the request cannot be written in this dialect.
    public func preview(_ request: ChatRequest, isStreaming: Bool) throws(PlexError) -> RequestPreview {
        try client.preview(request, isStreaming: isStreaming)
    }
}

extension OpenAIPreset {
    fileprivate var missingKey: String {
        let variable = keyVariable.map { " or the environment variable \($0)" } ?? ""
        return "\(displayName) wants a key, and none is set; set api_key\(variable)"
    }
}
