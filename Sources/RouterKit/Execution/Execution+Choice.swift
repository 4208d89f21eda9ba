internal import TransportKit

extension Execution {
    /// What is known at the moment of a choice.
    struct View {
        let table: DeploymentTable
        let health: HealthBook
        let now: Duration

        func credential(of candidate: RoutePlan.Candidate) -> Int {
            table.planning[candidate.deployment.index].credential
        }
    }

    /// How long it is waited at least before a half-open breaker is looked at again.
    private static let probeWait = Duration.milliseconds(50)

    /// The candidates of the part of the plan that it is in.
    var list: [RoutePlan.Candidate] {
        switch part {
        case .candidates: plan.candidates
        case .contextFallback: plan.contextFallback
        case .contentFallback: plan.contentFallback
        }
    }

    // MARK: - One candidate

    /// Whether a candidate may do better than what failed so far.
    private func isExcluded(_ candidate: RoutePlan.Candidate, _ view: View) -> Bool {
        sent.contains { earlier in
            switch earlier.excludes {
            case .none: false
            case .deployment: earlier.candidate.deployment == candidate.deployment
            case .target:
                earlier.candidate.target == candidate.target
                    || earlier.candidate.deployment == candidate.deployment
            case .credential:
                // Providers without credentials have none in common.
                earlier.credential >= 0 && earlier.credential == view.credential(of: candidate)
                    || earlier.candidate.deployment == candidate.deployment
            }
        }
    }

    private func isPending(_ candidate: RoutePlan.Candidate) -> Bool {
        sent.contains { $0.isPending && $0.candidate.deployment == candidate.deployment }
    }

    private func wasAsked(_ candidate: RoutePlan.Candidate) -> Bool {
        sent.contains { $0.round == round && $0.candidate.deployment == candidate.deployment }
    }

    /// Whether a candidate was not asked yet in this round and still may be.
    func isOpen(_ candidate: RoutePlan.Candidate, _ view: View) -> Bool {
        sent.isEmpty || !(wasAsked(candidate) || isPending(candidate) || isExcluded(candidate, view))
    }

    /// Whether a candidate may be asked, by all and by what it told this request.
    func availability(of candidate: RoutePlan.Candidate, _ view: View) -> HealthBook.Availability {
        let known = view.health.availability(
            of: candidate.deployment,
            credential: view.credential(of: candidate),
            at: view.now
        )
        if let asked = askedUntil(candidate), asked > view.now {
            switch known {
            case .cooling(let until) where until >= asked: break
            case .breakerOpen(let until) where until >= asked: break
            default: return .cooling(until: asked)
            }
        }
        return known
    }

    /// When a candidate asked to come again, in its last answer to this request.
    private func askedUntil(_ candidate: RoutePlan.Candidate) -> Duration? {
        sent.last { $0.candidate.deployment == candidate.deployment }?.askedUntil
    }

    // MARK: - The next candidate

    /// The first that is ready, in the order of the plan; after a failure, what may do better before what hardly will.
    mutating func choose(_ view: View) -> (RoutePlan.Candidate, RouteStep.Reason)? {
        let last = sent.last
        var best: (candidate: RoutePlan.Candidate, rank: Int)?
        for candidate in list {
            guard isOpen(candidate, view) else { continue }
            let availability = availability(of: candidate, view)
            guard var rank = Self.rank(of: availability) else {
                noteSkip(candidate, availability, view)
                continue
            }
            if let last, !last.isPending {
                if hasFailed(target: candidate.target) || isLastAttempt && wasAsked(target: candidate.target) {
                    rank += 2
                }
                if !last.isTargetWide, candidate.target != last.candidate.target { rank += 1 }
            }
            if rank < best?.rank ?? .max { best = (candidate, rank) }
            if rank == 0 { break }
        }
        return best.map { ($0.candidate, reason(for: $0.candidate, isSuspect: $0.rank >= 4)) }
    }

    private static func rank(of availability: HealthBook.Availability) -> Int? {
        switch availability {
        case .ready: 0
        case .suspect: 4
        case .cooling, .breakerOpen, .probing: nil
        }
    }

    /// Whether a target failed in this round in a way that its other credentials would not change.
    private func hasFailed(target: Int) -> Bool {
        sent.contains { $0.round == round && $0.isTargetWide && $0.candidate.target == target }
    }

    /// Whether only one more request may be sent: however many credentials of a target fail, it is for another target.
    private var isLastAttempt: Bool { attempts + 1 >= policy.attempts }

    private func wasAsked(target: Int) -> Bool {
        sent.contains { $0.round == round && $0.candidate.target == target }
    }

    /// Whether a target that was not asked yet in this round can be asked now, without any doubt about its credential.
    private func hasFreshTarget(_ view: View) -> Bool {
        list.contains { candidate in
            !wasAsked(target: candidate.target) && isOpen(candidate, view)
                && availability(of: candidate, view) == .ready
        }
    }

    private func reason(for candidate: RoutePlan.Candidate, isSuspect: Bool) -> RouteStep.Reason {
        if isSuspect { return .lastResort }
        if part != .candidates, !sent.contains(where: { candidate.target == $0.candidate.target }) {
            return part == .contextFallback ? .contextFallback : .contentFallback
        }
        guard let last = sent.last else { return .strategy(policy.strategy) }
        if round > last.round, last.round > 0 { return .round(round) }
        return last.candidate.target == candidate.target ? .nextCredential : .nextTarget
    }

    /// Tells of a candidate that the plan thought ready and that is not any more.
    private mutating func noteSkip(
        _ candidate: RoutePlan.Candidate,
        _ availability: HealthBook.Availability,
        _ view: View
    ) {
        guard !plan.skips.contains(where: { $0.deployment == candidate.deployment }),
            !sent.contains(where: { $0.candidate.deployment == candidate.deployment }),
            !events.contains(where: { $0.isSkip(of: candidate.deployment) })
        else {
            return
        }
        let reason: RoutePlan.SkipReason =
            switch availability {
            case .cooling(let until): .cooling(until: until)
            case .breakerOpen(let until): .breakerOpen(until: until)
            default: .probing
            }
        events.append(.skipped(candidate.deployment, reason, at: view.now))
    }

    // MARK: - Waits

    /// The wait for the first target, where it asked for one that is short enough and has no other credential to offer.
    func pauseForFirst(_ view: View) -> Pause? {
        guard part == .candidates, let last = sent.last, let first = sent.first, !last.isPending,
            last.candidate.target == first.candidate.target, let asked = last.askedUntil,
            !hasWaitedForFirst, !isExcluded(last.candidate, view)
        else {
            return nil
        }
        let until: Duration
        switch availability(of: last.candidate, view) {
        case .ready: until = max(asked, view.now)
        case .cooling(let time): until = time
        default: return nil
        }
        guard until - view.now <= failover.retry.waitFirst, until < policy.deadline else { return nil }
        // Of several credentials one may ask to wait, and another, and so on; other targets have to have their turn.
        if isLastAttempt, sent.count > 1, hasFreshTarget(view) { return nil }
        let hasSibling = list.contains { candidate in
            candidate.target == first.candidate.target && isOpen(candidate, view)
                && availability(of: candidate, view) == .ready
        }
        return hasSibling ? nil : Pause(until: until, candidate: last.candidate, isForFirst: true)
    }

    /// When the next round can begin, and with whom; `nil` if there is nobody left.
    mutating func nextTurn(_ view: View) -> (pause: Pause, reason: RouteStep.WaitReason)? {
        let backoff = failover.retry.backoff.delay(forAttempt: round, using: &generator)
        var best: (pause: Pause, reason: RouteStep.WaitReason)?
        for candidate in list where !isPending(candidate) && !isExcluded(candidate, view) {
            var (until, reason) = (view.now, RouteStep.WaitReason.unavailable)
            switch availability(of: candidate, view) {
            case .cooling(let time), .breakerOpen(let time): until = time
            case .probing: until = view.now + max(backoff, Self.probeWait)
            case .ready, .suspect: break
            }
            if let asked = askedUntil(candidate), asked > view.now {
                // What it asked for is obeyed exactly: chance would only add to it.
                if until <= asked { reason = .retryAfter }
            } else if wasAsked(candidate) {
                until = max(until, view.now + backoff)
                reason = .backoff
            }
            if best.map({ until < $0.pause.until }) ?? true {
                best = (Pause(until: until, candidate: candidate, isForFirst: false), reason)
            }
        }
        return best
    }

    /// The earliest time at which a further request makes sense.
    func retryAt(_ view: View) -> Duration? {
        if let own = sent.last?.ownRetryAt, list.allSatisfy({ $0.target == list.first?.target }) {
            return own > view.now ? own : nil
        }
        var earliest: Duration?
        for candidate in list where !isExcluded(candidate, view) {
            let back: Duration
            switch availability(of: candidate, view) {
            case .ready, .suspect: return nil
            case .cooling(let until), .breakerOpen(let until): back = until
            case .probing: back = view.now + failover.retry.base
            }
            earliest = min(earliest ?? back, back)
        }
        return earliest
    }
}

extension RouteStep {
    fileprivate func isSkip(of deployment: DeploymentID) -> Bool {
        if case .skipped(deployment, _, _) = self { true } else { false }
    }
}
