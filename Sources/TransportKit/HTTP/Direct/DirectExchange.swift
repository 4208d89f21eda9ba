internal import Synchronization

/// One exchange over a connection of our own: what comes goes through the answer's reader and the state machine to the
/// channel.
// `@safe`: the continuation is taken out to be resumed.
@safe final class DirectExchange: TransferDriver {
    let target: DirectTarget
    let errors: TransferErrors
    let channel: TransferChannel
    let pool: DirectPool
    var machine: TransferStateMachine
    /// The request, until it will not be sent (again).
    var plan: RequestPlan?
    var connection: DirectConnection?

    // What is being sent; used by the part that sends.
    var upload: UploadSource?
    var pending: [ArraySlice<UInt8>] = []
    var isChunked = false
    var hasSentBytes = false

    private var continuation: HeadContinuation?
    private var reader: AnswerReader
    private var inflater: Inflater?
    private let decompresses: Bool
    private var hasReceivedBytes = false
    private var isRepeated = false
    private var isDraining = false
    /// While no connection's timer can be used, or beside it.
    private var timer: EventLoop.Timer?

    var loop: EventLoop { pool.loop }

    init(
        _ plan: RequestPlan,
        to target: DirectTarget,
        _ channel: TransferChannel,
        pool: DirectPool,
        _ continuation: HeadContinuation
    ) {
        self.target = target
        self.channel = channel
        self.pool = pool
        self.plan = plan
        unsafe self.continuation = unsafe continuation
        errors = TransferErrors(plan)
        decompresses = plan.decompresses
        reader = AnswerReader(
            headLimit: pool.configuration.maximumHeaderSize,
            isForHead: plan.request.method == "HEAD"
        )
        machine = TransferStateMachine(
            timeouts: plan.request.timeouts,
            bodyLimit: plan.request.isStreaming ? nil : pool.configuration.maximumResponseSize,
            isRepeatable: plan.isRepeatable && !plan.hasStreamedBody,
            start: pool.loop.now,
            end: plan.end
        )
    }

    /// Whether a request is one of those that can be sent without libcurl.
    static func canSend(_ plan: RequestPlan) -> Bool {
        switch plan.request.method {
        // Tunnels are made for no one.
        case "CONNECT": false
        case "HEAD": !plan.hasStreamedBody
        default: true
        }
    }

    // MARK: Connection

    func begin() {
        pool.acquire(for: self, isFresh: false)
        if machine.state == .connecting { armTimer() }
    }

    /// The connection stands.
    func didConnect() {
        cancelTimer()
        pool.figures.connected.add(isRepeated ? 0 : 1, ordering: .relaxed)
        transmit()
    }

    func connectFailed(_ number: Int32) {
        connection = nil
        finish(.failure(errors.connect(number, SystemError.text(number))))
    }

    /// The connection has broken, or its peer has closed it.
    ///
    /// - Parameter inOrder: Whether the peer closed it in an orderly way.
    func connectionEnded(inOrder: Bool) {
        guard machine.state != .ended else { return }
        if !hasReceivedBytes, !isRepeated, let connection, connection.exchangesBefore > 0 {
            return repeatRequest()
        }
        guard inOrder else { return finish(.failure(errors.closed(hasHead: machine.hasHead))) }
        switch reader.closed() {
        case .end: complete()
        case .failed(.headless): finish(.failure(errors.headless))
        case .failed(.cut): finish(.failure(errors.cut))
        default: finish(.failure(errors.closed(hasHead: false)))
        }
    }

    /// A kept connection was dead: a new one is tried where that does no harm.
    private func repeatRequest() {
        guard machine.canRepeat(hasSentBytes: hasSentBytes), plan != nil else {
            return finish(.failure(errors.notRepeated))
        }
        isRepeated = true
        upload?.cancel()
        upload = nil
        pending = []
        let connection = connection.take()
        connection?.release(canKeep: false)
        pool.acquire(for: self, isFresh: true)
        armTimer()
    }

    // MARK: Receiving

    /// How much to read at most: nothing while the reader holds the answer back.
    var bytesToRead: Int {
        if machine.isPaused { return 0 }
        if isDraining || machine.state != .receiving { return DirectPool.scratchSize }
        return max(0, TransferChannel.highWatermark + 16 * 1024 - channel.buffered)
    }

    /// Bytes came; they may be moved within the buffer.
    func received(_ bytes: UnsafeMutableRawBufferPointer) {
        hasReceivedBytes = true
        var position = 0
        var isFull = false
        // Pieces of a chunked body that came together are handed on together.
        var piece = 0..<0
        while machine.state != .ended {
            let event = unsafe reader.next(bytes.assumingMemoryBound(to: UInt8.self).span, &position)
            if case .body(let range) = event {
                if piece.isEmpty {
                    piece = range
                } else {
                    let joined = piece.upperBound..<(piece.upperBound + range.count)
                    unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[joined]).copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: bytes[range])
                    )
                    piece = piece.lowerBound..<joined.upperBound
                }
                continue
            }
            if !piece.isEmpty {
                isFull = unsafe deliver(UnsafeRawBufferPointer(rebasing: bytes[piece]))
                piece = 0..<0
            }
            switch event {
            case .needsMore:
                if isFull, machine.holdBack() { pool.figures.paused.add(1, ordering: .relaxed) }
                return
            case .head(let head): receivedHead(head)
            case .body: break
            case .end: return complete(hasMore: position < bytes.count)
            case .failed(let failure): finish(.failure(error(failure)))
            }
        }
    }

    private func receivedHead(_ head: ResponseHead) {
        var head = head
        guard machine.receivedHead() else { return }
        // The server has answered: the request is not sent again.
        plan = nil
        if decompresses, let encoding = head.fields["content-encoding"] {
            // These describe the bytes as sent, which the reader does not get.
            head.fields["content-encoding"] = nil
            head.fields["content-length"] = nil
            inflater = Inflater(encoding: encoding)
            if inflater == nil, !encoding.isEmpty, encoding.lowercased() != "identity" {
                return finish(.failure(errors.badEncoding))
            }
        }
        unsafe continuation.take()?.resume(returning: .success(BegunExchange(head: head, end: machine.end)))
    }

    /// Hands on a part of the body; returns whether the reader has enough.
    private func deliver(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard machine.state != .ended else { return false }
        guard let inflater else { return unsafe append(bytes) }
        var isFull = false
        let isRight = unsafe inflater.inflate(bytes) { output in
            isFull = unsafe append(output)
            return machine.state != .ended
        }
        if !isRight { finish(.failure(errors.badEncoding)) }
        return isFull
    }

    private func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let wasReceiving = machine.state == .receiving
        switch machine.receivedPiece(bytes.count, hasRoom: true, at: loop.now) {
        case .accept:
            // While pieces come the deadline only moves away, and the timer finds that out when it fires.
            if !wasReceiving { armTimer() }
            return unsafe channel.append(bytes)
        case .fail:
            finish(.failure(errors.bodyTooLarge(pool.configuration.maximumResponseSize)))
            return false
        case .pause, .abort: return false
        }
    }

    private func error(_ failure: AnswerReader.Failure) -> TransportError {
        switch failure {
        case .headTooLarge: errors.headTooLarge(pool.configuration.maximumHeaderSize)
        case .badChunk: errors.badChunk
        default: errors.malformed
        }
    }

    /// The answer is whole.
    private func complete(hasMore: Bool = false) {
        if let inflater, machine.state == .receiving, !inflater.isComplete {
            return finish(.failure(errors.badEncoding))
        }
        finish(.success(()), canKeep: reader.keepsConnection && !hasMore && isSent)
    }

    // MARK: The reader's side

    func cancel(_ channel: TransferChannel) {
        finish(.failure(TransferErrors.cancelled))
    }

    func drain(_ channel: TransferChannel) {
        guard machine.state != .ended else { return }
        isDraining = true
        cancelTimer()
        timer = loop.schedule(after: TransferChannel.drainLimit) { [unowned self] in
            timer = nil
            finish(.failure(TransferErrors.cancelled))
        }
        resumeReceiving(channel)
    }

    func resumeReceiving(_ channel: TransferChannel) {
        guard machine.drained(at: loop.now) else { return }
        pool.figures.paused.subtract(1, ordering: .relaxed)
        armTimer()
        connection?.read()
    }

    // MARK: Time

    /// Must wait for a connection.
    func armTimer() {
        guard let deadline = machine.deadline?.at else { return }
        if let connection { return connection.armTimer(at: deadline) }
        guard timer == nil else { return }
        timer = loop.schedule(at: deadline) { [unowned self] in
            timer = nil
            timerDidFire()
        }
    }

    private func cancelTimer() {
        if let timer { loop.cancel(timer) }
        timer = nil
    }

    func timerDidFire() {
        switch machine.timerFired(at: loop.now) {
        case .none: break
        case .wait: armTimer()
        case .fail(let phase):
            finish(.failure(errors.timeout(phase, isSending: machine.state == .sending)))
        }
    }

    // MARK: End

    /// Ends the exchange, and closes its connection unless that can be kept.
    func finish(_ result: Result<Void, TransportError>, canKeep: Bool = false) {
        let isConnected = machine.state != .connecting
        guard machine.ended() else { return }
        pool.figures.inFlight.subtract(1, ordering: .relaxed)
        if isConnected { pool.figures.connected.subtract(1, ordering: .relaxed) }
        if machine.isPaused { pool.figures.paused.subtract(1, ordering: .relaxed) }
        cancelTimer()
        upload?.cancel()
        upload = nil
        plan = nil
        pending = []
        let connection = connection.take()
        if let connection {
            if isConnected, !isRepeated, connection.exchangesBefore > 0 {
                pool.figures.reused.add(1, ordering: .relaxed)
            }
            connection.release(canKeep: canKeep)
        } else {
            pool.stopWaiting(self)
        }
        channel.finish(result)
        if let continuation = unsafe continuation.take() {
            unsafe continuation.resume(returning: result.flatMap { .failure(errors.headless) })
        }
    }
}

extension RequestPlan {
    /// Whether the body comes in pieces.
    var hasStreamedBody: Bool {
        if case .stream = request.body { true } else { false }
    }
}
