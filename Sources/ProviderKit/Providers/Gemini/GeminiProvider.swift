public import TransportKit

/// Google's Gemini API, or another server that speaks it.
///
/// ```swift
/// let configuration = try ProviderConfiguration(id: "gemini", baseURL: "https://generativelanguage.googleapis.com", apiKey: key)
/// let provider = GeminiProvider(configuration: configuration)
/// ```
public struct GeminiProvider: Provider, TokenCountingProvider, ModelCatalog, ProviderLifecycle, RequestPreviewing,
    ProbedProvider
{
    let client: HTTPChatClient<GeminiDialect>

    /// Makes the provider.
    ///
    /// - Parameters:
    ///   - configuration: Where the server is; the endpoint is its root, a trailing `/v1beta` is tolerated.
    ///   - transport: What carries the requests; left out, a client of its own. Providers that are made of one share its connections.
    public init(configuration: ProviderConfiguration, transport: any HTTPTransport = HTTPClient()) {
        self.init(configuration: configuration, dialect: GeminiDialect(), transport: transport)
    }

    package init(configuration: ProviderConfiguration, dialect: GeminiDialect, transport: any HTTPTransport) {
        var configuration = configuration
        configuration.endpoint = configuration.endpoint.removingPathSuffixes(["/v1beta", "/v1"])
        client = HTTPChatClient(
            dialect: dialect,
            configuration: configuration,
            // As a field of the header, never in the URL, which is logged everywhere.
            keyField: KeyField(name: "x-goog-api-key"),
            missingKey: configuration.endpoint.base == "https://generativelanguage.googleapis.com"
                ? "Gemini wants a key, and none is set; set api_key or the environment variable GEMINI_API_KEY" : nil,
            transport: transport
        )
    }

    /// The provider's name.
    public var id: ProviderID { client.configuration.id }

    /// What a model can do, by its version.
    public func capabilities(of model: ModelID) async -> Capabilities {
        GeminiModelTraits(model: model).capabilities
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
        var path = "/v1beta/models?pageSize=\(min(max(1, limit), 1000))"
        if let cursor { path += "&pageToken=\(cursor.percentEncoded)" }
        let body = try await client.getJSON(path: path)
        guard let object = body.object else {
            throw client.context(model: nil).error(
                .malformedResponse,
                "the list of models is no object; check base_url"
            )
        }
        // Without any model, the field is left out.
        let models = (object["models"]?.array ?? []).compactMap { entry -> Model? in
            guard let name = entry["name"]?.string else { return nil }
            return Model(
                id: ModelID(name.hasPrefix("models/") ? String(name.dropFirst("models/".count)) : name),
                provider: id,
                displayName: entry["displayName"]?.string,
                owner: "google",
                contextLength: entry["inputTokenLimit"]?.int
            )
        }
        return ModelPage(models: models, next: object["nextPageToken"]?.string.flatMap { $0.isEmpty ? nil : $0 })
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
            encoded = try client.dialect.encode(request, isStreaming: false)
        } catch {
            throw context.completing(error)
        }
        var inner = encoded.body.object ?? [:]
        inner["model"] = .string(GeminiDialect.name(of: request.model))
        let body = try await client.postJSON(
            path: GeminiDialect.path(of: request.model, "countTokens"),
            body: ["generateContentRequest": .object(inner)],
            model: request.model,
            timeouts: request.timeouts
        )
        guard let count = body["totalTokens"]?.int else {
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

extension GeminiProvider: EmbeddingProvider {
    /// Turns texts into vectors by `batchEmbedContents`.
    ///
    /// - Throws: `PlexError`.
    public func embed(_ request: EmbeddingRequest) async throws(PlexError) -> EmbeddingResponse {
        let (extra, warnings) = request.extra.separated(from: request.extraDialect, for: .gemini)
        let name = JSONValue.string(GeminiDialect.name(of: request.model))
        let requests = request.input.map { text -> JSONValue in
            var one: JSONObject = ["model": name, "content": ["parts": [["text": .string(text)]]]]
            one["outputDimensionality"] = request.dimensions.map { .number(JSONNumber($0)) }
            return .object(one.adding(extra))
        }
        let answer = try await client.postJSON(
            path: GeminiDialect.path(of: request.model, "batchEmbedContents"),
            body: ["requests": .array(requests)],
            model: request.model
        )
        let vectors = (answer["embeddings"]?.array ?? []).compactMap { $0["values"].flatMap(EmbeddingResponse.vector) }
        guard vectors.count == request.input.count else {
            throw client.context(model: request.model).error(
                .malformedResponse,
                "\(request.input.count) texts were sent and \(vectors.count) vectors came back that can be read"
            )
        }
        return EmbeddingResponse(vectors: vectors, model: request.model, warnings: warnings)
    }
}
