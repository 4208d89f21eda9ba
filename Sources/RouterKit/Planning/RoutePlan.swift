public import ProviderKit

/// Whom to ask, in which order, and why not the others.
public struct RoutePlan: Sendable, Hashable {
    /// Why a deployment is left out of a plan.
    @nonexhaustive
    public enum SkipReason: Sendable, Hashable {
        /// It cannot do this.
        case lacks(Capabilities.Feature)
        /// The conversation has more tokens, by estimate, than it takes.
        case contextLength(tokens: Int, limit: Int)
        /// It asked to be left alone until this time.
        case cooling(until: Duration)
        /// Its breaker is open, until this time.
        case breakerOpen(until: Duration)
        /// Its breaker is half open, and another request is finding out.
        case probing
        /// Its credential was refused or has nothing left: it is asked only when nobody else is ready.
        case refused(PlexError.Code)
    }

    /// A deployment that is left out.
    public struct Skip: Sendable, Hashable {
        /// The deployment.
        public var deployment: DeploymentID
        /// Why it is left out.
        public var reason: SkipReason

        /// Makes a note.
        public init(_ deployment: DeploymentID, _ reason: SkipReason) {
            self.deployment = deployment
            self.reason = reason
        }
    }

    /// A deployment that may be asked.
    public struct Candidate: Sendable, Hashable {
        /// The deployment.
        public var deployment: DeploymentID
        /// The place of its target in the route; credentials of one target share it.
        public var target: Int

        /// Makes a candidate.
        public init(_ deployment: DeploymentID, target: Int) {
            self.deployment = deployment
            self.target = target
        }
    }

    /// The deployments that may be asked, in the order in which they are.
    ///
    /// Those that have to be left alone for a while stand in it too, behind the others: a plan is kept for the time of a
    /// request, in which they may come back. Those that cannot do what is needed do not.
    public var candidates: [Candidate]
    /// Those that are left out now, and why.
    public var skips: [Skip]
    /// For conversations that turn out to be too long.
    public var contextFallback: [Candidate]
    /// For what a filter refuses.
    public var contentFallback: [Candidate]
    /// How long to wait for the first before the second is asked too; `nil` does not.
    public var hedgeDelay: Duration?

    /// Makes a plan.
    public init(
        candidates: [Candidate],
        skips: [Skip] = [],
        contextFallback: [Candidate] = [],
        contentFallback: [Candidate] = [],
        hedgeDelay: Duration? = nil
    ) {
        self.candidates = candidates
        self.skips = skips
        self.contextFallback = contextFallback
        self.contentFallback = contentFallback
        self.hedgeDelay = hedgeDelay
    }
}
