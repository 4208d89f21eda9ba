import TransportKit

/// A clock that stands still until a test moves it.
final class TestClock: Clock, Sendable {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct Sleeper {
        var deadline: Instant
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var now = Instant(offset: .zero)
        var sleepers: [Int: Sleeper] = [:]
        var cancelled: Set<Int> = []
        var nextID = 0
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Locked(State())

    var now: Instant { state.withLock { $0.now } }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let isDue = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    if state.cancelled.remove(id) != nil {
                        continuation.resume(returning: false)
                    } else if deadline <= state.now {
                        continuation.resume(returning: true)
                    } else {
                        state.sleepers[id] = Sleeper(deadline: deadline, continuation: continuation)
                        state.waiters.removeAll { waiter in
                            guard state.sleepers.count >= waiter.count else { return false }
                            waiter.continuation.resume()
                            return true
                        }
                    }
                }
            }
        } onCancel: {
            state.withLock { state in
                if let sleeper = state.sleepers.removeValue(forKey: id) {
                    sleeper.continuation.resume(returning: false)
                } else {
                    state.cancelled.insert(id)
                }
            }
        }
        if !isDue { throw CancellationError() }
    }

    /// Moves the time, and wakes who is due in the order of deadlines.
    func advance(by duration: Duration) {
        state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for (id, sleeper) in due.sorted(by: { $0.value.deadline < $1.value.deadline }) {
                state.sleepers[id] = nil
                sleeper.continuation.resume(returning: true)
            }
        }
    }

    /// Returns when at least `count` sleepers wait.
    func waitForSleepers(_ count: Int = 1) async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if state.sleepers.count >= count {
                    continuation.resume()
                } else {
                    state.waiters.append((count, continuation))
                }
            }
        }
    }
}
