/// Where the loop that drives a transfer and the task that reads its body meet.
///
/// The buffer is one array: the loop appends, the reader takes it whole, without going to the loop.
final class TransferChannel: Sendable {
    /// Above this many buffered bytes the transfer is paused.
    static let highWatermark = 64 * 1024

    private struct State {
        var buffer: [UInt8] = []
        var isPaused = false
        var end: Result<Void, TransportError>?
        var reader: CheckedContinuation<Bool, Never>?
    }

    private let driver: LoopBound<CurlDriver>
    private let state = Locked(State())

    init(driver: LoopBound<CurlDriver>) {
        self.driver = driver
    }

    // MARK: The loop's side

    /// Whether a piece of that size fits; if not, the channel asks for more once it has been emptied.
    func hasRoom(for count: Int) -> Bool {
        state.withLock { state in
            guard !state.buffer.isEmpty, state.buffer.count + count > Self.highWatermark else { return true }
            state.isPaused = true
            return false
        }
    }

    func append(_ bytes: UnsafeRawBufferPointer) {
        let reader = state.withLock { state in
            guard state.end == nil else { return nil as CheckedContinuation<Bool, Never>? }
            if state.buffer.isEmpty {
                state.buffer = unsafe Array(bytes)
            } else {
                unsafe state.buffer.append(contentsOf: bytes)
            }
            return state.reader.take()
        }
        reader?.resume(returning: true)
    }

    /// The transfer is over; what is buffered can still be read.
    func finish(_ result: Result<Void, TransportError>) {
        let reader = state.withLock { state in
            if state.end == nil { state.end = result }
            return state.reader.take()
        }
        reader?.resume(returning: true)
    }

    var isFinished: Bool { state.withLock { $0.end != nil } }

    // MARK: The reader's side

    private enum Step {
        case piece([UInt8], mustResume: Bool)
        case end(Result<Void, TransportError>)
        case wait
    }

    func next() async throws(TransportError) -> [UInt8]? {
        if Task.isCancelled { cancel() }
        while true {
            switch takeStep() {
            case .piece(let bytes, let mustResume):
                if mustResume {
                    driver.loop.execute { [self] in driver.value.resumeReceiving(self) }
                }
                return bytes
            case .end(let result):
                try result.get()
                return nil
            case .wait:
                try await waitForChange()
            }
        }
    }

    private func takeStep() -> Step {
        state.withLock { state in
            if !state.buffer.isEmpty {
                var bytes: [UInt8] = []
                swap(&bytes, &state.buffer)
                defer { state.isPaused = false }
                return .piece(bytes, mustResume: state.isPaused)
            }
            return state.end.map { .end($0) } ?? .wait
        }
    }

    private func waitForChange() async throws(TransportError) {
        // The answer comes through the continuation: Swift 6.3.1 loses the first value of a variable that such a closure
        // captures once enough is inlined.
        let isAlone = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Bool? in
                    guard state.buffer.isEmpty, state.end == nil else { return true }
                    guard state.reader == nil else { return false }
                    state.reader = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            cancel()
        }
        if !isAlone { throw TransportError(.other, "the body is already being read by another task") }
    }

    /// What still comes is not wanted: it is dropped, and the connection is kept if the answer ends soon.
    func release() {
        let isFirst = state.withLock { state in
            state.buffer = []
            guard state.end == nil else { return false }
            state.end = .success(())
            return true
        }
        if isFirst {
            driver.loop.execute { [self] in driver.value.drain(self) }
        }
    }

    /// Ends the transfer now, from any thread; what is buffered is dropped.
    func cancel() {
        let (isFirst, reader) = state.withLock { state in
            state.buffer = []
            guard state.end == nil else { return (false, nil as CheckedContinuation<Bool, Never>?) }
            state.end = .failure(TransportError(.cancelled, "the request was cancelled"))
            return (true, state.reader.take())
        }
        reader?.resume(returning: true)
        if isFirst {
            driver.loop.perform { [self] in driver.value.cancel(self) }
        }
    }
}

/// The body of an answer that is still coming: the transfer ends when it is released.
final class TransferBody: HTTPBody.Source {
    private let channel: TransferChannel

    init(_ channel: TransferChannel) {
        self.channel = channel
    }

    deinit {
        channel.cancel()
    }

    func next() async throws(TransportError) -> [UInt8]? {
        try await channel.next()
    }

    func cancel() {
        channel.cancel()
    }

    func release() {
        channel.release()
    }
}
