public import TransportKit

/// How one request is to be answered: by whom, how often it is tried, and what happens when a stream breaks.
public struct RoutePolicy: Sendable, Hashable {
    /// What happens when a stream breaks after its first event was delivered.
    public enum StreamCut: String, Sendable, Hashable, CaseIterable {
        /// The answer ends in an error.
        case fail
        /// Answers are held until they are whole, so that a cut is invisible.
        case hold
        /// The caller is told to forget what it has, and another attempt begins.
        case restart
        /// A model that accepts a prefilled answer goes on with it.
        case `continue`
    }

    /// The name for traces: a route's or role's, or the model's where no route is involved.
    public var name: String
    /// The targets.
    public var targets: [Target]
    /// How it chooses among its targets.
    public var strategy: StrategyName
    /// The most requests that are sent for one; at least 1.
    public var attempts: Int
    /// The longest time until a whole answer is there, or a stream has begun.
    public var deadline: Duration
    /// What happens when a stream breaks after its first event.
    public var onStreamCut: StreamCut
    /// Targets for conversations that are too long for the others.
    public var contextFallback: [Target]
    /// Targets for what another's content filter refused.
    public var contentFallback: [Target]
    /// The limits on time of each attempt; `nil` for those of the provider.
    public var timeouts: Timeouts?
    /// Settings of the request that the route adds or replaces.
    public var parameters: ModelParameters
    /// When a second request is sent beside a slow first one, where the strategy is `hedged`.
    public var hedging: HedgingPolicy
    /// Whether targets that cannot do what a request needs are left out; not where a caller named the only target.
    public var checksCapabilities: Bool

    /// Makes a policy.
    public init(
        name: String,
        targets: [Target],
        strategy: StrategyName = .ordered,
        attempts: Int = 3,
        deadline: Duration = .seconds(120),
        onStreamCut: StreamCut = .fail,
        contextFallback: [Target] = [],
        contentFallback: [Target] = [],
        timeouts: Timeouts? = nil,
        parameters: ModelParameters = ModelParameters(),
        hedging: HedgingPolicy = HedgingPolicy(),
        checksCapabilities: Bool = true
    ) {
        self.name = name
        self.targets = targets
        self.strategy = strategy
        self.attempts = attempts
        self.deadline = deadline
        self.onStreamCut = onStreamCut
        self.contextFallback = contextFallback
        self.contentFallback = contentFallback
        self.timeouts = timeouts
        self.parameters = parameters
        self.hedging = hedging
        self.checksCapabilities = checksCapabilities
    }
}

/// The name of a way to choose among targets; an open set, which programs add to with `RoutingStrategy`.
public struct StrategyName: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The name.
    public let rawValue: String
    /// Makes a name from its word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Makes a name from its word.
    public init(stringLiteral value: String) { rawValue = value }
    /// In the order in which the targets stand.
    public static let ordered: StrategyName = "ordered"
    /// By chance, each as often as its weight says.
    public static let weighted: StrategyName = "weighted"
    /// One after the other.
    public static let roundRobin: StrategyName = "round-robin"
    /// The faster of two that chance picks, by the peak-sensitive moving average of their latency.
    public static let leastLatency: StrategyName = "least-latency"
    /// The one with the fewest requests in flight.
    public static let leastBusy: StrategyName = "least-busy"
    /// The one whose tokens cost least.
    public static let cheapest: StrategyName = "cheapest"
    /// The same one for the same session or the same beginning of a prompt, so that prompt caches keep hitting.
    public static let sticky: StrategyName = "sticky"
    /// In order, with a second request beside a first that is slow to begin.
    public static let hedged: StrategyName = "hedged"
    /// All that are built in.
    public static let all: [StrategyName] = [
        .ordered, .weighted, .roundRobin, .leastLatency, .leastBusy, .cheapest, .sticky, .hedged,
    ]
    /// The name.
    public var description: String { rawValue }
}

/// When a second request is sent beside a first one that has not begun to answer.
public struct HedgingPolicy: Sendable, Hashable {
    /// The share of past first tokens that came sooner than the wait; 0 to 1.
    public var percentile: Double
    /// The wait while too few answers were seen to know the percentile.
    public var initialDelay: Duration
    /// The shortest wait.
    public var minimumDelay: Duration
    /// The greatest share of a route's requests that may get a second one, 0 to 1: it caps what hedging costs.
    public var budget: Double

    /// Makes a policy.
    public init(
        percentile: Double = 0.95,
        initialDelay: Duration = .seconds(2),
        minimumDelay: Duration = .milliseconds(50),
        budget: Double = 0.1
    ) {
        self.percentile = percentile
        self.initialDelay = initialDelay
        self.minimumDelay = minimumDelay
        self.budget = budget
    }
}

/// Settings of requests in the words of OpenAI's chat completions, for example `temperature` and `max_tokens`.
public struct ModelParameters: Sendable, Hashable {
    /// What holds where a request says nothing.
    public var defaults: JSONObject
    /// What holds whatever a request says; `null` takes a field out.
    public var overrides: JSONObject

    /// Makes a set of parameters.
    public init(defaults: JSONObject = [:], overrides: JSONObject = [:]) {
        self.defaults = defaults
        self.overrides = overrides
    }

    /// Whether nothing is changed.
    public var isEmpty: Bool { defaults.isEmpty && overrides.isEmpty }
}
