internal import CLinux
internal import Synchronization

/// Several event loops, usually one a core.
///
/// Threads start with the first work given to a loop, and end with `shutdown()` or when the group is released.
public final class EventLoopGroup: Sendable {
    /// The group that is used where none was given; made on first use.
    public static let shared = EventLoopGroup()

    /// The loops.
    public let loops: [EventLoop]

    private let turn = Atomic<Int>(0)

    /// Makes a group.
    ///
    /// - Parameters:
    ///   - count: How many loops; 0 for one a core.
    ///   - clock: What the loops take the time from; tests give their own.
    public init(count: Int = 0, clock: any Clock<Duration> = ContinuousClock()) {
        let count = count > 0 ? count : max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        loops = (0..<count).map { EventLoop(index: $0, clock: clock) }
    }

    deinit {
        for loop in loops { loop.stop() }
    }

    /// The loop that the caller is on if it is one of these, else each in turn.
    public func next() -> EventLoop {
        if let current = EventLoop.current, contains(current) { return current }
        let turn = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return loops[Int(UInt(bitPattern: turn) % UInt(loops.count))]
    }

    /// Whether a loop is one of these.
    func contains(_ loop: EventLoop) -> Bool {
        loops.indices.contains(loop.index) && loops[loop.index] === loop
    }

    /// Ends the loops: what is queued still runs, timers and watches end, and no thread is left on return.
    public func shutdown() async {
        for loop in loops { loop.stop(isAwaited: true) }
        for loop in loops { await loop.shutdown() }
    }
}
