/// One thread that waits for descriptors, timers and tasks, and runs what became ready, one thing after another.
///
/// A loop is a task executor and a serial executor: a `Task(executorPreference: loop)` and every default actor that it
/// calls run on the loop's thread, and an actor whose `unownedExecutor` is the loop is isolated to it. Code that already
/// runs there finds its loop in `EventLoop.current` and stays on it. Nothing that blocks may run on a loop.
///
/// Loops belong to an `EventLoopGroup`. Their thread starts with the first piece of work.
public final class EventLoop: TaskExecutor, SerialExecutor, @unchecked Sendable {
    // Proof for `@unchecked`: `core` is reached only through `onLoop`, which traps off the loop's thread, and by that
    // thread itself; all else is immutable or behind `shared`.

    /// What one turn of the loop runs before it looks at descriptors again, so that busy tasks cannot starve them.
    private static let jobsPerTurn = 128

    /// The loop's place in its group.
    public let index: Int

    package let clock: LoopClock
    let shared: Locked<Shared>
    private let core: LoopCore

    package init(index: Int = 0, clock: any Clock<Duration> = ContinuousClock()) {
        self.index = index
        self.clock = LoopClock(clock)
        shared = Locked(Shared())
        core = LoopCore()
    }

    // MARK: Work

    /// Runs a task's job on the loop.
    ///
    /// - Parameter job: The job.
    public func enqueue(_ job: consuming ExecutorJob) {
        submit(.job(UnownedJob(job)))
    }

    /// Runs a closure on the loop, after what is already queued.
    ///
    /// - Parameter body: What to run; it must not block.
    public func execute(_ body: @escaping @Sendable () -> Void) {
        submit(.call(body))
    }

    /// Runs a closure on the loop: at once when the caller is on it, else soon.
    package func perform(_ body: @escaping @Sendable () -> Void) {
        if isCurrent {
            body()
        } else {
            submit(.call(body))
        }
    }

    /// Runs a closure on the loop and returns what it makes.
    package func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        if isCurrent { return body() }
        return await withCheckedContinuation { continuation in
            submit(.call { continuation.resume(returning: body()) })
        }
    }

    private func submit(_ work: Work) {
        if isCurrent {
            core.jobs.append(work)
            return
        }
        let mustWake = shared.withLock { shared in
            shared.queue.append(work)
            guard shared.isRunning else {
                startThread(&shared)
                return false
            }
            // One wake-up is enough for whatever is queued until the loop has looked.
            defer { shared.isSleeping = false }
            return shared.isSleeping
        }
        if mustWake { core.poller.wake() }
    }

    // MARK: Identity

    /// Whether the calling thread is the loop's.
    public var isCurrent: Bool { LoopThread.isCurrent(self) }

    /// The loop whose thread this is, if it is one's.
    public static var current: EventLoop? { LoopThread.current }

    /// Traps unless called on the loop's thread.
    public func checkIsolated() {
        precondition(isCurrent, "this must run on its event loop's thread")
    }

    /// Whether the calling thread is the loop's.
    public func isIsolatingCurrentContext() -> Bool? { isCurrent }

    /// What only the loop's thread may touch.
    var onLoop: LoopCore {
        checkIsolated()
        return core
    }

    // MARK: The thread

    private func startThread(_ shared: inout Shared) {
        shared.isRunning = true
        shared.isSleeping = false
        shared.thread = LoopThread.start(self)
    }

    /// Turns until there is nothing left to do after a `stop`; the body of the loop's thread.
    func turnUntilStopped() {
        // Jobs run as those of a task executor only: were they also isolated to the loop, then every return into a function
        // that is isolated to nothing would be a change of executors, and go through the queue. An actor on the loop is
        // isolated all the same, for the loop knows its thread.
        let taskExecutor = unsafe asUnownedTaskExecutor()
        // The loop may have been made long before its thread was needed.
        core.readTime()
        while true {
            let isStopping = takeSharedWork()
            if isStopping { core.runShutdownHooks() }
            var budget = Self.jobsPerTurn
            unsafe runJobs(on: taskExecutor, &budget)
            core.runDueTimers()
            if isStopping, core.jobs.isEmpty, finishIfIdle() { return }
            let events = core.wait(timeout: timeoutBeforeSleep(isStopping: isStopping))
            for index in 0..<events {
                core.handle(index)
                // At once: what follows from an event does not wait for what follows from all others that came with it.
                unsafe runJobs(on: taskExecutor, &budget)
            }
            core.statistics.jobs += Self.jobsPerTurn - budget
        }
    }

    private func runJobs(on taskExecutor: UnownedTaskExecutor, _ budget: inout Int) {
        while budget > 0, let work = core.jobs.popFirst() {
            budget -= 1
            switch work {
            case .job(let job): unsafe job.runSynchronously(on: taskExecutor)
            case .call(let body): body()
            }
        }
    }

    private func takeSharedWork() -> Bool {
        shared.withLock { shared in
            shared.isSleeping = false
            core.jobs.take(&shared.queue)
            return shared.isStopping
        }
    }

    /// Zero if there is work, else the time to the next timer; announces that the loop is about to sleep.
    private func timeoutBeforeSleep(isStopping: Bool) -> Int32 {
        guard core.jobs.isEmpty, !isStopping else { return 0 }
        let timeout = core.millisecondsToNextTimer()
        guard timeout != 0 else { return 0 }
        return shared.withLock { shared in
            shared.statistics = core.figures()
            guard shared.queue.isEmpty, !shared.isStopping else { return 0 }
            shared.isSleeping = true
            return timeout
        }
    }

    private func finishIfIdle() -> Bool {
        shared.withLock { shared in
            guard shared.queue.isEmpty else { return false }
            shared.statistics = core.figures()
            shared.isRunning = false
            for waiter in shared.waiters { waiter.resume() }
            shared.waiters = []
            if !shared.isAwaited {
                // Nobody will join the thread, so it has to clean up after itself.
                shared.thread?.detach()
                shared.thread = nil
            }
            return true
        }
    }

    // MARK: Shutdown

    /// Ends the thread once what is queued has run; work submitted later still runs, on a thread that ends with it.
    ///
    /// - Parameter isAwaited: Whether `shutdown` will be called for the thread's end.
    func stop(isAwaited: Bool = false) {
        let mustWake = shared.withLock { shared in
            if isAwaited { shared.isAwaited = true }
            guard !shared.isStopping else { return false }
            shared.isStopping = true
            guard shared.isRunning else { return false }
            defer { shared.isSleeping = false }
            return shared.isSleeping
        }
        if mustWake { core.poller.wake() }
    }

    /// Stops, and returns when the thread has gone.
    func shutdown() async {
        stop(isAwaited: true)
        await withCheckedContinuation { continuation in
            let isDone = shared.withLock { shared in
                guard shared.isRunning else { return true }
                shared.waiters.append(continuation)
                return false
            }
            if isDone { continuation.resume() }
        }
        let thread = shared.withLock { shared in
            guard !shared.isRunning else { return LoopThread?.none }
            defer {
                shared.thread = nil
                shared.isAwaited = false
            }
            return shared.thread
        }
        thread?.join()
    }

    // MARK: Figures

    /// What the loop has done and holds, as of the last time it went to sleep.
    public var statistics: Statistics { shared.withLock { $0.statistics } }

    /// Figures of a loop.
    public struct Statistics: Sendable, Hashable {
        /// Jobs and closures run.
        public var jobs = 0
        /// Times that the kernel was asked for ready descriptors.
        public var polls = 0
        /// Descriptor events handled.
        public var events = 0
        /// Timers that are waiting.
        public var timers = 0
        /// Descriptors that are watched.
        public var watches = 0
    }

    struct Shared {
        var queue: [Work] = []
        var isRunning = false
        var isSleeping = false
        var isStopping = false
        var isAwaited = false
        var thread: LoopThread?
        var waiters: [CheckedContinuation<Void, Never>] = []
        var statistics = Statistics()
    }
}

/// Something to run on a loop.
enum Work {
    case job(UnownedJob)
    case call(@Sendable () -> Void)
}
