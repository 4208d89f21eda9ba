internal import ProviderKit
internal import TransportKit

// What happens to the requests that an execution sends.
extension SimulationRun {
    /// Sends a request.
    ///
    /// - Returns: Whether it is under way; if not, the execution knows that it failed.
    mutating func send(_ call: Int, to deployment: DeploymentID, isSecond: Bool) -> Bool {
        let place = deployment.index
        let credential = world.servers[place].credential
        let isProbe = health.begin(deployment, credential: credential, at: .nanoseconds(now))
        tally.sent(to: place, isHedge: isSecond)
        let rest = calls[call].rest
        if rest < 1, !world.servers[place].acceptsPrefill {
            tally.failed(at: place, .unsupported)
            let time = Duration.nanoseconds(now)
            health.end(
                deployment,
                credential: credential,
                .failure(.unsupported, retryAfter: nil),
                isProbe: isProbe,
                at: time
            )
            calls[call].lastCode = .unsupported
            calls[call].execution.failed(deployment, .unsupported, at: time)
            return false
        }
        let answer = calls[call].answerTokens
        let request = SimulatedServers.Request(
            // Who goes on with an answer reads what there is of it.
            promptTokens: calls[call].promptTokens + Int(answer * (1 - rest)),
            answerTokens: answer,
            isStreamed: calls[call].isStreamed,
            rest: rest
        )
        var fate = servers.take(request, at: world.servers[place], now: now)
        limit(&fate, call, place)
        let lane = Lane(
            deployment: deployment,
            credential: credential,
            isProbe: isProbe,
            sent: now,
            fate: fate,
            ticket: nextTicket(),
            promptTokens: request.promptTokens,
            answerTokens: answer * rest
        )
        if deliversBeginning(call), fate.begin < fate.end {
            schedule(.begin, at: fate.begin, call, ticket: lane.ticket)
        }
        schedule(.end, at: fate.end, call, ticket: lane.ticket)
        if isSecond { calls[call].second = lane } else { calls[call].first = lane }
        return true
    }

    /// A second request beside a slow first one.
    mutating func hedge(_ call: Int) {
        guard calls[call].second == nil, calls[call].first?.hasBegun == false,
            let deployment = calls[call].execution.hedge(table: world.table, health: health, at: .nanoseconds(now))
        else {
            return
        }
        health.noteHedge(route: world.demands[calls[call].demand].route.number)
        _ = send(call, to: deployment, isSecond: true)
    }

    /// The first token of a stream that the caller gets as it comes.
    mutating func begin(_ call: Int, isSecond: Bool) {
        guard let lane = isSecond ? calls[call].second : calls[call].first else { return }
        if isSecond { calls[call].second?.hasBegun = true } else { calls[call].first?.hasBegun = true }
        win(call, lane, isSecond: isSecond)
    }

    /// A request's end.
    mutating func end(_ call: Int, isSecond: Bool) {
        guard let lane = isSecond ? calls[call].second : calls[call].first else { return }
        if isSecond { calls[call].second = nil } else { calls[call].first = nil }
        leave(lane)
        let (place, time) = (lane.deployment.index, Duration.nanoseconds(now))
        guard let failure = lane.fate.failure else {
            if !lane.hasBegun { win(call, lane, isSecond: isSecond) }
            health.end(lane.deployment, credential: lane.credential, .success, isProbe: lane.isProbe, at: time)
            tally.answered(by: place, sent: lane.sent, now: now, came: calls[call].start)
            return succeed(call)
        }
        let wasOpen = isOpen(place, time)
        let outcome = AttemptOutcome.failure(failure.code, retryAfter: failure.retryAfter)
        health.end(lane.deployment, credential: lane.credential, outcome, isProbe: lane.isProbe, at: time)
        tally.failed(at: place, failure.code)
        if !wasOpen, isOpen(place, time) { tally.opened(place, wasProbe: lane.isProbe) }
        calls[call].lastCode = failure.code
        if lane.hasBegun { return broke(call, lane, failure.code) }
        if calls[call].isStreamed, lane.fate.begin < now { tally.broke(onStreamCut(call)) }
        calls[call].execution.failed(
            lane.deployment,
            failure.code,
            status: failure.status,
            retryAfter: failure.retryAfter,
            at: time
        )
        // Where nobody would do better, the other one is not waited for.
        if calls[call].execution.ending != nil, let other = isSecond ? calls[call].first : calls[call].second {
            if isSecond { calls[call].first = nil } else { calls[call].second = nil }
            calls[call].execution.abandoned(other.deployment)
            leave(other)
            abandon(other)
        }
        if calls[call].first == nil, calls[call].second == nil { step(call) }
    }

    /// The caller has had enough.
    mutating func leave(_ call: Int) {
        for lane in [calls[call].first, calls[call].second].compactMap(\.self) {
            leave(lane)
            abandon(lane)
        }
        calls[call].first = nil
        calls[call].second = nil
        finish(call, .cancelled)
    }

    /// Nothing more is tried.
    mutating func fail(_ call: Int, _ failure: Execution.Failure) {
        if let code = calls[call].brokenBy {
            tally.sawCut(onStreamCut(call))
            return finish(call, code)
        }
        // What the router would tell the caller: the last failure, or why nobody was asked.
        finish(call, calls[call].lastCode ?? (failure.reason == .noneCapable ? .unsupported : .overloaded))
    }

    // MARK: - Parts

    private func onStreamCut(_ call: Int) -> RoutePolicy.StreamCut {
        world.demands[calls[call].demand].route.policy.onStreamCut
    }

    private func deliversBeginning(_ call: Int) -> Bool {
        calls[call].isStreamed && onStreamCut(call) != .hold
    }

    private func isOpen(_ place: Int, _ time: Duration) -> Bool {
        if case .open = health.deployments[place].breaker.reading(at: time) { true } else { false }
    }

    /// Ends what takes too long, as the limits on time say.
    private func limit(_ fate: inout Fate, _ call: Int, _ place: Int) {
        let deadline = world.demands[calls[call].demand].route.policy.deadline.nanoseconds
        let remaining = max(calls[call].start + deadline - now, 0)
        let limits = timeouts(of: call, at: place)
        if fate.isAccepted, calls[call].isStreamed, fate.failure?.code == .network { fate.failure?.code = .streamCut }
        let firstByte = now + min(limits.firstByte?.nanoseconds ?? remaining, remaining)
        let isStreaming = fate.isAccepted && calls[call].isStreamed
        if (isStreaming ? min(fate.begin, fate.end) : fate.end) > firstByte {
            fate.cut(at: firstByte, Fate.Failure(code: .timeout(.firstByte)))
        }
        var total = limits.total?.nanoseconds
        if !deliversBeginning(call) { total = min(total ?? remaining, remaining) }
        if let total { fate.cut(at: now + total, Fate.Failure(code: .timeout(.total))) }
    }

    /// An answer is there, or has begun: whoever else was asked is not needed any more.
    private mutating func win(_ call: Int, _ lane: Lane, isSecond: Bool) {
        health.noteFirstToken(
            lane.deployment,
            route: world.demands[calls[call].demand].route.number,
            after: .nanoseconds(now - lane.sent),
            at: .nanoseconds(now)
        )
        if calls[call].firstToken == nil { calls[call].firstToken = now }
        if isSecond { tally.hedgeWon() }
        guard let loser = isSecond ? calls[call].first : calls[call].second else { return }
        if isSecond { calls[call].first = nil } else { calls[call].second = nil }
        calls[call].execution.abandoned(loser.deployment)
        leave(loser)
        abandon(loser)
    }

    /// An answer that the caller had the beginning of broke.
    private mutating func broke(_ call: Int, _ lane: Lane, _ code: PlexError.Code) {
        let policy = onStreamCut(call)
        tally.broke(policy)
        calls[call].brokenBy = code
        guard calls[call].execution.streamCut(lane.deployment, at: .nanoseconds(now)) else {
            tally.sawCut(policy)
            return finish(call, code)
        }
        if policy == .continue { calls[call].rest *= 1 - lane.fate.progress(at: now) }
        step(call)
    }

    /// The provider's part of a request's end.
    private mutating func leave(_ lane: Lane) {
        let place = lane.deployment.index
        servers.leave(world.servers[place])
        tally.occupied(place, for: now - lane.sent)
        guard lane.fate.isAccepted, let price = world.servers[place].price else { return }
        let answer = lane.answerTokens * lane.fate.progress(at: now)
        tally.paid(price.cost(input: lane.promptTokens, output: Int(answer.rounded())), to: place)
    }

    private mutating func abandon(_ lane: Lane) {
        tally.abandoned(by: lane.deployment.index)
        health.end(
            lane.deployment,
            credential: lane.credential,
            .abandoned,
            isProbe: lane.isProbe,
            at: .nanoseconds(now)
        )
    }

    private mutating func succeed(_ call: Int) {
        if calls[call].brokenBy != nil { tally.mended(onStreamCut(call)) }
        tally.succeeded(
            came: calls[call].start,
            firstToken: (calls[call].firstToken ?? now) - calls[call].start,
            whole: now - calls[call].start
        )
        close(call)
    }

    private mutating func finish(_ call: Int, _ code: PlexError.Code) {
        tally.gaveUp(code)
        close(call)
    }

    private mutating func close(_ call: Int) {
        tally.left(at: now, came: calls[call].start, attempts: calls[call].execution.attempts)
        free(call)
    }
}
