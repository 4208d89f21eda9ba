public import ProviderKit

/// What a simulation runs: described providers, the routes to them, and the requests that come.
///
/// ```swift
/// let scenario = Scenario(
///     providers: [SimulatedProvider(.init("near"), models: [.init("small")], incidents: [.init(.down, at: .seconds(60))])],
///     load: .init([.init("small")], rate: 50)
/// )
/// let report = try Simulation(scenario).run()
/// ```
public struct Scenario: Sendable, Hashable {
    /// What names mean; the providers in it are replaced by those that are described.
    public var rules: RoutingRules
    /// When requests are sent again, and who is left alone.
    public var failover: FailoverPolicy
    /// The providers.
    public var providers: [SimulatedProvider]
    /// The requests that come.
    public var load: Load
    /// For how long requests come; those that came are followed to their end.
    public var duration: Duration
    /// What chance begins with: the same seed gives the same result.
    public var seed: UInt64

    /// Describes a scenario.
    public init(
        rules: RoutingRules = RoutingRules(),
        failover: FailoverPolicy = FailoverPolicy(),
        providers: [SimulatedProvider],
        load: Load,
        duration: Duration = .seconds(600),
        seed: UInt64 = 1
    ) {
        self.rules = rules
        self.failover = failover
        self.providers = providers
        self.load = load
        self.duration = duration
        self.seed = seed
    }
}

extension Scenario {
    /// The requests that come: by rates, each by chance and independent of the others, or from callers who wait for answers.
    public struct Load: Sendable, Hashable {
        /// A model that is asked for.
        public struct Demand: Sendable, Hashable {
            /// The name that callers use: of a route, a role, an alias, a model, or `provider/model`.
            public var model: ModelID
            /// Its share of the requests, beside the weights of the others.
            public var weight: Double

            /// Describes a demand.
            public init(_ model: ModelID, weight: Double = 1) {
                self.model = model
                self.weight = weight
            }
        }

        /// A rate that holds from some time on.
        public struct Phase: Sendable, Hashable {
            /// From when.
            public var start: Duration
            /// Requests a second.
            public var rate: Double

            /// Describes a phase.
            public init(at start: Duration, rate: Double) {
                self.start = start
                self.rate = rate
            }
        }

        /// Callers who ask, wait for the answer, pause, and ask again.
        public struct Callers: Sendable, Hashable {
            /// How many there are.
            public var count: Int
            /// How long each pauses between an answer, or an error, and the next request; at least 10 ms.
            public var pause: Distribution

            /// Describes callers.
            public init(_ count: Int, pause: Distribution = .exponential(median: 5)) {
                self.count = count
                self.pause = pause
            }
        }

        /// The models that are asked for.
        public var demands: [Demand]
        /// The rates, by the times from which they hold; before the first nothing comes.
        public var phases: [Phase]
        /// Callers who ask one request after another, beside those who come by the rates; `nil`: none.
        public var callers: Callers?
        /// The tokens of a prompt.
        public var promptTokens: Distribution
        /// The tokens of an answer.
        public var answerTokens: Distribution
        /// The share of requests whose answers are streamed, 0 to 1.
        public var streamed: Double
        /// The share of requests that need tools, 0 to 1.
        public var tools: Double
        /// How many sessions the requests belong to, for sticky routes; `nil`: each to one of its own.
        public var sessions: Int?
        /// How long a caller waits until the whole answer is there; `nil`: for ever.
        public var patience: Duration?

        /// Describes a load.
        public init(
            _ demands: [Demand],
            phases: [Phase] = [],
            callers: Callers? = nil,
            promptTokens: Distribution = .logNormal(median: 500, p99: 8000),
            answerTokens: Distribution = .logNormal(median: 200, p99: 1500),
            streamed: Double = 0.8,
            tools: Double = 0,
            sessions: Int? = nil,
            patience: Duration? = nil
        ) {
            self.demands = demands
            self.phases = phases
            self.callers = callers
            self.promptTokens = promptTokens
            self.answerTokens = answerTokens
            self.streamed = streamed
            self.tools = tools
            self.sessions = sessions
            self.patience = patience
        }

        /// Describes a load of the same rate all the time.
        public init(_ demands: [Demand], rate: Double) {
            self.init(demands, phases: [Phase(at: .zero, rate: rate)])
        }

        /// Whether any request comes within a time.
        func comes(within duration: Duration) -> Bool {
            guard !demands.isEmpty, duration > .zero else { return false }
            return (callers?.count ?? 0) > 0 || phases.contains { $0.rate > 0 && $0.start < duration }
        }
    }
}
