internal import ProviderKit
internal import TransportKit

/// One request's way to its answer: sends what its `Execution` says, and keeps the notes.
final class RouteRun: Sendable {
    /// What a request takes at a deployment.
    struct Place {
        var credential = 0
        /// Whether it is the one request that a half-open breaker lets through.
        var isProbe = false
    }

    struct Progress {
        var execution: Execution
        var attempts: [Attempt] = []
        var lastError: PlexError?
    }

    let core: RouterCore
    let known: KnownRoute
    let start: Duration
    private let requestTimeouts: Timeouts?
    private let boundsWholeAnswer: Bool
    let progress: Locked<Progress>

    /// Plans a request.
    ///
    /// - Parameters:
    ///   - query: What is asked for.
    ///   - known: What its model's name means.
    ///   - core: The router's state.
    ///   - timeouts: The caller's own limits.
    ///   - boundsWholeAnswer: Whether the deadline is for the whole answer, rather than for its beginning.
    ///   - now: The time.
    init(
        _ query: RouteQuery,
        on known: KnownRoute,
        core: RouterCore,
        timeouts: Timeouts?,
        boundsWholeAnswer: Bool,
        at now: Duration
    ) {
        self.core = core
        self.known = known
        requestTimeouts = timeouts
        self.boundsWholeAnswer = boundsWholeAnswer
        start = now
        let execution = core.state.withLock { state in
            state.seed &+= 0x9E37_79B9_7F4A_7C15
            let sequence = state.health.nextSequence(route: known.route.number)
            let plan = core.planner.plan(
                query,
                on: known.route,
                table: state.table,
                health: state.health,
                sequence: sequence,
                at: now,
                seed: state.seed
            )
            return Execution(
                plan: plan,
                policy: known.route.policy,
                failover: core.failover,
                start: now,
                seed: state.seed
            )
        }
        progress = Locked(Progress(execution: execution))
    }

    /// Sends requests until one answers or none may be sent any more.
    ///
    /// - Parameter send: Sends one request and returns when its answer has begun.
    /// - Returns: The answer; its ticket has to be ended.
    /// - Throws: `PlexError`, which names every attempt.
    // Within its caller: the closure is called for each request, and each way through one costs a task more memory.
    @inline(__always)
    func perform<Answer: Sendable>(
        _ send: @escaping @Sendable (Lane) async throws(PlexError) -> Answer
    ) async throws(PlexError) -> (Answer, Sent) {
        while true {
            switch try await next(at: core.now()) {
            case .send(let sent):
                do {
                    return try await begun(sent, send)
                } catch {
                    try note(error, of: sent)
                }
            case .race(let sent, let delay):
                if let won = try await race(sent, delay, send) { return won }
            }
        }
    }

    /// What is to be done for a request.
    enum Turn {
        case send(Sent)
        /// A second request is to follow unless the first one is answered within a time.
        case race(Sent, Duration)
    }

    /// Waits until a request may be sent, and opens the way for it.
    ///
    /// - Parameter time: The time.
    /// - Returns: What to do.
    /// - Throws: `PlexError`, if none may be sent any more.
    @inline(__always)
    func next(at time: Duration) async throws(PlexError) -> Turn {
        var now = time
        while true {
            if Task.isCancelled { throw PlexError(.cancelled, "the request was cancelled") }
            let (action, place) = nextAction(at: now)
            switch action {
            case .send(let id, nil): return .send(open(id, place, at: now))
            case .send(let id, let delay?): return .race(open(id, place, at: now), delay)
            case .wait(let until, _):
                now = core.now()
                if until > now, !(await core.clock.sleep(until - now)) {
                    throw PlexError(.cancelled, "the request was cancelled")
                }
                now = core.now()
            case .fail(let failure): throw error(for: failure)
            }
        }
    }

    // Takes the next step and its place among the deployment's requests at once, so that of two one gets a half-open probe.
    private func nextAction(at now: Duration) -> (Execution.Action, Place) {
        progress.withLock { progress in
            core.state.withLock { state in
                let action = progress.execution.next(table: state.table, health: state.health, at: now)
                guard case .send(let id, _) = action else { return (action, Place()) }
                return (action, state.begin(id, at: now))
            }
        }
    }

    func open(_ id: DeploymentID, _ place: Place, at now: Duration) -> Sent {
        let credential = place.credential
        let account = core.accounts[credential]
        let (model, parameters) = known.model(of: id)
        let limits = requestTimeouts ?? known.route.policy.timeouts ?? core.limits[credential]
        let remaining = max(.zero, known.route.policy.deadline - (now - start))
        let lane = Lane(
            deployment: id,
            provider: account.provider,
            forwarder: core.forwarder(credential),
            model: model,
            credential: account.credential,
            parameters: parameters,
            timeouts: limits.shortened(to: remaining, whole: boundsWholeAnswer),
            remaining: remaining
        )
        let ticket = AttemptTicket(
            id,
            credential: credential,
            route: known.route.number,
            core: core,
            started: now,
            isProbe: place.isProbe
        )
        return Sent(lane: lane, ticket: ticket, started: now)
    }

    func begun<Answer: Sendable>(
        _ sent: Sent,
        _ send: @Sendable (Lane) async throws(PlexError) -> Answer
    ) async throws(PlexError) -> (Answer, Sent) {
        let answer = try await send(sent.lane)
        sent.ticket.begin(at: core.now())
        return (answer, sent)
    }

    /// Notes a failure before the answer began.
    ///
    /// - Throws: `PlexError`, if the caller has gone.
    func note(_ error: PlexError, of sent: Sent) throws(PlexError) {
        // What breaks while the caller leaves says nothing of the target, whatever it looks like.
        if Task.isCancelled {
            sent.ticket.end(.abandoned)
            throw error.code == .cancelled ? error : PlexError(.cancelled, "the request was cancelled")
        }
        sent.ticket.fail(error)
        let now = core.now()
        let named = error.completed(by: sent.lane)
        let attempt = Attempt(sent.lane, error: named, duration: now - sent.started)
        progress.withLock { progress in
            progress.attempts.append(attempt)
            progress.lastError = named
            progress.execution.failed(
                sent.lane.deployment,
                named.code,
                status: named.status,
                retryAfter: named.retryAfter,
                isLasting: named.isLasting,
                at: now
            )
        }
    }
}

// MARK: - The end

extension RouteRun {
    /// Notes that an answer is whole.
    ///
    /// - Parameters:
    ///   - sent: What was sent.
    ///   - tellsSteps: Whether somebody may read how it was decided.
    ///   - time: The time, if it is known.
    /// - Returns: The way that it took.
    func succeeded(_ sent: Sent, tellsSteps: Bool = true, at time: Duration? = nil) -> Route {
        let now = time ?? core.now()
        sent.ticket.end(.success, at: now)
        return routed(sent, tellsSteps: tellsSteps, at: now)
    }

    /// The way so far, with an answer that has begun.
    func routed(_ sent: Sent, tellsSteps: Bool = true, at time: Duration? = nil) -> Route {
        let duration = (time ?? core.now()) - sent.started
        return progress.withLock { progress in
            var attempts = progress.attempts
            attempts.append(Attempt(sent.lane, error: nil, duration: duration))
            return Route(
                attempts: attempts,
                name: known.route.policy.name,
                steps: tellsSteps ? steps(of: progress.execution) : []
            )
        }
    }

    /// Notes that an answer broke after it had begun.
    ///
    /// - Returns: Whether another request may follow.
    func broke(_ sent: Sent, _ error: PlexError) -> Bool {
        guard error.code != .cancelled, !Task.isCancelled else {
            sent.ticket.end(.abandoned)
            return false
        }
        sent.ticket.fail(error)
        let now = core.now()
        let named = error.completed(by: sent.lane)
        return progress.withLock { progress in
            progress.attempts.append(Attempt(sent.lane, error: named, duration: now - sent.started))
            progress.lastError = named
            return progress.execution.streamCut(sent.lane.deployment, at: now)
        }
    }

    /// A failure of an answer that had begun, as the caller is told it.
    func completed(_ error: PlexError) -> PlexError {
        progress.withLock { progress in
            var error = error
            error.attempts = progress.attempts
            error.steps = steps(of: progress.execution)
            return error
        }
    }

    private func error(for failure: Execution.Failure) -> PlexError {
        let now = core.now()
        return progress.withLock { progress in
            let wait = failure.retryAt.map { max(.zero, $0 - now) }
            var error = core.state.withLock { state in
                PlexError(
                    failure,
                    last: progress.lastError,
                    attempts: progress.attempts,
                    wait: wait,
                    route: known.route,
                    skips: progress.execution.plan.skips,
                    table: state.table,
                    now: now
                )
            }
            error.steps = steps(of: progress.execution)
            return error
        }
    }

    private func steps(of execution: Execution) -> [Route.Step] {
        core.state.withLock { state in
            execution.steps.compactMap { Route.Step($0, table: state.table) }
        }
    }
}

extension RouterCore.State {
    mutating func begin(_ id: DeploymentID, at now: Duration) -> RouteRun.Place {
        let credential = table[id].credential
        return RouteRun.Place(
            credential: credential,
            isProbe: health.begin(id, credential: credential, at: now)
        )
    }
}

extension Attempt {
    fileprivate init(_ lane: RouteRun.Lane, error: PlexError?, duration: Duration) {
        self.init(
            provider: lane.provider.id,
            model: lane.model,
            credential: lane.credential,
            code: error?.code,
            status: error?.status,
            duration: duration
        )
    }
}

extension PlexError {
    fileprivate func completed(by lane: RouteRun.Lane) -> PlexError {
        var error = self
        if error.provider == nil { error.provider = lane.provider.id }
        if error.model == nil { error.model = lane.model }
        return error
    }
}

extension Timeouts {
    /// The same limits, none of them beyond what is left.
    fileprivate func shortened(to remaining: Duration, whole: Bool) -> Timeouts {
        var result = self
        result.connect = min(connect ?? remaining, remaining)
        result.firstByte = min(firstByte ?? remaining, remaining)
        if whole { result.total = min(total ?? remaining, remaining) }
        return result
    }
}
