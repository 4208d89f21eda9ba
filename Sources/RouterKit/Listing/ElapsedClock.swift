/// A clock of any kind, read as the time since it was wrapped.
package struct ElapsedClock: Sendable {
    /// The time since it was wrapped.
    package let now: @Sendable () -> Duration
    /// Waits; `false` if the task was cancelled before the end.
    package let sleep: @Sendable (Duration) async -> Bool

    package init(_ clock: some Clock<Duration>) {
        let start = clock.now
        if let start = start as? ContinuousClock.Instant {
            // Read several times a request, and a clock of any kind costs three times as much.
            now = { start.duration(to: .now) }
        } else {
            now = { start.duration(to: clock.now) }
        }
        sleep = { duration in
            do {
                try await clock.sleep(until: clock.now.advanced(by: duration), tolerance: nil)
                return true
            } catch {
                return false
            }
        }
    }
}
