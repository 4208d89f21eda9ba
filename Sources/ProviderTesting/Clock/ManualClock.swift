/// A clock whose time stands still until a test moves it.
///
/// Give it to what is tested in place of the system's clock. Wait until the code under test sleeps, then move the time; no
/// test has to sleep itself:
///
/// ```swift
/// let clock = ManualClock()
/// async let answer = client.ask(clock: clock)     // waits 30 s before its second attempt
/// try await clock.waitForSleepers(1)
/// clock.advance(by: .seconds(30))
/// ```
public final class ManualClock: Clock, Sendable {
    /// A moment: the time since the clock was made.
    public struct Instant: InstantProtocol, Sendable, Hashable {
        /// The time since the clock was made.
        public var offset: Duration

        /// Makes a moment.
        ///
        /// - Parameter offset: The time since the clock was made.
        public init(offset: Duration = .zero) {
            self.offset = offset
        }

        /// The moment that is `duration` later.
        public func advanced(by duration: Duration) -> Instant {
            Instant(offset: offset + duration)
        }

        /// The time from this moment to another.
        public func duration(to other: Instant) -> Duration {
            other.offset - offset
        }

        /// Whether a moment is earlier than another.
        public static func < (left: Instant, right: Instant) -> Bool {
            left.offset < right.offset
        }
    }

    private struct Sleeper: Sendable {
        let id: UInt64
        let deadline: Instant
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State: Sendable {
        var now = Instant()
        var sleepers: [Sleeper] = []
        var cancelled: Set<UInt64> = []
        var nextID: UInt64 = 0
    }

    private let state = Observed(State())

    /// Makes a clock that stands at zero.
    public init() {}

    /// The time as the test has set it.
    public var now: Instant { state.current.now }

    /// Any step of time can be told apart.
    public var minimumResolution: Duration { .zero }

    /// Suspends until the test has moved the time to a moment.
    ///
    /// - Parameters:
    ///   - deadline: The moment.
    ///   - tolerance: Not used: the test decides when time passes.
    /// - Throws: `CancellationError`, at once when the calling task is cancelled.
    public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        let id = state.update { state in
            state.nextID += 1
            return state.nextID
        }
        let isDone = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                add(Sleeper(id: id, deadline: deadline, continuation: continuation))
            }
        } onCancel: {
            cancel(id)
        }
        guard isDone else { throw CancellationError() }
    }

    private func add(_ sleeper: Sleeper) {
        let outcome: Bool? = state.update { state in
            if state.cancelled.remove(sleeper.id) != nil { return false }
            if sleeper.deadline <= state.now { return true }
            state.sleepers.append(sleeper)
            return nil
        }
        if let outcome { sleeper.continuation.resume(returning: outcome) }
    }

    private func cancel(_ id: UInt64) {
        let sleeper: Sleeper? = state.update { state in
            if let place = state.sleepers.firstIndex(where: { $0.id == id }) { return state.sleepers.remove(at: place) }
            state.cancelled.insert(id)
            return nil
        }
        sleeper?.continuation.resume(returning: false)
    }
}

extension ManualClock {
    /// Moves the time, and wakes whom it reaches, the earliest first.
    ///
    /// Those who are woken run after this returns. If they sleep again, a further call wakes them.
    ///
    /// - Parameter duration: How far; not negative.
    public func advance(by duration: Duration) {
        precondition(duration >= .zero, "time does not run backwards")
        wake { $0.advanced(by: duration) }
    }

    /// Moves the time to the moment that the next sleeper waits for, and wakes it; does nothing if nobody sleeps.
    public func advanceToNextSleeper() {
        if let next = state.current.sleepers.map(\.deadline).min() { advance(to: next) }
    }

    /// Moves the time to a moment; does nothing if that has passed.
    ///
    /// - Parameter instant: The moment.
    public func advance(to instant: Instant) {
        wake { max($0, instant) }
    }

    private func wake(movingTo move: (Instant) -> Instant) {
        let due = state.update { state in
            let now = move(state.now)
            state.now = now
            let due = state.sleepers.filter { $0.deadline <= now }
            state.sleepers.removeAll { $0.deadline <= now }
            return due
        }
        for sleeper in due.sorted(by: { ($0.deadline, $0.id) < ($1.deadline, $1.id) }) {
            sleeper.continuation.resume(returning: true)
        }
    }

    /// How many tasks sleep on the clock.
    public var sleeperCount: Int { state.current.sleepers.count }

    /// The earliest moment that a task sleeps until, if any does.
    public var nextDeadline: Instant? { state.current.sleepers.map(\.deadline).min() }

    /// Suspends until at least so many tasks sleep on the clock.
    ///
    /// - Parameter count: How many.
    /// - Throws: `CancellationError` when the calling task is cancelled.
    public func waitForSleepers(_ count: Int) async throws(CancellationError) {
        _ = try await state.first { $0.sleepers.count >= count ? true : nil }
    }

    /// Suspends until a task sleeps until exactly a moment or a later one.
    ///
    /// Helps where others sleep too, for example until a deadline that has been set before.
    ///
    /// - Parameters:
    ///   - earliest: The earliest moment that counts.
    ///   - latest: The latest moment that counts.
    /// - Throws: `CancellationError` when the calling task is cancelled.
    public func waitForSleeper(from earliest: Instant, to latest: Instant) async throws(CancellationError) {
        _ = try await state.first { state in
            state.sleepers.contains { earliest <= $0.deadline && $0.deadline <= latest } ? true : nil
        }
    }
}
