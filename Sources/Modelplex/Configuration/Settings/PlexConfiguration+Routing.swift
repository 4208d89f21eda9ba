public import TransportKit

extension PlexConfiguration {
    /// Which targets answer for a model's name.
    public struct Route: Sendable, Hashable {
        /// Which names a route answers for.
        @nonexhaustive
        public enum Match: Sendable, Hashable {
            /// A name, or a glob with `*`, `?` and `[…]`.
            case model(String)
            /// A regular expression that the whole name must match.
            case pattern(String)
        }

        /// How a route chooses among its targets.
        public struct Strategy: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
            /// The strategy's name.
            public let rawValue: String
            /// Makes a strategy from its name.
            public init(rawValue: String) { self.rawValue = rawValue }
            /// Makes a strategy from its name.
            public init(stringLiteral value: String) { rawValue = value }
            /// In the order in which the targets stand.
            public static let ordered: Strategy = "ordered"
            static let names = [
                "ordered", "weighted", "round-robin", "least-latency", "least-busy", "cheapest", "sticky", "hedged",
            ]
        }

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

        /// Which names the route answers for.
        public var match: Match
        /// How it chooses among its targets.
        public var strategy: Strategy
        /// The targets, `PROVIDER/MODEL` each.
        public var targets: [Target]
        /// The most requests that are sent for one.
        public var attempts: Int
        /// The longest time for all attempts.
        public var deadline: Duration
        /// What happens when a stream breaks after its first event.
        public var onStreamCut: StreamCut
        /// Targets for conversations that are too long for the others.
        public var contextFallback: [Target]
        /// Targets for what another's content filter refused.
        public var contentFallback: [Target]
        /// The limits on time of each attempt; `nil` for those of the provider.
        public var timeouts: Timeouts?

        /// Makes a route.
        public init(
            match: Match,
            strategy: Strategy = .ordered,
            targets: [Target],
            attempts: Int = 3,
            deadline: Duration = .seconds(120),
            onStreamCut: StreamCut = .fail,
            contextFallback: [Target] = [],
            contentFallback: [Target] = [],
            timeouts: Timeouts? = nil
        ) {
            self.match = match
            self.strategy = strategy
            self.targets = targets
            self.attempts = attempts
            self.deadline = deadline
            self.onStreamCut = onStreamCut
            self.contextFallback = contextFallback
            self.contentFallback = contentFallback
            self.timeouts = timeouts
        }
    }

    /// A model of a provider, with its share of the requests.
    public struct Target: Sendable, Hashable {
        /// The provider's name.
        public var provider: String
        /// The model's name there.
        public var model: String
        /// The target's share where the strategy is `weighted`.
        public var weight: Double

        /// Makes a target.
        public init(provider: String, model: String, weight: Double = 1) {
            self.provider = provider
            self.model = model
            self.weight = weight
        }
    }

    /// What holds for all routes.
    public struct Routing: Sendable, Hashable {
        /// What happens to a name that no route and no provider knows.
        @nonexhaustive
        public enum UnknownModel: Sendable, Hashable {
            /// An error that names the nearest known models.
            case error
            /// It is sent to this provider.
            case provider(String)
            /// It is sent to the provider of least priority number.
            case passthrough
        }

        /// When a request is sent again.
        public struct Retry: Sendable, Hashable {
            /// The first wait, before jitter.
            public var base: Duration
            /// The longest wait.
            public var maximum: Duration
            /// The longest wait for the first target when another is free.
            public var waitFirst: Duration

            /// Makes the settings of retries.
            public init(
                base: Duration = .milliseconds(500),
                maximum: Duration = .seconds(20),
                waitFirst: Duration = .milliseconds(2500)
            ) {
                self.base = base
                self.maximum = maximum
                self.waitFirst = waitFirst
            }
        }

        /// When a target is left alone for a while.
        public struct Breaker: Sendable, Hashable {
            /// The number of failures.
            public var failures: Int
            /// The time within which they open the breaker.
            public var window: Duration
            /// How long it stays open.
            public var open: Duration

            /// Makes the settings of breakers.
            public init(failures: Int = 5, window: Duration = .seconds(30), open: Duration = .seconds(30)) {
                self.failures = failures
                self.window = window
                self.open = open
            }
        }

        /// What happens to an unknown name.
        public var unknownModel: UnknownModel
        /// When a request is sent again.
        public var retry: Retry
        /// When a target is left alone.
        public var breaker: Breaker
        /// The longest that a provider's Retry-After is obeyed.
        public var retryAfterCap: Duration

        /// Makes the settings of routing.
        public init(
            unknownModel: UnknownModel = .error,
            retry: Retry = Retry(),
            breaker: Breaker = Breaker(),
            retryAfterCap: Duration = .seconds(900)
        ) {
            self.unknownModel = unknownModel
            self.retry = retry
            self.breaker = breaker
            self.retryAfterCap = retryAfterCap
        }
    }
}
