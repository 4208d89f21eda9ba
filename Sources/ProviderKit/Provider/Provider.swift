/// Something that answers conversations: a service, a local engine, or a router over several of them.
///
/// To add one, conform to this protocol, and run `ProviderTesting`'s conformance suite over it.
public protocol Provider: Sendable {
    /// The provider's name.
    var id: ProviderID { get }

    /// What a model can do, as far as it is known without asking; never fails.
    ///
    /// - Parameter model: The model.
    /// - Returns: What it can do.
    func capabilities(of model: ModelID) async -> Capabilities

    /// The models that can be asked for now.
    ///
    /// - Throws: `PlexError`.
    func models() async throws(PlexError) -> [Model]

    /// Answers a conversation. One call sends one request.
    ///
    /// - Parameter request: What is asked.
    /// - Returns: The whole answer.
    /// - Throws: `PlexError`.
    func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse

    /// Answers a conversation as a stream. One call sends one request.
    ///
    /// - Parameter request: What is asked.
    /// - Returns: The stream; it is returned when the provider has accepted the request.
    /// - Throws: `PlexError`, if the provider refuses the request.
    func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream
}

/// A provider that holds something open and can be asked how it is.
public protocol ProviderLifecycle: Provider {
    /// Makes ready what the first request would otherwise wait for; doing it again does nothing.
    ///
    /// - Throws: `PlexError`.
    func prepare() async throws(PlexError)

    /// Lets go of what is held open; the next request opens it again.
    func close() async
}

extension ProviderLifecycle {
    /// Does nothing, as for a provider whose connections are its transport's, which keeps them by itself.
    ///
    /// - Throws: Never.
    public func prepare() async throws(PlexError) {}

    /// Does nothing, as for a provider whose connections are its transport's, which other providers may share.
    public func close() async {}
}

/// What a check of a provider found.
public struct ProviderStatus: Sendable, Hashable {
    /// How long the check took.
    public var latency: Duration
    /// The models that the provider offers.
    public var models: [Model]

    /// Makes a status.
    public init(latency: Duration, models: [Model]) {
        self.latency = latency
        self.models = models
    }
}

extension Provider {
    /// Asks the provider for its models, and times it.
    ///
    /// A `ProbedProvider` really asks its server, also where the models are configured.
    ///
    /// - Parameter clock: What measures the time.
    /// - Returns: The models, and how long the answer took.
    /// - Throws: `PlexError`, if it cannot be reached or refuses the key.
    public func check(clock: any Clock<Duration> = ContinuousClock()) async throws(PlexError) -> ProviderStatus {
        func timed<C: Clock<Duration>>(_ clock: C) async throws(PlexError) -> ProviderStatus {
            let start = clock.now
            let models =
                if let probed = self as? any ProbedProvider { try await probed.probe() } else { try await models() }
            return ProviderStatus(latency: start.duration(to: clock.now), models: models)
        }
        return try await timed(clock)
    }
}

/// A provider that continues plain text.
public protocol TextCompletionProvider: Provider {
    /// Continues a text.
    ///
    /// - Parameter request: The text as one user message, with the settings of a chat.
    /// - Returns: The continuation as the answer's text.
    /// - Throws: `PlexError`.
    func complete(_ request: TextCompletionRequest) async throws(PlexError) -> ChatResponse

    /// Continues a text as a stream.
    ///
    /// - Parameter request: The text and settings.
    /// - Returns: The stream.
    /// - Throws: `PlexError`.
    func streamCompletion(_ request: TextCompletionRequest) async throws(PlexError) -> ChatStream
}

/// A provider that turns text into vectors.
public protocol EmbeddingProvider: Provider {
    /// Turns texts into vectors.
    ///
    /// - Parameter request: The texts and the model.
    /// - Returns: One vector a text.
    /// - Throws: `PlexError`.
    func embed(_ request: EmbeddingRequest) async throws(PlexError) -> EmbeddingResponse
}

/// A provider that counts the tokens of a request without answering it.
public protocol TokenCountingProvider: Provider {
    /// The number of tokens of a request's prompt.
    ///
    /// - Parameter request: The request.
    /// - Returns: The number of tokens.
    /// - Throws: `PlexError`.
    func countTokens(of request: ChatRequest) async throws(PlexError) -> Int
}

/// A provider that can fetch models onto its machine.
public protocol ModelInstaller: Provider {
    /// Fetches a model.
    ///
    /// - Parameter model: The model's name.
    /// - Returns: The progress; it ends when the model is installed and throws if that fails.
    /// - Throws: `PlexError`, if the provider refuses.
    func install(_ model: ModelID) async throws(PlexError) -> ModelInstallation
}
