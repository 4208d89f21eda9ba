internal import CLinux

/// A moment on a loop's clock, in nanoseconds from an origin of the loop's own.
package struct LoopInstant: Sendable, Hashable, Comparable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The moment that is `duration` later; the far future where that cannot be expressed.
    package func advanced(by duration: Duration) -> LoopInstant {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
        return LoopInstant(nanoseconds: overflow ? .max : sum)
    }

    package func duration(to other: LoopInstant) -> Duration {
        .nanoseconds(other.nanoseconds.subtractingReportingOverflow(nanoseconds).partialValue)
    }
}

extension Duration {
    /// Whole nanoseconds, rounded towards zero, at most what fits.
    package var wholeNanoseconds: Int64 {
        // Up to an hour it takes one division by a constant: 10⁹ attoseconds are 2⁹ · 5⁹. Splitting 128 bits costs ten times
        // as much, and every exchange sets several deadlines.
        let scaled = attoseconds >> 9
        if scaled >= 0, let scaled = Int64(exactly: scaled) { return scaled / 1_953_125 }
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, overflow2) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflow2 ? .max : sum
    }
}

/// What a loop reads the time from.
///
/// The continuous clock is read as the kernel's monotonic one, and its timers end an epoll wait. Any other clock (a
/// test's) is asked through its protocol, and its timers are tasks that sleep on it.
package struct LoopClock: Sendable {
    /// A clock that is not the system's, its instants counted from when the loop was made.
    struct Virtual: Sendable {
        let now: @Sendable () -> LoopInstant
        let sleep: @Sendable (LoopInstant) async throws -> Void
    }

    let virtual: Virtual?

    init(_ clock: any Clock<Duration>) {
        virtual = clock is ContinuousClock ? nil : Self.virtual(clock)
    }

    private static func virtual<C: Clock<Duration>>(_ clock: C) -> Virtual {
        let origin = clock.now
        return Virtual(
            now: { LoopInstant(nanoseconds: 0).advanced(by: origin.duration(to: clock.now)) },
            sleep: { try await clock.sleep(until: origin.advanced(by: .nanoseconds($0.nanoseconds)), tolerance: nil) }
        )
    }

    /// The kernel's monotonic time.
    static var monotonic: LoopInstant {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return LoopInstant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
