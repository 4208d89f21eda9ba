internal import TransportKit

/// The connection to a child process, on its loop.
final class StdioConnection {
    static let notOpen = MCPError(.closed, "there is no connection to the server")

    private let loop: EventLoop
    private let limits: StdioTransport.Limits
    private var deliver: @Sendable (TransportEvent) -> Void
    private var process: Subprocess?
    private var framer: LineFramer
    private var errorLog: ErrorOutputLog
    private var waiting: [ObjectIdentifier: CheckedContinuation<Void, Never>] = [:]
    private var closers: [CheckedContinuation<Void, Never>] = []
    private var isKnown = false
    private var isClosing = false
    private var hasEnded = false
    private var isClosedTold = false

    init(
        _ loop: EventLoop,
        limits: StdioTransport.Limits,
        logger: Logger,
        deliver: @escaping @Sendable (TransportEvent) -> Void
    ) {
        self.loop = loop
        self.limits = limits
        self.deliver = deliver
        framer = LineFramer(limit: limits.messageSize)
        errorLog = ErrorOutputLog(logger: logger, limit: limits.errorOutput)
    }

    var errorTail: String { errorLog.tail }
    var processID: Int32? { process?.processID }

    func begin(_ process: Subprocess) {
        guard !hasEnded else { return }
        self.process = process
        if isClosing { process.beginEnd() }
    }

    func launchFailed() {
        hasEnded = true
        for closer in closers { closer.resume() }
        closers = []
    }

    // MARK: Sending

    func sendNow(_ message: JSONRPCMessage) throws(MCPError) -> Bool {
        guard let process, !isClosing, !isClosedTold, process.isInputOpen else {
            throw MCPError(.closed, "the server is gone, or closed its standard input")
        }
        guard process.inputBacklog < limits.backlog else { return false }
        noteAgreement(message)
        var size = 0
        process.write { bytes in
            let start = bytes.count
            message.encode(into: &bytes)
            size = bytes.count - start
            if size > limits.messageSize {
                bytes.removeSubrange(start...)
            } else {
                bytes.append(UInt8(ascii: "\n"))
            }
        }
        guard size <= limits.messageSize else {
            throw MCPError(.tooLarge, "a message of \(size) bytes is larger than the limit of \(limits.messageSize)")
        }
        return true
    }

    /// After the questions by which the server is got to know, anything that it is sent means that it is known.
    private func noteAgreement(_ message: JSONRPCMessage) {
        guard !isKnown else { return }
        switch message.method {
        case "server/discover", "initialize", "notifications/cancelled", nil: break
        default:
            isKnown = true
            errorLog.agreed()
        }
    }

    func wait(_ waiter: RoomWaiter, _ continuation: CheckedContinuation<Void, Never>) {
        let id = ObjectIdentifier(waiter)
        let hasRoom = process.map { $0.inputBacklog < limits.backlog } ?? true
        guard !waiter.isCancelled, !hasRoom, !isClosing, !isClosedTold else { return continuation.resume() }
        waiting[id] = continuation
    }

    func stopWaiting(_ waiter: RoomWaiter) {
        waiter.isCancelled = true
        waiting.removeValue(forKey: ObjectIdentifier(waiter))?.resume()
    }

    func inputWritten() {
        guard !waiting.isEmpty else { return }
        let all = waiting
        waiting = [:]
        for continuation in all.values { continuation.resume() }
    }

    // MARK: Receiving

    func received(_ bytes: Span<UInt8>) {
        guard !isClosedTold else { return }
        framer.feed(bytes) { [deliver, limits] piece, text in
            switch piece {
            case .line:
                JSONRPCDecoder.decode(text) { finding in
                    switch finding {
                    case .message(let message): deliver(.message(message))
                    case .garbage(let id?, let reason):
                        deliver(.lost(request: id, MCPError(.protocolViolation, reason)))
                    case .garbage(nil, let reason): deliver(.garbage(MCPError(.protocolViolation, reason)))
                    }
                }
            case .tooLong:
                let error = MCPError(
                    .tooLarge,
                    "the server sent a message larger than the limit of \(limits.messageSize) bytes"
                )
                deliver(JSONRPCID(beginning: text).map { .lost(request: $0, error) } ?? .garbage(error))
            }
        }
    }

    func receivedError(_ bytes: Span<UInt8>) {
        errorLog.append(bytes, now: loop.now)
    }

    // MARK: End

    /// The server closed a pipe; mostly its process ends at the same moment, and how is worth a short wait.
    func disconnected() {
        guard !isClosing else { return }
        process?.beginEnd()
        loop.schedule(afterSystemTime: .milliseconds(20)) { [self] in
            tellClosed(MCPError(.closed, "the server closed its standard input or output"))
        }
    }

    func ended(_ exit: ProcessExit) {
        hasEnded = true
        process = nil
        errorLog.finish()
        var error = MCPError(.closed, "the server's process \(exit)\(errorLog.place)")
        error.errorOutput = errorTail.isEmpty ? nil : errorTail
        tellClosed(isClosing ? nil : error)
        for closer in closers { closer.resume() }
        closers = []
    }

    func close(_ continuation: CheckedContinuation<Void, Never>) {
        guard !hasEnded else { return continuation.resume() }
        isClosing = true
        closers.append(continuation)
        process?.beginEnd()
        inputWritten()
    }

    private func tellClosed(_ error: MCPError?) {
        guard !isClosedTold else { return }
        isClosedTold = true
        inputWritten()
        deliver(.closed(error))
        // The session owns the transport and the transport the session's closure, until here.
        deliver = { _ in }
    }
}
