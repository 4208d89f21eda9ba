/// What makes a transfer go on, on its loop.
protocol TransferDriver: AnyObject {
    /// Ends an exchange whose reader no longer wants it.
    func cancel(_ channel: TransferChannel)
    /// Lets an exchange whose reader wants no more end by itself, so that its connection can be used again, but not for long.
    func drain(_ channel: TransferChannel)
    /// The reader has taken what there was.
    func resumeReceiving(_ channel: TransferChannel)
}

/// Waits for the head of an answer; resumed once, by the exchange that holds it, which lets go of it in doing so.
typealias HeadContinuation = UnsafeContinuation<Result<BegunExchange, TransportError>, Never>

/// Where the loop that drives a transfer and the task that reads its body meet.
///
/// The buffer is one array: the loop appends, the reader takes it whole, without going to the loop.
final class TransferChannel: Sendable {
    /// Above this many buffered bytes the transfer is paused.
    static let highWatermark = 64 * 1024

    /// How long an answer whose reader wants no more may take to end, before its connection is given up.
    static let drainLimit = Duration.milliseconds(500)

    // Unchecked continuations, as there is one for each piece of a stream: each is in the state until it is taken out, under
    // the lock, to be resumed.
    @safe private struct State {
        var buffer: [UInt8] = []
        var isPaused = false
        var end: Result<Void, TransportError>?
        var reader: UnsafeContinuation<Bool, Never>?
        /// From the exchange's begin to its end.
        var driver: LoopBound<any TransferDriver>?
    }

    let loop: EventLoop
    private let state = Locked(State())

    init(loop: EventLoop) {
        self.loop = loop
    }

    // MARK: The loop's side

    /// Begins the exchange.
    ///
    /// - Returns: Whether it is still wanted.
    func attach(_ driver: any TransferDriver) -> Bool {
        let driver = LoopBound(driver, loop)
        return state.withLock { state in
            guard state.end == nil else { return false }
            state.driver = driver
            return true
        }
    }

    /// Whether a piece of that size fits; if not, the channel asks for more once it has been emptied.
    func hasRoom(for count: Int) -> Bool {
        state.withLock { state in
            guard !state.buffer.isEmpty, state.buffer.count + count > Self.highWatermark else { return true }
            state.isPaused = true
            return false
        }
    }

    /// Adds a piece.
    ///
    /// - Returns: Whether the reader has enough; the channel asks for more once it has been emptied.
    @discardableResult
    func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let (reader, isFull) = unsafe state.withLock { state in
            guard state.end == nil else { return unsafe (nil as UnsafeContinuation<Bool, Never>?, false) }
            if state.buffer.isEmpty {
                state.buffer = unsafe Array(bytes)
            } else {
                unsafe state.buffer.append(contentsOf: bytes)
            }
            let isFull = state.buffer.count >= Self.highWatermark
            if isFull { state.isPaused = true }
            return unsafe (state.reader.take(), isFull)
        }
        unsafe reader?.resume(returning: true)
        return isFull
    }

    /// How many bytes wait for the reader.
    var buffered: Int { state.withLock { $0.buffer.count } }

    /// The transfer is over; what is buffered can still be read.
    func finish(_ result: Result<Void, TransportError>) {
        let reader = unsafe state.withLock { state in
            if state.end == nil { state.end = result }
            state.driver = nil
            return unsafe state.reader.take()
        }
        unsafe reader?.resume(returning: true)
    }

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
                    onLoop { $0.resumeReceiving($1) }
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

    func takeRest(upTo limit: Int) -> [UInt8]? {
        state.withLock { state in
            guard case .success? = state.end, state.buffer.count <= limit, !state.isPaused else { return nil }
            var bytes: [UInt8] = []
            swap(&bytes, &state.buffer)
            return bytes
        }
    }

    private func waitForChange() async throws(TransportError) {
        // The answer comes through the continuation: Swift 6.3.1 loses the first value of a variable that such a closure
        // captures once enough is inlined.
        let isAlone = await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { continuation in
                let answer = state.withLock { state -> Bool? in
                    guard state.buffer.isEmpty, state.end == nil else { return true }
                    guard unsafe state.reader == nil else { return false }
                    unsafe state.reader = unsafe continuation
                    return nil
                }
                if let answer { unsafe continuation.resume(returning: answer) }
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
            onLoop { $0.drain($1) }
        }
    }

    /// Ends the transfer now, from any thread; what is buffered is dropped.
    func cancel() {
        let (isFirst, reader) = unsafe state.withLock { state in
            state.buffer = []
            guard state.end == nil else { return unsafe (false, nil as UnsafeContinuation<Bool, Never>?) }
            state.end = .failure(TransferErrors.cancelled)
            return unsafe (true, state.reader.take())
        }
        unsafe reader?.resume(returning: true)
        if isFirst {
            onLoop { $0.cancel($1) }
        }
    }
}

extension TransferChannel {
    /// Calls the driver if the exchange runs: at once where the caller is on its loop.
    private func onLoop(_ body: @escaping @Sendable (any TransferDriver, TransferChannel) -> Void) {
        if loop.isCurrent {
            guard let driver = state.withLock({ $0.driver }) else { return }
            body(driver.value, self)
        } else {
            loop.execute { [self] in
                guard let driver = state.withLock({ $0.driver }) else { return }
                body(driver.value, self)
            }
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

    func takeRest(upTo limit: Int) -> [UInt8]? {
        channel.takeRest(upTo: limit)
    }

    func cancel() {
        channel.cancel()
    }

    func release() {
        channel.release()
    }
}
