public import ProviderKit

/// A step on a request's way: the trace of a route is made of them.
@nonexhaustive
public enum RouteStep: Sendable, Hashable {
    /// Why a deployment was chosen.
    @nonexhaustive
    public enum Reason: Sendable, Hashable {
        /// The strategy put it first.
        case strategy(StrategyName)
        /// It is the next target that is ready.
        case nextTarget
        /// It is another credential of the same target.
        case nextCredential
        /// It had asked to wait, and its time has come.
        case asked
        /// All that could be asked had failed; this is a further round.
        case round(Int)
        /// The first was slow to begin.
        case hedge
        /// The conversation was too long for the others.
        case contextFallback
        /// A content filter had refused.
        case contentFallback
        /// Its credential was refused lately, but nobody else is left.
        case lastResort
    }

    /// Why it was waited.
    @nonexhaustive
    public enum WaitReason: Sendable, Hashable {
        /// The deployment had said when to come again.
        case retryAfter
        /// All had failed: a pause by chance, so that not all callers come again at once.
        case backoff
        /// Nobody could be asked before.
        case unavailable
    }

    /// A deployment was asked.
    case chosen(DeploymentID, Reason)
    /// A deployment was passed over, at this time.
    case skipped(DeploymentID, RoutePlan.SkipReason, at: Duration)
    /// Some time passed, at the end of which a deployment could be asked.
    case waited(Duration, for: DeploymentID, WaitReason)
    /// A deployment failed.
    case failed(DeploymentID, PlexError.Code, status: Int?, retryAfter: Duration?)
    /// A request was given up because another was faster.
    case abandoned(DeploymentID)
    /// Nothing more was tried.
    case gaveUp(Execution.Failure, at: Duration)
}

extension RouteStep {
    /// The step in words for people.
    ///
    /// - Parameter table: The deployments.
    /// - Returns: A line without an end.
    public func description(table: DeploymentTable) -> String {
        switch self {
        case .chosen(let id, let reason): "\(table[id].deployment): asked, \(reason.words)"
        case .skipped(let id, let reason, let now): "\(table[id].deployment): \(reason.words(at: now))"
        case .waited(let time, let id, let reason): "waited \(time.words) for \(table[id].deployment): \(reason.words)"
        case .failed(let id, let code, let status, let retryAfter):
            "\(table[id].deployment): failed, \(code)"
                + (status.map { " (HTTP \($0))" } ?? "")
                + (retryAfter.map { ", asks to wait \($0.words)" } ?? "")
        case .abandoned(let id): "\(table[id].deployment): given up, another was faster"
        case .gaveUp(let failure, let now): "gave up: \(failure.words(at: now))"
        }
    }
}

extension RouteStep.Reason {
    var words: String {
        switch self {
        case .strategy(let name): "chosen by \(name)"
        case .nextTarget: "the next target that is ready"
        case .nextCredential: "another credential of the same target"
        case .asked: "its time has come"
        case .round(let round): "round \(round)"
        case .hedge: "beside the first, which is slow to begin"
        case .contextFallback: "for conversations that are too long for the others"
        case .contentFallback: "for what another's content filter refuses"
        case .lastResort: "its credential was refused lately, but nobody else is left"
        }
    }
}

extension RouteStep.WaitReason {
    var words: String {
        switch self {
        case .retryAfter: "it had said when to come again"
        case .backoff: "a pause before another round"
        case .unavailable: "nobody could be asked before"
        }
    }
}

extension RoutePlan.SkipReason {
    func words(at now: Duration) -> String {
        switch self {
        case .lacks(let feature): "left out, it cannot do \(feature.rawValue)"
        case .contextLength(let tokens, let limit):
            "left out, it takes \(limit) tokens and this has about \(tokens)"
        case .cooling(let until): "left alone for \((until - now).words) more, as it asked"
        case .breakerOpen(let until): "its breaker is open for \((until - now).words) more"
        case .probing: "its breaker is half open, and another request is finding out"
        case .refused(let code): "put last, its credential was refused lately (\(code))"
        }
    }
}

extension Execution.Failure {
    fileprivate func words(at now: Duration) -> String {
        let why =
            switch reason {
            case .lastError: "nobody is left who might do better"
            case .attemptsExhausted: "all attempts are used up"
            case .deadline: "the time is over"
            case .noneAvailable: "nobody can be asked in time"
            case .noneCapable: "nobody can do what is needed"
            }
        guard let retryAt, retryAt > now else { return why }
        return "\(why); the next can be asked in \((retryAt - now).words)"
    }
}

extension Duration {
    /// Seconds with at most three digits behind the point.
    package var words: String {
        let milliseconds = Int((self / .milliseconds(1)).rounded(.up).clamped(to: 0...1e15))
        var digits = String(milliseconds % 1000 + 1000).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(milliseconds / 1000)" + (digits.isEmpty ? "" : ".\(digits)") + " s"
    }
}

extension Double {
    fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
