/// One request's way through its plan: which deployment is asked next, when, and when to give up.
///
/// A value without clock, tasks or network. Whoever drives it asks ``next(table:health:at:)`` what to do, does it, tells how
/// it ended, and asks again; the router and the simulation drive the same one.
public struct Execution: Sendable {
    /// What to do.
    @nonexhaustive
    public enum Action: Sendable, Hashable {
        /// Send one request now. If `hedgeAfter` passes before it begins to answer, ask ``Execution/hedge(table:health:at:)``.
        case send(DeploymentID, hedgeAfter: Duration?)
        /// Do nothing until then, and ask again.
        case wait(until: Duration, for: DeploymentID)
        /// Nothing more is to be tried.
        case fail(Failure)
    }

    /// Why nothing more is tried.
    public struct Failure: Sendable, Hashable {
        /// The kinds of reasons.
        @nonexhaustive
        public enum Reason: Sendable, Hashable {
            /// Nobody is left who might do better than the last: its error stands.
            case lastError
            /// As many requests were sent as may be.
            case attemptsExhausted
            /// The time for the request is over.
            case deadline
            /// Nobody may be asked soon enough; nothing was sent.
            case noneAvailable
            /// Nobody can do what the request needs; nothing was sent.
            case noneCapable
        }

        /// The reason.
        public var reason: Reason
        /// The earliest time at which another request makes sense; `nil` if there is none to tell.
        public var retryAt: Duration?

        /// Makes a failure.
        public init(_ reason: Reason, retryAt: Duration? = nil) {
            self.reason = reason
            self.retryAt = retryAt
        }
    }

    /// Which part of the plan it is in.
    enum Part: Sendable, Hashable {
        case candidates, contextFallback, contentFallback
    }

    /// What a failure leaves out for the rest of the request.
    enum Exclusion: Sendable, Hashable {
        case none, deployment, credential, target
    }

    /// A request that was sent.
    struct Sent: Sendable {
        var candidate: RoutePlan.Candidate
        var credential: Int
        var round: Int
        var isPending = true
        /// Whether it failed in a way that other credentials of its target would not change.
        var isTargetWide = false
        var excludes = Exclusion.none
        /// When it asked to come again, as far as that is obeyed.
        var askedUntil: Duration?
        /// The same without any limit.
        var ownRetryAt: Duration?
    }

    struct Pause: Sendable {
        var until: Duration
        var candidate: RoutePlan.Candidate
        /// Whether the candidate is asked after it, and nobody else.
        var isForFirst: Bool
    }

    /// The plan.
    public let plan: RoutePlan
    /// The requests that were sent, second ones beside slow first ones included.
    public private(set) var attempts = 0

    let policy: Limits
    let failover: FailoverPolicy
    let start: Duration
    var generator: SeededGenerator
    var part = Part.candidates
    var visited: Set<Part> = []
    // Few: they are searched from end to end.
    var sent: [Sent] = []
    var events: [RouteStep] = []
    var round = 1
    var pause: Pause?
    // Since when nothing was sent because of waits.
    var idleSince: Duration?
    // Once: a first target that asks again and again must not keep the others from being asked.
    var hasWaitedForFirst = false
    var isHedged = false
    var ending: Failure.Reason?
    var hasGivenUp = false

    /// What a policy says of attempts, without its texts.
    struct Limits: Sendable {
        var attempts: Int
        var deadline: Duration
        var strategy: StrategyName
        var restarts: Bool
    }

    /// Makes the way of one request.
    ///
    /// - Parameters:
    ///   - plan: The plan.
    ///   - policy: The policy of its route.
    ///   - failover: When a request is sent again.
    ///   - start: The time at which the request came.
    ///   - seed: Where chance comes from; the same seed gives the same waits.
    public init(plan: RoutePlan, policy: RoutePolicy, failover: FailoverPolicy, start: Duration, seed: UInt64) {
        self.plan = plan
        self.policy = Limits(
            attempts: max(policy.attempts, 1),
            deadline: start + max(policy.deadline, .zero),
            strategy: policy.strategy,
            restarts: policy.onStreamCut != .fail
        )
        self.failover = failover
        self.start = start
        generator = SeededGenerator(seed: seed)
    }

    /// The trace: every step so far, beginning with what the plan left out.
    public var steps: [RouteStep] {
        plan.skips.map { .skipped($0.deployment, $0.reason, at: start) } + events
    }

    /// What to do now.
    ///
    /// What is told to the health book and to this value about earlier requests has to be told before; what is sent is told
    /// to the book before anything else happens to it, so that no two requests become the one that a half-open breaker
    /// lets through.
    ///
    /// - Parameters:
    ///   - table: The deployments.
    ///   - health: What is known of how they do.
    ///   - now: The time.
    /// - Returns: What to do.
    public mutating func next(table: DeploymentTable, health: HealthBook, at now: Duration) -> Action {
        let view = View(table: table, health: health, now: now)
        if let ending { return giveUp(ending, view) }
        guard attempts < policy.attempts else { return giveUp(.attemptsExhausted, view) }
        guard now < policy.deadline else { return giveUp(.deadline, view) }
        if let pause {
            if now < pause.until { return .wait(until: pause.until, for: pause.candidate.deployment) }
            self.pause = nil
            if !pause.isForFirst {
                beginRound()
            } else if availability(of: pause.candidate, view) == .ready {
                return send(pause.candidate, .asked, view)
            }
        }
        if let pause = pauseForFirst(view) {
            hasWaitedForFirst = true
            if pause.until <= now { return send(pause.candidate, .asked, view) }
            return wait(pause, .retryAfter, view)
        }
        if let (candidate, reason) = choose(view) { return send(candidate, reason, view) }
        guard let turn = nextTurn(view) else {
            return giveUp(attempts > 0 ? .lastError : plan.candidates.isEmpty ? .noneCapable : .noneAvailable, view)
        }
        guard turn.pause.until > now else {
            beginRound()
            if let (candidate, reason) = choose(view) { return send(candidate, reason, view) }
            return giveUp(.lastError, view)
        }
        let idleSince = idleSince ?? now
        guard turn.pause.until - idleSince <= failover.retry.maximum, turn.pause.until < policy.deadline else {
            return giveUp(attempts > 0 ? .lastError : .noneAvailable, view)
        }
        return wait(turn.pause, turn.reason, view)
    }

    /// Whom to ask beside a first request that is slow to begin, if anybody.
    ///
    /// - Parameters:
    ///   - table: The deployments.
    ///   - health: What is known of how they do.
    ///   - now: The time.
    /// - Returns: A deployment of another target, to which a request is sent now; `nil` if there is none, or no attempt left.
    public mutating func hedge(table: DeploymentTable, health: HealthBook, at now: Duration) -> DeploymentID? {
        let view = View(table: table, health: health, now: now)
        guard !isHedged, ending == nil, attempts < policy.attempts, now < policy.deadline,
            sent.contains(where: \.isPending)
        else {
            return nil
        }
        let candidate = list.first { candidate in
            !sent.contains { $0.isPending && $0.candidate.target == candidate.target }
                && isOpen(candidate, view) && availability(of: candidate, view) == .ready
        }
        guard let candidate else { return nil }
        isHedged = true
        _ = send(candidate, .hedge, view)
        return candidate.deployment
    }

    // MARK: - Actions

    private mutating func send(_ candidate: RoutePlan.Candidate, _ reason: RouteStep.Reason, _ view: View) -> Action {
        attempts += 1
        idleSince = nil
        sent.append(Sent(candidate: candidate, credential: view.credential(of: candidate), round: round))
        events.append(.chosen(candidate.deployment, reason))
        return .send(candidate.deployment, hedgeAfter: isHedged ? nil : plan.hedgeDelay)
    }

    private mutating func wait(_ pause: Pause, _ reason: RouteStep.WaitReason, _ view: View) -> Action {
        self.pause = pause
        idleSince = idleSince ?? view.now
        let (deployment, time) = (pause.candidate.deployment, pause.until - view.now)
        if reason == .unavailable, case .waited(let before, deployment, reason) = events.last {
            // A half-open breaker is looked at again and again: that is one wait.
            events[events.count - 1] = .waited(before + time, for: deployment, reason)
        } else {
            events.append(.waited(time, for: deployment, reason))
        }
        return .wait(until: pause.until, for: pause.candidate.deployment)
    }

    private mutating func beginRound() {
        // After a wait in which nobody could be asked it is still the same.
        if sent.contains(where: { $0.round == round }) { round += 1 }
    }

    private mutating func giveUp(_ reason: Failure.Reason, _ view: View) -> Action {
        let failure = Failure(reason, retryAt: retryAt(view))
        ending = reason
        if !hasGivenUp { events.append(.gaveUp(failure, at: view.now)) }
        hasGivenUp = true
        return .fail(failure)
    }
}
