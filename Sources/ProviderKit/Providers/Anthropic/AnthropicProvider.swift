public import TransportKit

/// Anthropic's service, or another server that speaks its Messages API.
///
/// ```swift
/// let configuration = try ProviderConfiguration(id: "anthropic", baseURL: "https://api.anthropic.com", apiKey: key)
/// let provider = AnthropicProvider(configuration: configuration)
/// ```
///
/// Beta features are switched on by a header field `anthropic-beta` in the configuration.
public struct AnthropicProvider: Provider, TokenCountingProvider, ModelCatalog, ProviderLifecycle, RequestPreviewing,
    ProbedProvider
{
    /// How the key is sent.
    @nonexhaustive
    public enum Authentication: Sendable, Hashable {
        /// As `x-api-key`.
        case apiKey
        /// As `authorization: Bearer …`, for access tokens and for other servers.
        case bearer
    }

    /// The version of the API that this provider speaks.
    public static let apiVersion = "2023-06-01"

    let client: HTTPChatClient<AnthropicMessagesDialect>

    /// Makes the provider.
    ///
    /// - Parameters:
    ///   - configuration: Where the server is; the endpoint is its root, a trailing `/v1` is tolerated.
    ///   - authentication: How the key is sent.
    ///   - transport: What carries the requests; left out, a client of its own. Providers that are made of one share its connections.
    public init(
        configuration: ProviderConfiguration,
        authentication: Authentication = .apiKey,
        transport: any HTTPTransport = HTTPClient()
    ) {
        var configuration = configuration
        configuration.endpoint = configuration.endpoint.removingPathSuffixes(["/v1"])
        let keyField: KeyField =
            switch authentication {
            case .apiKey: KeyField(name: "x-api-key")
            case .bearer: .bearer
            }
        client = HTTPChatClient(
            dialect: AnthropicMessagesDialect(),
            configuration: configuration,
            keyField: keyField,
            missingKey: configuration.endpoint.base == "https://api.anthropic.com"
                ? "Anthropic wants a key, and none is set; set api_key or the environment variable ANTHROPIC_API_KEY"
                : nil,
            fields: ["anthropic-version": Self.apiVersion],
            transport: transport
        )
    }

    /// The provider's name.
    public var id: ProviderID { client.configuration.id }

    /// What a model can do, by its family and version.
    public func capabilities(of model: ModelID) async -> Capabilities {
        AnthropicModelTraits(model: model).capabilities
    }

    /// The models of the configuration, else those that the server lists.
    ///
    /// - Throws: `PlexError`.
    public func models() async throws(PlexError) -> [Model] {
        if let models = client.configuration.models {
            return models.map { Model(id: $0, provider: id) }
        }
        return try await probe()
    }

    /// The models that the server lists, all pages of them.
    ///
    /// - Throws: `PlexError`.
    public func probe() async throws(PlexError) -> [Model] {
        do {
            return try await ModelPage.collect { cursor throws(PlexError) in
                try await availableModels(after: cursor, limit: 1000)
            }
        } catch {
            throw client.context(model: nil).completing(error)
        }
    }

    /// A page of the models that the server lists.
    ///
    /// - Parameters:
    ///   - cursor: The `next` of the page before; `nil` for the first.
    ///   - limit: The most models of a page, 1 to 1000.
    /// - Returns: The page.
    /// - Throws: `PlexError`.
    public func availableModels(after cursor: String? = nil, limit: Int = 100) async throws(PlexError) -> ModelPage {
        var path = "/v1/models?limit=\(min(max(1, limit), 1000))"
        if let cursor {
            path += "&after_id=\(cursor.percentEncoded)"
        }
        let body = try await client.getJSON(path: path)
        guard let entries = body["data"]?.array else {
            throw client.context(model: nil).error(.malformedResponse, "the list of models has no data; check base_url")
        }
        let models = entries.compactMap { entry -> Model? in
            guard let name = entry["id"]?.string else { return nil }
            return Model(
                id: ModelID(name),
                provider: id,
                displayName: entry["display_name"]?.string,
                created: entry["created_at"]?.string.flatMap(Timestamp.seconds) ?? entry["created"]?.int,
                contextLength: entry["max_input_tokens"]?.int
            )
        }
        let hasMore = body["has_more"]?.bool ?? false
        return ModelPage(models: models, next: hasMore ? body["last_id"]?.string ?? models.last?.id.rawValue : nil)
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

    /// The number of tokens of a request's prompt, as the server counts them.
    ///
    /// - Throws: `PlexError`.
    public func countTokens(of request: ChatRequest) async throws(PlexError) -> Int {
        try client.checkKey()
        let context = client.context(model: request.model, timeouts: request.timeouts)
        let encoded: EncodedRequest
        do {
            encoded = try client.dialect.encodeTokenCount(request)
        } catch {
            throw context.completing(error)
        }
        let body = try await client.postJSON(
            path: encoded.path,
            body: encoded.body,
            model: request.model,
            timeouts: request.timeouts
        )
        guard let count = body["input_tokens"]?.int else {
            throw context.error(.malformedResponse, "the answer holds no count of tokens")
        }
        return count
    }

    /// What would be sent for a request; nothing is sent.
    ///
    /// - Throws: `PlexError`, if the request cannot be written in this dialect.
    public func preview(_ request: ChatRequest, isStreaming: Bool) throws(PlexError) -> RequestPreview {
        try client.preview(request, isStreaming: isStreaming)
    }
}

extension AnthropicModelTraits {
    /// What a model can do: a table by family and version; another server's model is taken for a plain one.
    var capabilities: Capabilities {
        guard isClaude else { return Capabilities(features: [.streaming, .tools]) }
        var features: Set<Capabilities.Feature> = [.streaming]
        if isAtLeast(3, 0) { features.formUnion([.tools, .vision]) }
        if isAtLeast(3, 5) { features.insert(.files) }
        if canThink { features.insert(.reasoning) }
        if acceptsJSONSchema { features.insert(.jsonSchema) }
        if acceptsPrefill { features.insert(.prefill) }
        // Later models differ by access and price level, so nothing is claimed for them; the model list says it.
        return Capabilities(features: features, contextLength: isAtLeast(2, 1) && !isAtLeast(4, 6) ? 200_000 : nil)
    }
}
