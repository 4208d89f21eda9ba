internal import ProviderKit
internal import TransportKit

/// One request's way to its answer: sends what its `Execution` says, and keeps the notes.
final class RouteRun: Sendable {
    private struct Progress {
        var execution: Execution
        var attempts: [Attempt] = []
        var lastError: PlexError?
    }

    let core: RouterCore
    let known: KnownRoute
    let start: Duration
    private let requestTimeouts: Timeouts?
    private let boundsWholeAnswer: Bool
    private let progress: Locked<Progress>

    /// Plans a request.
    ///
    /// - Parameters:
    ///   - query: What is asked for.
    ///   - known: What its model's name means.
    ///   - core: The router's state.
    ///   - timeouts: The caller's own limits.
    ///   - boundsWholeAnswer: Whether the deadline is for the whole answer, rather than for its beginning.
    init(_ query: RouteQuery, on known: KnownRoute, core: RouterCore, timeouts: Timeouts?, boundsWholeAnswer: Bool) {
        self.core = core
        self.known = known
        requestTimeouts = timeouts
        self.boundsWholeAnswer = boundsWholeAnswer
        let now = core.now()
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
            if Task.isCancelled { throw PlexError(.cancelled, "the request was cancelled") }
            let (action, isProbe) = nextAction()
            switch action {
            case .send(let id, nil):
                let sent = open(id, isProbe: isProbe)
                do {
                    return try await begun(sent, send)
                } catch {
                    try note(error, of: sent)
                }
            case .send(let id, let delay?):
                if let won = try await race(open(id, isProbe: isProbe), delay, send) { return won }
            case .wait(let until, _):
                let now = core.now()
                if until > now, !(await core.clock.sleep(until - now)) {
                    throw PlexError(.cancelled, "the request was cancelled")
                }
            case .fail(let failure): throw error(for: failure)
            }
        }
    }

    // Takes the next step and its place among the deployment's requests at once, so that of two one gets a half-open probe.
    private func nextAction() -> (Execution.Action, isProbe: Bool) {
        let now = core.now()
        return progress.withLock { progress in
            core.state.withLock { state in
                let action = progress.execution.next(table: state.table, health: state.health, at: now)
                guard case .send(let id, _) = action else { return (action, false) }
                return (action, state.health.begin(id, credential: state.table[id].credential, at: now))
            }
        }
    }

    private func open(_ id: DeploymentID, isProbe: Bool) -> Sent {
        let credential = core.state.withLock { $0.table[id].credential }
        let account = core.accounts[credential]
        let (target, parameters) = known.route.target(of: id)
        let limits = core.members[target.provider]?.timeouts ?? Timeouts()
        let now = core.now()
        let remaining = max(.zero, known.route.policy.deadline - (now - start))
        let lane = Lane(
            deployment: id,
            provider: account.provider,
            forwarder: core.forwarder(credential),
            model: target.model,
            credential: account.credential,
            parameters: parameters,
            timeouts: (requestTimeouts ?? known.route.policy.timeouts ?? limits)
                .shortened(to: remaining, whole: boundsWholeAnswer),
            remaining: remaining
        )
        let ticket = AttemptTicket(
            id,
            credential: credential,
            route: known.route.number,
            core: core,
            started: now,
            isProbe: isProbe
        )
        return Sent(lane: lane, ticket: ticket, started: now)
    }

    private func begun<Answer: Sendable>(
        _ sent: Sent,
        _ send: @Sendable (Lane) async throws(PlexError) -> Answer
    ) async throws(PlexError) -> (Answer, Sent) {
        let answer = try await send(sent.lane)
        sent.ticket.begin()
        return (answer, sent)
    }

    /// Notes a failure before the answer began.
    ///
    /// - Throws: `PlexError`, if the caller has gone.
    private func note(_ error: PlexError, of sent: Sent) throws(PlexError) {
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
                at: now
            )
        }
    }
}

// MARK: - A second request beside a slow first one

extension RouteRun {
    private enum RaceEvent<Answer: Sendable>: Sendable {
        case begun(Answer, Sent)
        case failed(PlexError, first: Bool)
        case slow
    }

    /// Sends a request, and a second one if the first has not begun after a while; the loser is cancelled.
    ///
    /// - Returns: The answer, or `nil` if all that were sent failed.
    @inline(never)
    private func race<Answer: Sendable>(
        _ first: Sent,
        _ delay: Duration,
        _ send: @escaping @Sendable (Lane) async throws(PlexError) -> Answer
    ) async throws(PlexError) -> (Answer, Sent)? {
        let outcome = await withTaskGroup(of: RaceEvent<Answer>.self) { group -> Result<(Answer, Sent)?, PlexError> in
            group.addTask { await self.event(of: first, isFirst: true, send) }
            group.addTask {
                _ = await self.core.clock.sleep(delay)
                return .slow
            }
            defer { group.cancelAll() }
            var second: Sent?
            var running = 1
            while let event = await group.next() {
                switch event {
                case .begun(let answer, let sent):
                    for loser in [first, second].compactMap(\.self) where loser.lane.deployment != sent.lane.deployment
                    {
                        self.progress.withLock { $0.execution.abandoned(loser.lane.deployment) }
                    }
                    return .success((answer, sent))
                case .slow:
                    // The sleep ends early only if all of this is cancelled.
                    guard !Task.isCancelled, running > 0, let (id, isProbe) = self.hedge() else { continue }
                    let sent = self.open(id, isProbe: isProbe)
                    second = sent
                    running += 1
                    group.addTask { await self.event(of: sent, isFirst: false, send) }
                case .failed(let error, let isFirst):
                    running -= 1
                    do throws(PlexError) {
                        if let sent = isFirst ? first : second { try self.note(error, of: sent) }
                    } catch {
                        return .failure(error)
                    }
                    if running == 0 { return .success(nil) }
                }
            }
            return .success(nil)
        }
        return try outcome.get()
    }

    // A function of its own: in a closure that gives this back, the optimizer of Swift 6.3 loses what stands beside it.
    private func event<Answer: Sendable>(
        of sent: Sent,
        isFirst: Bool,
        _ send: @Sendable (Lane) async throws(PlexError) -> Answer
    ) async -> RaceEvent<Answer> {
        do throws(PlexError) {
            let (answer, sent) = try await begun(sent, send)
            return .begun(answer, sent)
        } catch {
            return .failed(error, first: isFirst)
        }
    }

    private func hedge() -> (DeploymentID, isProbe: Bool)? {
        let now = core.now()
        return progress.withLock { progress in
            core.state.withLock { state in
                guard let id = progress.execution.hedge(table: state.table, health: state.health, at: now) else {
                    return nil
                }
                state.health.noteHedge(route: known.route.number)
                return (id, state.health.begin(id, credential: state.table[id].credential, at: now))
            }
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
    /// - Returns: The way that it took.
    func succeeded(_ sent: Sent, tellsSteps: Bool = true) -> Route {
        sent.ticket.end(.success)
        return routed(sent, error: nil, tellsSteps: tellsSteps)
    }

    /// The way so far, with an answer that has begun.
    func routed(_ sent: Sent, error: PlexError?, tellsSteps: Bool = true) -> Route {
        let duration = core.now() - sent.started
        let attempt = Attempt(sent.lane, error: error, duration: duration)
        return progress.withLock { progress in
            Route(
                attempts: progress.attempts + [attempt],
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
