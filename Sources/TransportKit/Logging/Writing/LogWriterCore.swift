internal import CLinux
internal import Glibc

/// What the writer and its thread share.
final class LogWriterCore: Sendable {
    struct State: Sendable {
        /// What the thread does, and so whether it must be woken.
        enum Phase: Sendable {
            /// There is no thread yet, or no more.
            case none
            /// It sleeps until there is a line.
            case idle
            /// It lets lines gather.
            case lingering
            /// It writes, and will look again.
            case busy
        }

        struct Target: Sendable {
            var destination: any LogDestination
            var format: LogFormat
        }

        struct Waiter: Sendable {
            var lines: Int
            var continuation: CheckedContinuation<Void, Never>
        }

        var phase = Phase.none
        var pending: [UInt8] = []
        /// Lines taken into the buffer so far, and lines that have left it.
        var accepted = 0
        var finished = 0
        var dropped = 0
        var droppedTotal = 0
        /// Whether what waits must not be left to gather.
        var isUrgent = false
        /// Where lines go; what the writer's own lines look like.
        var target: Target
        /// How much of what waits was taken in before the destination was to be opened anew or changed.
        var reopensAt: Int?
        /// Where lines go from there on, if it is not the same destination opened anew.
        var next: Target?
        /// When a destination that takes nothing is given up for the next, on the monotonic clock.
        var nextDeadline: LoopInstant?
        /// When the thread must end, on the monotonic clock; set once nothing more is taken.
        var closingDeadline: LoopInstant?
        var waiters: [Waiter] = []
    }

    let state: Locked<State>
    private let capacity: Int
    private let lingerMilliseconds: Int32
    private let wakeDescriptor: Int32
    private let closingTime: Duration

    init(
        _ destination: any LogDestination,
        _ format: LogFormat,
        capacity: Int,
        linger: Duration,
        closingTime: Duration
    ) {
        self.closingTime = closingTime
        state = Locked(State(target: State.Target(destination: destination, format: format)))
        self.capacity = capacity
        lingerMilliseconds = Int32(clamping: Int64(linger / .milliseconds(1)))
        wakeDescriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
    }

    deinit {
        close(wakeDescriptor)
    }

    // MARK: For those who log

    func write(_ line: [UInt8], isUrgent: Bool) {
        notify { state in
            guard state.closingDeadline == nil, line.count <= capacity - state.pending.count else {
                state.dropped += 1
                state.droppedTotal += 1
                return false
            }
            state.pending += line
            state.accepted += 1
            if isUrgent || state.pending.count > capacity / 2 { state.isUrgent = true }
            return state.phase != .lingering || state.isUrgent
        }
    }

    func reopen() {
        notify { state in
            guard state.closingDeadline == nil else { return false }
            if state.reopensAt == nil { state.reopensAt = state.pending.count }
            return true
        }
    }

    func move(to destination: any LogDestination, _ format: LogFormat) {
        notify { state in
            guard state.closingDeadline == nil else { return false }
            state.reopensAt = state.pending.count
            state.next = State.Target(destination: destination, format: format)
            state.nextDeadline = LoopClock.monotonic.advanced(by: closingTime)
            return true
        }
    }

    func beginClosing() {
        notify { state in
            if state.closingDeadline == nil {
                state.closingDeadline = LoopClock.monotonic.advanced(by: closingTime)
            }
            // Without a thread there is nothing to end.
            return state.phase != .none
        }
    }

    func flush() async {
        await withCheckedContinuation { continuation in
            notify { state in
                let isDone = state.phase == .none || (state.finished == state.accepted && state.closingDeadline == nil)
                guard !isDone else {
                    continuation.resume()
                    return false
                }
                let isClosing = state.closingDeadline != nil
                // Nobody reaches this number but by the thread's end.
                let lines = isClosing ? Int.max : state.accepted
                state.waiters.append(State.Waiter(lines: lines, continuation: continuation))
                return true
            }
        }
    }

    /// Changes the state, and wakes the thread if the change says so and it is not up.
    private func notify(_ change: (inout State) -> Bool) {
        let mustWake = state.withLock { state in
            guard change(&state) else { return false }
            switch state.phase {
            case .none:
                // Without a thread now, the next line tries again, until there is no room.
                if let thread = SystemThread.start("plex-log", { [self] in run() }) {
                    thread.detach()
                    state.phase = .busy
                }
                return false
            case .idle, .lingering:
                state.phase = .busy
                return true
            case .busy: return false
            }
        }
        if mustWake { _ = eventfd_write(wakeDescriptor, 1) }
    }

    // MARK: The thread

    /// Writes what comes until the writer is closed; the body of the thread.
    func run() {
        var spare: [UInt8] = []
        while true {
            let (dropped, reopensAt, next) = state.withLock { state in
                swap(&state.pending, &spare)
                state.isUrgent = false
                defer { (state.reopensAt, state.next) = (nil, nil) }
                return (state.dropped, state.reopensAt, state.next)
            }
            if let reopensAt {
                // Lines go where the destination was when they were logged.
                write(Array(spare[..<reopensAt]))
                turn(to: next)
                write(Array(spare[reopensAt...]))
            } else {
                write(spare)
            }
            if dropped > 0 { tell(dropped: dropped) }
            let isIdle = spare.isEmpty && dropped == 0
            // Room for usual times is kept, what a bad time needed is not.
            spare.removeAll(keepingCapacity: spare.capacity <= 65_536)
            if finishIfClosing() { return }
            sleep(isIdle: isIdle)
        }
    }

    private var target: State.Target { state.withLock { $0.target } }

    private func turn(to next: State.Target?) {
        guard let next else { return target.destination.reopen() }
        // What is let go of may close a file, which is not done under the lock.
        let former = state.withLock { state in
            defer { (state.target, state.nextDeadline) = (next, nil) }
            return state.target
        }
        withExtendedLifetime(former) {}
    }

    private func write(_ lines: [UInt8]) {
        guard !lines.isEmpty else { return }
        let count = target.destination.write(lines) { isGivenUp }
        let lost = lines[count...].count { $0 == .lineFeed }
        let all = lines.count { $0 == .lineFeed }
        let done = state.withLock { state in
            state.finished += all
            state.dropped += lost
            state.droppedTotal += lost
            let done = state.waiters.filter { $0.lines <= state.finished }
            state.waiters.removeAll { $0.lines <= state.finished }
            return done
        }
        for waiter in done { waiter.continuation.resume() }
    }

    private func tell(dropped: Int) {
        let lines = dropped == 1 ? "1 line was" : "\(dropped) lines were"
        let event = LogEvent(
            level: .warning,
            message: "\(lines) dropped: the log was not written fast enough",
            label: "log",
            timeSinceEpoch: LogEvent.now
        )
        let target = target
        let line = target.format.line(for: event)
        guard target.destination.write(line, isGivenUp: { isGivenUp }) == line.count else { return }
        state.withLock { $0.dropped -= dropped }
    }

    private var isGivenUp: Bool {
        state.withLock { state in
            guard let deadline = state.closingDeadline ?? state.nextDeadline else { return false }
            return LoopClock.monotonic > deadline
        }
    }

    private func finishIfClosing() -> Bool {
        let waiters: [State.Waiter]? = state.withLock { state in
            guard let deadline = state.closingDeadline else { return nil }
            guard state.pending.isEmpty || LoopClock.monotonic > deadline else { return nil }
            // What has come meanwhile is lost too.
            let lost = state.pending.count { $0 == .lineFeed }
            state.pending = []
            state.finished += lost
            state.droppedTotal += lost
            state.phase = .none
            defer { state.waiters = [] }
            return state.waiters
        }
        guard let waiters else { return false }
        for waiter in waiters { waiter.continuation.resume() }
        return true
    }

    private func sleep(isIdle: Bool) {
        let timeout: Int32? = state.withLock { state in
            guard state.closingDeadline == nil, state.reopensAt == nil, !state.isUrgent else { return nil }
            guard state.waiters.isEmpty, state.pending.isEmpty || !isIdle else { return nil }
            state.phase = isIdle ? .idle : .lingering
            return isIdle ? -1 : lingerMilliseconds
        }
        if let timeout {
            var entry = pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0)
            unsafe poll(&entry, 1, timeout)
            var count: eventfd_t = 0
            unsafe eventfd_read(wakeDescriptor, &count)
            state.withLock { $0.phase = .busy }
        }
    }
}
