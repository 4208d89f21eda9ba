public import ProviderKit

/// What came of a simulation.
public struct SimulationReport: Sendable, Hashable {
    /// How long something took.
    public struct Latency: Sendable, Hashable {
        /// The number of observations.
        public var count: Int
        /// The mean.
        public var mean: Duration
        /// Half of them took no longer.
        public var p50: Duration
        /// Nineteen of twenty took no longer.
        public var p95: Duration
        /// Ninety-nine of a hundred took no longer.
        public var p99: Duration
        /// The longest.
        public var maximum: Duration
    }

    /// How often something failed in one way.
    public struct Failures: Sendable, Hashable {
        /// What failed.
        public var code: PlexError.Code
        /// How often.
        public var count: Int
    }

    /// Streams that broke, by what the route does then.
    public struct Cuts: Sendable, Hashable {
        /// What the route does.
        public var onStreamCut: RoutePolicy.StreamCut
        /// Streams of providers that broke after they had begun.
        public var broken: Int
        /// Requests whose callers had a part of an answer and then an error.
        public var seen: Int
        /// Requests whose callers had a part of an answer, and got a whole one by another attempt.
        public var mended: Int
    }

    /// What one deployment did.
    public struct DeploymentFigures: Sendable, Hashable {
        /// The deployment.
        public var deployment: Deployment
        /// Requests that were sent to it, second ones beside slow first ones included.
        public var attempts: Int
        /// Of these, the ones that were sent beside a slow first one.
        public var hedges: Int
        /// Whole answers.
        public var answers: Int
        /// Requests that were given up: another was faster, or the caller left.
        public var abandoned: Int
        /// How the others failed, the most frequent first.
        public var failures: [Failures]
        /// The requests that it worked on at a time, on average.
        public var meanInFlight: Double
        /// What it billed, in the currency of the prices.
        public var cost: Double
        /// How often its breaker opened when it was closed.
        public var breakerOpenings: Int
        /// How often the one request failed that a half-open breaker let through.
        public var failedProbes: Int
    }

    /// What one provider billed.
    public struct Cost: Sendable, Hashable {
        /// The provider.
        public var provider: ProviderID
        /// In the currency of the prices.
        public var cost: Double
    }

    /// How soon a deployment answered again after something had gone wrong there.
    public struct Recovery: Sendable, Hashable {
        /// The deployment.
        public var deployment: Deployment
        /// When all was well there again.
        public var recovered: Duration
        /// The time from then to its first whole answer; `nil`: it gave none.
        public var back: Duration?
    }

    /// A minute: what became of the requests that came in it.
    public struct Minute: Sendable, Hashable {
        /// The requests.
        public var requests: Int
        /// Those that got a whole answer.
        public var succeeded: Int
        /// The time to the whole answer that half of them did not exceed.
        public var p50: Duration
        /// The time to the whole answer that ninety-nine of a hundred did not exceed.
        public var p99: Duration
        /// The requests to providers that they led to.
        public var attempts: Int
        /// Whole answers by the places of deployments in ``SimulationReport/deployments``.
        public var answers: [Int]
    }

    /// For how long requests came.
    public var duration: Duration
    /// What chance began with.
    public var seed: UInt64
    /// The requests of callers.
    public var requests: Int
    /// Those that got a whole answer.
    public var succeeded: Int
    /// What the others got, the most frequent first.
    public var failures: [Failures]
    /// The time to the first token, of requests that got a whole answer; of answers that are not streamed, to the whole.
    public var firstToken: Latency
    /// The time to the whole answer.
    public var whole: Latency
    /// The requests to providers.
    public var attempts: Int
    /// How many requests led to none, one, two and so on.
    public var requestsByAttempts: [Int]
    /// How often requests waited.
    public var waits: Int
    /// How long they waited together.
    public var waited: Duration
    /// Second requests beside slow first ones.
    public var hedges: Int
    /// Those of them that were faster.
    public var hedgesWon: Int
    /// Streams that broke.
    public var cuts: [Cuts]
    /// The requests of callers that were open at a time, on average.
    public var meanInFlight: Double
    /// The most requests of callers that were open at a time.
    public var peakInFlight: Int
    /// The deployments, in the order in which the names that are asked for lead to them.
    public var deployments: [DeploymentFigures]
    /// The bills, in the order of the scenario.
    public var costs: [Cost]
    /// What became of each deployment after each incident.
    public var recoveries: [Recovery]
    /// The minutes.
    public var timeline: [Minute]

    /// The share of requests that got a whole answer; 1 if none came.
    public var successRate: Double { requests > 0 ? Double(succeeded) / Double(requests) : 1 }
}
