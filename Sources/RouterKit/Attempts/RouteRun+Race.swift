internal import ProviderKit
internal import TransportKit

// A second request beside a slow first one.
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
    func race<Answer: Sendable>(
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
                    guard !Task.isCancelled, running > 0, let (id, place) = self.hedge() else { continue }
                    let sent = self.open(id, place, at: self.core.now())
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
                    // Where nobody would do better, the other one is not waited for.
                    if self.isOver(leaving: isFirst ? second : first) { return .success(nil) }
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

    // Whether a failure was the last word; who is still asked is given up then.
    private func isOver(leaving other: Sent?) -> Bool {
        progress.withLock { progress in
            guard progress.execution.ending != nil else { return false }
            if let other { progress.execution.abandoned(other.lane.deployment) }
            return true
        }
    }

    private func hedge() -> (DeploymentID, Place)? {
        let now = core.now()
        return progress.withLock { progress in
            core.state.withLock { state in
                guard let id = progress.execution.hedge(table: state.table, health: state.health, at: now) else {
                    return nil
                }
                state.health.noteHedge(route: known.route.number)
                return (id, state.begin(id, at: now))
            }
        }
    }
}
