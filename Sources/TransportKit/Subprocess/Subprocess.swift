internal import CLinux
internal import Glibc

/// A program that runs beside this one, and the pipes to it; used on its loop only.
///
/// It has a session of its own. When it ends, for whatever reason, what is left of its process group is killed, and it is reaped. It
/// lives until then, whoever holds it; its owner ends it.
// `@safe`: the scratch buffer lives as long as the object and is reached by `drain` only.
@safe package final class Subprocess {
    /// Who hears of it; called on the loop.
    package struct Handlers: Sendable {
        /// It wrote to its standard output.
        package var output: @Sendable (Span<UInt8>) -> Void
        /// It wrote to its standard error.
        package var errorOutput: @Sendable (Span<UInt8>) -> Void
        /// All that was written to its input has been taken by the system.
        package var inputWritten: @Sendable () -> Void
        /// It closed its standard input or output, and may be alive.
        package var disconnected: @Sendable () -> Void
        /// It has ended, and all that it wrote has been handed over; the last call.
        package var ended: @Sendable (ProcessExit) -> Void

        package init(
            output: @escaping @Sendable (Span<UInt8>) -> Void,
            errorOutput: @escaping @Sendable (Span<UInt8>) -> Void = { _ in },
            inputWritten: @escaping @Sendable () -> Void = {},
            disconnected: @escaping @Sendable () -> Void = {},
            ended: @escaping @Sendable (ProcessExit) -> Void
        ) {
            self.output = output
            self.errorOutput = errorOutput
            self.inputWritten = inputWritten
            self.disconnected = disconnected
            self.ended = ended
        }
    }

    /// The process's number, also that of its group.
    package let processID: Int32
    /// How it ended, once it has.
    package private(set) var exit: ProcessExit?

    private let loop: EventLoop
    private let handlers: Handlers
    private var processDescriptor: Int32
    private var input: Int32
    private var output: Int32
    private var errorOutput: Int32
    private var lifecycle: SubprocessLifecycle
    private var timer: EventLoop.Timer?
    private var shutdownHook: EventLoop.ShutdownHook?

    private var backlog: [UInt8] = []
    private var backlogStart = 0
    private var isFlushScheduled = false
    private var awaitsRoom = false
    private var isInputComplete = false

    // What a pipe holds. Only the part that is used is ever resident.
    private static let scratchSize = 64 * 1024
    private let scratch: UnsafeMutableBufferPointer<UInt8>

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - command: The program.
    ///   - loop: Where it is used.
    ///   - handlers: Who hears of it.
    /// - Returns: The process.
    /// - Throws: `SubprocessError` with code `notFound` or `launch`.
    package static func launch(
        _ command: SubprocessCommand,
        on loop: EventLoop,
        handlers: Handlers
    ) async throws(SubprocessError) -> LoopBound<Subprocess> {
        let spawned = try await start(command)
        let started: Result<LoopBound<Subprocess>, SubprocessError> = await loop.run {
            let process = Subprocess(spawned, loop: loop, handlers: handlers)
            do throws(TransportError) {
                try process.watch()
                return .success(LoopBound(process, loop))
            } catch {
                process.killNow()
                return .failure(SubprocessError(.launch, "\(command.shownProgram) cannot be watched: \(error.message)"))
            }
        }
        return try started.get()
    }

    // A loop of its own: starting blocks until the program's file is loaded. And its thread stays: to the system the thread is the
    // parent, and one of the concurrent pool ends when it has nothing to do, which bubblewrap takes for the end of this program
    // (prctl(2), PR_SET_PDEATHSIG).
    private static let launcher = EventLoopGroup(count: 1)

    private static func start(_ command: SubprocessCommand) async throws(SubprocessError) -> SpawnedProcess {
        let result: Result<SpawnedProcess, SubprocessError> = await launcher.loops[0].run {
            do throws(SubprocessError) {
                return .success(try SpawnedProcess.start(command))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private init(_ spawned: SpawnedProcess, loop: EventLoop, handlers: Handlers) {
        processID = spawned.processID
        processDescriptor = spawned.processDescriptor
        input = spawned.input
        output = spawned.output
        errorOutput = spawned.errorOutput
        self.loop = loop
        self.handlers = handlers
        lifecycle = SubprocessLifecycle()
        unsafe scratch = .allocate(capacity: Self.scratchSize)
    }

    deinit {
        unsafe scratch.deallocate()
    }

    // The loop holds the process by these closures until it has ended.
    private func watch() throws(TransportError) {
        guard !loop.isStopping else { throw TransportError(.other, "the event loop is shutting down") }
        try loop.watch(output, for: .readable) { [self] _ in readOutput() }
        try loop.watch(errorOutput, for: .readable) { [self] _ in readErrorOutput() }
        try loop.watch(processDescriptor, for: .readable) { [self] _ in processEnded() }
        shutdownHook = loop.onShutdown { [self] in
            shutdownHook = nil
            killNow()
        }
    }
}

// MARK: - Output

extension Subprocess {
    private func readOutput() {
        switch drain(output, handlers.output) {
        case .more, .empty: break
        case .end:
            close(&output)
            handlers.disconnected()
        }
    }

    private func readErrorOutput() {
        if case .end = drain(errorOutput, handlers.errorOutput) { close(&errorOutput) }
    }

    private enum Drained {
        case more
        case empty
        case end
    }

    /// Reads once: a read that leaves room in the buffer has emptied the pipe, and else the loop calls again.
    private func drain(_ descriptor: Int32, _ handler: (Span<UInt8>) -> Void) -> Drained {
        guard descriptor >= 0 else { return .end }
        let count = unsafe Glibc.read(descriptor, scratch.baseAddress, scratch.count)
        if count > 0 {
            handler(unsafe UnsafeBufferPointer(rebasing: scratch[..<count]).span)
            return count < Self.scratchSize ? .empty : .more
        }
        if count < 0, errno == EAGAIN || errno == EINTR { return .empty }
        return .end
    }
}

// MARK: - Input

extension Subprocess {
    /// How many bytes wait to be written to its standard input.
    package var inputBacklog: Int { backlog.count - backlogStart }

    /// Whether its standard input can be written to.
    package var isInputOpen: Bool { input >= 0 }

    /// Adds to what is written to its standard input; all that is added in one turn of the loop is written at once.
    ///
    /// - Parameter add: Appends to what waits.
    package func write(_ add: (inout [UInt8]) -> Void) {
        guard input >= 0 else { return }
        add(&backlog)
        guard !isFlushScheduled, !awaitsRoom else { return }
        isFlushScheduled = true
        let bound = LoopBound(self, loop)
        loop.execute {
            bound.value.isFlushScheduled = false
            bound.value.flush()
        }
    }

    /// Closes its standard input once all is written.
    package func closeInputWhenWritten() {
        isInputComplete = true
        if inputBacklog == 0 { closeInput() }
    }

    private func flush() {
        while input >= 0, backlogStart < backlog.count {
            let count = unsafe backlog.withUnsafeBytes { bytes in
                unsafe Glibc.write(input, bytes.baseAddress?.advanced(by: backlogStart), bytes.count - backlogStart)
            }
            if count >= 0 {
                backlogStart += count
            } else if errno == EAGAIN {
                return waitForRoom()
            } else if errno != EINTR {
                closeInput()
                return handlers.disconnected()
            }
        }
        backlog.removeAll(keepingCapacity: backlog.capacity <= Self.scratchSize)
        backlogStart = 0
        stopWaitingForRoom()
        if isInputComplete { return closeInput() }
        handlers.inputWritten()
        perform(lifecycle.flushed())
    }

    private func waitForRoom() {
        if backlogStart > backlog.count / 2 {
            backlog.removeFirst(backlogStart)
            backlogStart = 0
        }
        guard !awaitsRoom else { return }
        awaitsRoom = true
        do {
            try loop.watch(input, for: .writable) { [self] _ in flush() }
        } catch {
            closeInput()
            handlers.disconnected()
        }
    }

    private func stopWaitingForRoom() {
        guard awaitsRoom else { return }
        awaitsRoom = false
        loop.unwatch(input)
    }

    private func closeInput() {
        stopWaitingForRoom()
        close(&input)
        backlog = []
        backlogStart = 0
    }
}

// MARK: - End

extension Subprocess {
    /// Begins to end it: closes its input, waits, asks its group to end, waits, kills its group.
    package func beginEnd() {
        perform(lifecycle.end(hasBacklog: inputBacklog > 0))
    }

    /// Kills its group.
    package func kill() {
        perform(lifecycle.kill())
    }

    private func perform(_ actions: [SubprocessLifecycle.Action]) {
        for action in actions {
            switch action {
            case .closeInput: closeInput()
            case .ask: Glibc.kill(-processID, SIGTERM)
            case .kill: Glibc.kill(-processID, SIGKILL)
            case .startTimer(let delay):
                if let timer { loop.cancel(timer) }
                timer = loop.schedule(after: delay) { [self] in
                    timer = nil
                    perform(lifecycle.timeIsUp())
                }
            case .stopTimer:
                if let timer { loop.cancel(timer) }
                timer = nil
            case .giveUp: finish(.unknown)
            }
        }
    }

    private func processEnded() {
        // The number is the dead process's until it is reaped, so the signal reaches its own group and no other.
        LiveProcesses.end(processID)
        var status: Int32 = 0
        let reaped = unsafe waitpid(processID, &status, WNOHANG)
        guard reaped != 0 else { return }
        finish(reaped == processID ? ProcessExit(waitStatus: status) : .unknown)
    }

    private func finish(_ exit: ProcessExit) {
        guard self.exit == nil else { return }
        perform(lifecycle.exited())
        // What it wrote before it ended is in the pipes; whoever else holds them gets no more than a few buffers' worth.
        for _ in 0..<32 {
            guard case .more = drain(output, handlers.output) else { break }
        }
        for _ in 0..<32 {
            guard case .more = drain(errorOutput, handlers.errorOutput) else { break }
        }
        guard self.exit == nil else { return }
        self.exit = exit
        closeInput()
        close(&output)
        close(&errorOutput)
        close(&processDescriptor)
        if let shutdownHook { loop.removeShutdownHook(shutdownHook) }
        shutdownHook = nil
        handlers.ended(exit)
    }

    /// For a loop that is about to stop: nothing would tell of the end any more.
    private func killNow() {
        guard exit == nil else { return }
        LiveProcesses.end(processID)
        var status: Int32 = 0
        let reaped = unsafe waitpid(processID, &status, 0)
        finish(reaped == processID ? ProcessExit(waitStatus: status) : .unknown)
    }

    private func close(_ descriptor: inout Int32) {
        guard descriptor >= 0 else { return }
        loop.unwatch(descriptor)
        Glibc.close(descriptor)
        descriptor = -1
    }
}
