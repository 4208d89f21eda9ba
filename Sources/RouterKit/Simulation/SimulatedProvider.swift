public import ProviderKit
public import TransportKit

/// A provider that is described instead of asked.
public struct SimulatedProvider: Sendable, Hashable {
    /// A model that it offers.
    public struct Model: Sendable, Hashable {
        /// The model's name.
        public var id: ModelID
        /// What it can do.
        public var capabilities: Capabilities
        /// How long its first token takes; `nil`: as all of the provider's.
        public var firstToken: Distribution?
        /// How long the answer takes from the request to its end; `nil`: as all of the provider's.
        public var whole: Distribution?

        /// Describes a model.
        public init(
            _ id: ModelID,
            capabilities: Capabilities = Capabilities(features: [.streaming, .tools, .prefill]),
            firstToken: Distribution? = nil,
            whole: Distribution? = nil
        ) {
            self.id = id
            self.capabilities = capabilities
            self.firstToken = firstToken
            self.whole = whole
        }
    }

    /// How many requests it takes from each credential.
    public struct RateLimit: Sendable, Hashable {
        /// The requests.
        public var requests: Int
        /// The time in which so many are taken.
        public var interval: Duration
        /// What it tells those beyond to wait; `nil`: until there is room for one.
        public var retryAfter: Duration?
        /// Whether it tells them at all when to come again.
        public var tellsWhen: Bool

        /// Describes a limit.
        public init(requests: Int, per interval: Duration, retryAfter: Duration? = nil, tellsWhen: Bool = true) {
            self.requests = requests
            self.interval = interval
            self.retryAfter = retryAfter
            self.tellsWhen = tellsWhen
        }
    }

    /// The name, the priority and the credentials; the models come from `models`.
    public var provider: RoutingRules.Provider
    /// The models.
    public var models: [Model]
    /// How long a first token takes.
    public var firstToken: Distribution
    /// How long an answer takes from the request to its end; `nil` reckons it with `tokensPerSecond`.
    public var whole: Distribution?
    /// How fast answers go on after their first token.
    public var tokensPerSecond: Double
    /// How long a refusal takes.
    public var refusal: Distribution
    /// How many requests it takes from each credential; `nil`: any number.
    public var rateLimit: RateLimit?
    /// How many it works on at a time, overloaded by more; `nil`: any number.
    public var concurrency: Int?
    /// What goes wrong there, and when.
    public var incidents: [Incident]
    /// The limits on time of each request to it.
    public var timeouts: Timeouts

    /// Describes a provider.
    public init(
        _ provider: RoutingRules.Provider,
        models: [Model],
        firstToken: Distribution = .logNormal(median: 0.4, p99: 2),
        whole: Distribution? = nil,
        tokensPerSecond: Double = 60,
        refusal: Distribution = .fixed(0.05),
        rateLimit: RateLimit? = nil,
        concurrency: Int? = nil,
        incidents: [Incident] = [],
        timeouts: Timeouts = Timeouts()
    ) {
        self.provider = provider
        self.models = models
        self.firstToken = firstToken
        self.whole = whole
        self.tokensPerSecond = tokensPerSecond
        self.refusal = refusal
        self.rateLimit = rateLimit
        self.concurrency = concurrency
        self.incidents = incidents
        self.timeouts = timeouts
    }
}
