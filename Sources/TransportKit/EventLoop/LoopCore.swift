/// The part of a loop that only its own thread touches.
final class LoopCore {
    var jobs = WorkQueue()
    var timers = LoopTimers()
    var watches = WatchTable()
    var statistics = EventLoop.Statistics()
    var shutdownHooks: [(number: Int, body: () -> Void)] = []
    var hookNumber = 0
    let poller = Poller()
    /// The system's monotonic time at the start of this turn.
    private(set) var now = LoopClock.monotonic

    func readTime() {
        now = LoopClock.monotonic
    }

    func runDueTimers() {
        readTime()
        // Timers that these add are due later or in the next turn, so that they cannot keep descriptors waiting.
        let turn = now
        let newest = timers.newest
        while let body = timers.popDue(turn, upTo: newest) { body() }
    }

    /// Rounded up, so that a timer never wakes the loop before its time; -1 without timers.
    func millisecondsToNextTimer() -> Int32 {
        guard let deadline = timers.nextDeadline else { return -1 }
        let left = deadline.nanoseconds - now.nanoseconds
        guard left > 0 else { return 0 }
        return Int32(clamping: (left + 999_999) / 1_000_000)
    }

    /// Waits for events, and returns how many there are.
    func wait(timeout: Int32) -> Int {
        let count = poller.wait(timeout: timeout)
        readTime()
        statistics.polls += 1
        return count
    }

    /// Handles one of the events that `wait` has found.
    func handle(_ index: Int) {
        let (token, events) = poller[index]
        guard let handler = watches.handler(of: token) else { return }
        statistics.events += 1
        handler(events)
    }

    func runShutdownHooks() {
        while let hook = shutdownHooks.popLast() { hook.body() }
        timers.removeAll()
    }

    func figures() -> EventLoop.Statistics {
        statistics.timers = timers.count
        statistics.watches = watches.count
        return statistics
    }
}
