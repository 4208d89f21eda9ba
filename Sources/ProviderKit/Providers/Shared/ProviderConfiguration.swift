public import TransportKit

/// What a provider over HTTP is made from.
public struct ProviderConfiguration: Sendable {
    /// The name by which the provider is known to the program.
    public var id: ProviderID
    /// Where its server is.
    public var endpoint: Endpoint
    /// The key, or `nil` if the server wants none.
    public var apiKey: Secret?
    /// Who is asked for the key before each request, where it changes with time; wins over ``apiKey``.
    public var credential: (any CredentialSource)?
    /// Further header fields, which win over the provider's own.
    ///
    /// Those named like a credential are treated as secret.
    public var fields: HTTPFields
    /// The limits on time; a request may bring its own.
    public var timeouts: Timeouts
    /// The models that it offers; `nil` asks the server.
    public var models: [ModelID]?
    /// A proxy for this provider only; `nil` is the transport's.
    public var proxy: String?
    /// Largest answer that is accepted whole, in bytes.
    public var maximumResponseSize: Int
    /// Largest event of a stream, in bytes.
    public var maximumEventSize: Int
    /// Whether thoughts that a model writes into its text between tags such as `<think>` are told apart from the answer.
    public var extractsReasoningTags: Bool
    /// Whether tool calls that a model writes into its text are read as calls.
    public var extractsTextToolCalls: Bool

    /// Makes a configuration.
    public init(
        id: ProviderID,
        endpoint: Endpoint,
        apiKey: Secret? = nil,
        credential: (any CredentialSource)? = nil,
        fields: HTTPFields = [:],
        timeouts: Timeouts = Timeouts(),
        models: [ModelID]? = nil,
        proxy: String? = nil,
        maximumResponseSize: Int = 64 * 1024 * 1024,
        maximumEventSize: Int = 8 * 1024 * 1024,
        extractsReasoningTags: Bool = true,
        extractsTextToolCalls: Bool = false
    ) {
        self.id = id
        self.endpoint = endpoint
        self.apiKey = apiKey
        self.credential = credential
        self.fields = fields
        self.timeouts = timeouts
        self.models = models
        self.proxy = proxy
        self.maximumResponseSize = maximumResponseSize
        self.maximumEventSize = maximumEventSize
        self.extractsReasoningTags = extractsReasoningTags
        self.extractsTextToolCalls = extractsTextToolCalls
    }

    /// Makes a configuration of a server's address as it is written.
    ///
    /// - Parameters:
    ///   - id: The name by which the provider is known to the program.
    ///   - baseURL: Where its server is: `https://api.openai.com/v1`, `http://127.0.0.1:8080/v1` or `unix:/run/engine.sock:/v1`.
    ///   - apiKey: The key, or `nil` if the server wants none.
    /// - Throws: `PlexError` with code `configuration`, if that is no address.
    public init(id: ProviderID, baseURL: String, apiKey: Secret? = nil) throws(PlexError) {
        let endpoint: Endpoint
        do {
            endpoint = try Endpoint(parsing: baseURL)
        } catch {
            throw PlexError(.configuration, error.message, provider: id, underlyingError: error)
        }
        self.init(id: id, endpoint: endpoint, apiKey: apiKey)
    }
}
