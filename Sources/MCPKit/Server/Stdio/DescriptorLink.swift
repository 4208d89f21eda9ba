internal import Glibc
internal import TransportKit

/// A client at two descriptors, one message a line; used on its loop only.
final class DescriptorLink: ServerOutlet {
    private let loop: EventLoop
    private let limits: MCPServerLimits
    private let suspended = SuspendedRuns()
    private var connection: ServerConnection?
    private var input: Int32
    private var output: Int32
    private var framer: LineFramer
    private var scratch = [UInt8](repeating: 0, count: 64 * 1024)
    private var backlog: [UInt8] = []
    private var backlogStart = 0
    private var isFlushScheduled = false
    private var awaitsRoom = false
    private var isReading = false
    private var hasInputEnded = false
    private var timer: EventLoop.Timer?
    private var hook: EventLoop.ShutdownHook?
    private var isOver = false
    private var waiters: [CheckedContinuation<Void, Never>] = []
    private var farewell: Task<Void, Never>?

    /// More than this waits for the client to read before anything further is read from it.
    private static let room = 1024 * 1024
    /// How long answers may still take when the client has nothing more to say.
    private static let lastWords = Duration.seconds(1)

    init(_ streams: StandardStreams, limits: MCPServerLimits, on loop: EventLoop) {
        self.loop = loop
        self.limits = limits
        input = streams.input
        output = streams.output
        framer = LineFramer(limit: limits.messageSize)
    }

    func begin(_ service: any MCPService, for caller: MCPServedClient.Caller) {
        connection = ServerConnection(
            to: service,
            for: caller,
            .both,
            limits: limits,
            suspended: suspended,
            outlet: self,
            on: loop
        )
        hook = loop.onShutdown { [weak self] in
            self?.hook = nil
            self?.end()
        }
        resumeReading()
    }

    // MARK: Reading

    private func resumeReading() {
        guard !isReading, !hasInputEnded, !isOver, input >= 0 else { return }
        isReading = true
        do {
            try loop.watch(input, for: .readable) { [weak self] _ in self?.read() }
        } catch {
            // A file, which cannot be watched and is always ready.
            readFile()
        }
    }

    private func pauseReading() {
        guard isReading else { return }
        isReading = false
        loop.unwatch(input)
    }

    private func readFile() {
        let bound = LoopBound(self, loop)
        loop.execute {
            guard bound.value.isReading else { return }
            bound.value.read()
            bound.value.readFile()
        }
    }

    private func read() {
        guard isReading else { return }
        let count = unsafe scratch.withUnsafeMutableBytes { unsafe Glibc.read(input, $0.baseAddress, $0.count) }
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 else { return inputEnded() }
        framer.feed(scratch.span.extracting(first: count)) { [self] piece, text in
            switch piece {
            case .line: receive(text)
            case .tooLong: connection?.receivedTooMuch(JSONRPCID(beginning: text))
            }
        }
        if !hasRoom(about: nil) { pauseReading() }
    }

    private func receive(_ text: Span<UInt8>) {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: text)
        } catch {
            connection?.receivedGarbage("a line is no JSON: \(error)")
            return
        }
        connection?.receive(value)
    }

    /// The client has nothing more to say, and may be waiting for answers.
    private func inputEnded() {
        pauseReading()
        hasInputEnded = true
        connection?.endListening()
        timer = loop.schedule(after: Self.lastWords) { [weak self] in self?.end() }
        endIfDone()
    }

    private func endIfDone() {
        guard hasInputEnded, backlogStart == backlog.count, connection?.core.requests.isEmpty ?? true else { return }
        end()
    }

    // MARK: Writing

    func send(_ message: JSONRPCMessage, about id: JSONRPCID?) {
        guard !isOver, output >= 0 else { return }
        message.encode(into: &backlog)
        backlog.append(UInt8(ascii: "\n"))
        guard !isFlushScheduled, !awaitsRoom else { return }
        isFlushScheduled = true
        let bound = LoopBound(self, loop)
        // All that is sent in one turn of the loop is written at once.
        loop.execute {
            bound.value.isFlushScheduled = false
            bound.value.flush()
        }
    }

    func withdraw(_ id: JSONRPCID) {
        guard hasInputEnded else { return }
        let bound = LoopBound(self, loop)
        loop.execute { bound.value.endIfDone() }
    }

    func hasRoom(about id: JSONRPCID?) -> Bool { backlog.count - backlogStart < Self.room }

    private func flush() {
        while output >= 0, backlogStart < backlog.count {
            let count = unsafe backlog.withUnsafeBytes { bytes in
                unsafe Glibc.write(output, bytes.baseAddress?.advanced(by: backlogStart), bytes.count - backlogStart)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return waitForRoom() }
            guard count > 0 else { return end() }
            backlogStart += count
        }
        stopWaitingForRoom()
        backlog.removeAll(keepingCapacity: backlog.capacity <= Self.room)
        backlogStart = 0
        resumeReading()
        connection?.hasRoomAgain()
        endIfDone()
    }

    private func waitForRoom() {
        if backlogStart > backlog.count / 2 {
            backlog.removeFirst(backlogStart)
            backlogStart = 0
        }
        guard !awaitsRoom else { return }
        awaitsRoom = true
        do {
            try loop.watch(output, for: .writable) { [weak self] _ in self?.flush() }
        } catch {
            end()
        }
    }

    private func stopWaitingForRoom() {
        guard awaitsRoom else { return }
        awaitsRoom = false
        loop.unwatch(output)
    }

    // MARK: End

    /// Ends it: what answers is cancelled, and the descriptors are closed.
    func end() {
        guard !isOver else { return }
        isOver = true
        if let timer { loop.cancel(timer) }
        timer = nil
        if let hook { loop.removeShutdownHook(hook) }
        hook = nil
        pauseReading()
        stopWaitingForRoom()
        connection?.end()
        suspended.cancelAll()
        farewell = connection?.farewell
        connection = nil
        close(input)
        close(output)
        input = -1
        output = -1
        backlog = []
        backlogStart = 0
        for waiter in waiters { waiter.resume() }
        waiters = []
    }

    func waitForEnd(_ continuation: CheckedContinuation<Void, Never>) {
        guard !isOver else { return continuation.resume() }
        waiters.append(continuation)
    }

    /// What is left to wait for after the end.
    var departure: Task<Void, Never>? { farewell }
}

extension DescriptorLink {
    /// Serves a client until it leaves, or the calling task is cancelled.
    static func serve(
        _ service: any MCPService,
        at streams: StandardStreams,
        for caller: MCPServedClient.Caller,
        limits: MCPServerLimits,
        on loop: EventLoop
    ) async {
        let link = await loop.run {
            let link = LoopBound(DescriptorLink(streams, limits: limits, on: loop), loop)
            link.value.begin(service, for: caller)
            return link
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.perform { link.value.waitForEnd(continuation) }
            }
        } onCancel: {
            loop.execute { link.value.end() }
        }
        let departure = await loop.run { link.value.departure }
        await departure?.value
    }
}
