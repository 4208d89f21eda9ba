/// Work that is given up after a time.
enum Deadline {
    /// Does work unless it takes too long, or the task is cancelled; then it is cancelled and waited for.
    ///
    /// - Returns: What the work came to; `nil` if it was given up.
    static func race<T: Sendable>(
        _ limit: Duration,
        _ clock: any Clock<Duration>,
        _ work: @escaping @Sendable () async -> T
    ) async -> T? {
        await withTaskGroup(of: T?.self) { group in
            group.addTask { await work() }
            group.addTask {
                try? await clock.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}

/// Says how much time has passed on a clock of any kind.
protocol Stopwatch: Sendable {
    var elapsed: Duration { get }
}

struct RunningStopwatch<C: Clock<Duration>>: Stopwatch {
    let clock: C
    let start: C.Instant

    var elapsed: Duration { start.duration(to: clock.now) }
}
