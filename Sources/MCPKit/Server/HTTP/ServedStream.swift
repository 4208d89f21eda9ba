internal import TransportKit

/// What answers one request over HTTP: a message, or events; used on its loop only.
final class ServedStream {
    /// What it turned out to be.
    enum Beginning: Sendable {
        /// The answer, and nothing before it.
        case answer(JSONRPCMessage)
        /// Events, to be read.
        case events
        /// Nothing will come.
        case nothing
    }

    private enum Phase {
        /// Nothing has come yet.
        case waiting
        /// The answer came first.
        case answered(JSONRPCMessage)
        case events
    }

    let number: Int
    /// The requests whose answers end the stream.
    private var expected: Set<JSONRPCID>
    private(set) var log: EventLog
    private(set) var isFinished = false
    /// Who reads it now; whoever came before reads no longer.
    private(set) var reader: Int?

    private let loop: EventLoop
    private let endsWithAnswers: Bool
    private var phase: Phase
    private var readers = 0
    private var beginning: CheckedContinuation<Beginning, Never>?
    private var pending: (reader: Int, CheckedContinuation<[UInt8]?, Never>)?
    private var patience: EventLoop.Timer?
    /// Whether nobody waits for the beginning any more.
    private var isAbandoned = false

    /// Events that were not read beyond this make their senders wait.
    private static let room = 256 * 1024

    /// Makes a stream.
    ///
    /// - Parameters:
    ///   - number: Its number in the session.
    ///   - expected: The requests whose answers end it; empty for a stream that goes on.
    ///   - isResumable: Whether a reader may come back to it.
    ///   - loop: Where it is used.
    init(_ number: Int, expecting expected: Set<JSONRPCID>, isResumable: Bool, on loop: EventLoop) {
        self.number = number
        self.expected = expected
        self.loop = loop
        endsWithAnswers = !expected.isEmpty
        log = EventLog(stream: isResumable ? number : nil)
        phase = expected.isEmpty ? .events : .waiting
    }

    var hasRoom: Bool { reader == nil || log.unread < Self.room }
    /// Whether somebody may still want to read it.
    var isEvents: Bool { if case .events = phase { true } else { false } }

    // MARK: Writing

    func send(_ message: JSONRPCMessage, replayLimit: Int) {
        guard !isFinished else { return }
        switch message {
        case .response(let id, _), .failure(let id?, _): expected.remove(id)
        default: break
        }
        let isLast = endsWithAnswers && expected.isEmpty && message.method == nil
        if case .waiting = phase, isLast {
            phase = .answered(message)
            isFinished = true
            return begin(.answer(message))
        }
        becomeEvents(primed: false)
        log.append(message)
        log.trim(to: replayLimit, keepsUnread: reader != nil)
        if isLast { isFinished = true }
        wake()
    }

    /// An answer will not come.
    func withdraw(_ id: JSONRPCID) {
        guard expected.remove(id) != nil, expected.isEmpty else { return }
        finish()
    }

    /// Nothing more will come.
    func finish() {
        isFinished = true
        if case .waiting = phase { begin(.nothing) }
        wake()
    }

    private func becomeEvents(primed: Bool) {
        guard case .waiting = phase else { return }
        phase = .events
        if primed { log.appendPriming() }
        begin(.events)
    }

    // MARK: The beginning

    /// Waits for what it turns out to be.
    ///
    /// - Parameters:
    ///   - patience: How long the answer may take before it becomes a stream of events, so that the connection can be kept alive.
    ///   - primed: Whether the events then begin with an empty one.
    ///   - continuation: Is told.
    func begin(patience: Duration, primed: Bool, _ continuation: CheckedContinuation<Beginning, Never>) {
        switch phase {
        case .answered(let message): return continuation.resume(returning: .answer(message))
        case .events: return continuation.resume(returning: .events)
        case .waiting where isFinished || isAbandoned: return continuation.resume(returning: .nothing)
        case .waiting: break
        }
        beginning = continuation
        self.patience = loop.schedule(after: patience) { [weak self] in self?.becomeEvents(primed: primed) }
    }

    /// Whoever waits for the beginning no longer does.
    func stopBeginning() {
        isAbandoned = true
        begin(.nothing)
    }

    private func begin(_ beginning: Beginning) {
        if let patience { loop.cancel(patience) }
        patience = nil
        self.beginning?.resume(returning: beginning)
        self.beginning = nil
    }

    // MARK: Reading

    /// Somebody begins to read; whoever read before is at the end.
    ///
    /// - Parameter number: The number of the last event that is known already; `nil` to go on where the last reader was.
    /// - Returns: The reader's number.
    func attach(after number: Int? = nil) -> Int {
        endPending()
        if let number { log.rewind(to: number) }
        readers += 1
        reader = readers
        return readers
    }

    /// A reader has gone; `true` if it was the one.
    func detach(_ reader: Int) -> Bool {
        guard self.reader == reader else { return false }
        endPending()
        self.reader = nil
        return true
    }

    func read(_ reader: Int, _ continuation: CheckedContinuation<[UInt8]?, Never>) {
        guard reader == self.reader else { return continuation.resume(returning: nil) }
        if let bytes = log.read() { return continuation.resume(returning: bytes) }
        guard !isFinished, pending == nil else { return continuation.resume(returning: nil) }
        pending = (reader, continuation)
    }

    private func wake() {
        guard let (_, continuation) = pending else { return }
        if let bytes = log.read() {
            pending = nil
            continuation.resume(returning: bytes)
        } else if isFinished {
            endPending()
        }
    }

    private func endPending() {
        let continuation = pending?.1
        pending = nil
        continuation?.resume(returning: nil)
    }
}

extension LoopBound<ServedStream> {
    /// Waits for what the stream turns out to be; `nothing` if the calling task is cancelled.
    func beginning(patience: Duration, primed: Bool) async -> ServedStream.Beginning {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.perform { value.begin(patience: patience, primed: primed, continuation) }
            }
        } onCancel: {
            loop.execute { value.stopBeginning() }
        }
    }
}

/// Reads a stream for whoever sends it on.
final class ServedStreamReader: MCPEventSource {
    private let stream: LoopBound<ServedStream>
    private let number: Int
    /// Hears when events were read, and at last that the reader has gone; called on the loop.
    private let changed: @Sendable (_ isGone: Bool) -> Void

    /// Makes a reader.
    ///
    /// - Parameters:
    ///   - number: What `attach` gave.
    ///   - stream: The stream.
    ///   - changed: Hears when events were read, and once that the reader has gone.
    init(_ number: Int, of stream: LoopBound<ServedStream>, changed: @escaping @Sendable (_ isGone: Bool) -> Void) {
        self.number = number
        self.stream = stream
        self.changed = changed
    }

    deinit {
        Self.leave(stream, number, changed)
    }

    func next() async -> [UInt8]? {
        let (stream, number) = (stream, number)
        let bytes = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                stream.loop.perform { stream.value.read(number, continuation) }
            }
        } onCancel: {
            stream.loop.execute { [changed] in
                if stream.value.detach(number) { changed(true) }
            }
        }
        if bytes == nil {
            cancel()
        } else {
            stream.loop.perform { [changed] in changed(false) }
        }
        return bytes
    }

    func cancel() {
        Self.leave(stream, number, changed)
    }

    private static func leave(
        _ stream: LoopBound<ServedStream>,
        _ number: Int,
        _ changed: @escaping @Sendable (Bool) -> Void
    ) {
        stream.loop.perform {
            if stream.value.detach(number) { changed(true) }
        }
    }
}
