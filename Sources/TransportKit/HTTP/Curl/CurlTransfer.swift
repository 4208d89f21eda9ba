internal import CCurl
internal import Synchronization

/// One exchange on its loop: what libcurl's callbacks tell goes through the state machine to the channel.
// `@safe`: the continuation is taken out to be resumed.
@safe final class CurlTransfer {
    let errors: TransferErrors
    let channel: TransferChannel
    let easy: EasyHandle
    private(set) var machine: TransferStateMachine
    /// The reason for which a callback told libcurl to stop.
    private(set) var failure: TransportError?
    /// Whether this exchange counts as holding a connection.
    private(set) var holdsConnection = false

    private unowned let driver: CurlDriver
    private var parser: HeadLineCollector
    private var continuation: HeadContinuation?
    private var upload: UploadSource?
    private var isSendPaused = false
    private let decompresses: Bool
    private var timer: EventLoop.Timer?

    init(
        plan: RequestPlan,
        channel: TransferChannel,
        easy: EasyHandle,
        driver: CurlDriver,
        continuation: HeadContinuation
    ) {
        // The plan itself is not kept, so that a prompt is not held twice while its answer comes.
        errors = TransferErrors(plan)
        self.channel = channel
        self.easy = easy
        self.driver = driver
        unsafe self.continuation = unsafe continuation
        let configuration = driver.configuration
        let request = plan.request
        parser = HeadLineCollector(limit: configuration.maximumHeaderSize)
        decompresses = plan.decompresses
        switch request.body {
        case .bytes(let bytes) where bytes.count > UploadSource.smallBody: upload = UploadSource(bytes: bytes)
        case .stream(let length, let next):
            let bound = LoopBound(driver, driver.loop)
            upload = UploadSource(length: length, next: next, on: driver.loop) {
                bound.loop.execute { bound.value.resumeSending(channel) }
            }
        default: upload = nil
        }
        machine = TransferStateMachine(
            timeouts: request.timeouts,
            bodyLimit: request.isStreaming ? nil : configuration.maximumResponseSize,
            isRepeatable: plan.isRepeatable && upload == nil,
            start: driver.loop.now,
            end: plan.end
        )
        easy.prepare(plan, upload: upload, decompresses: decompresses, transfer: self)
        armTimer()
    }

    // MARK: Callbacks

    /// A connection stands; `false` keeps the request from being sent.
    func didConnect() -> Bool {
        let hasSentBytes = easy.information(CURLINFO_REQUEST_SIZE) > 0
        switch machine.connected(hasBody: upload != nil, hasSentBytes: hasSentBytes, at: driver.loop.now) {
        case .send:
            if !holdsConnection {
                holdsConnection = true
                driver.figures.connected.add(1, ordering: .relaxed)
            }
            armTimer()
            return true
        case .refuseToRepeat:
            failure = errors.notRepeated
            return false
        case .abort: return false
        }
    }

    /// libcurl wants body bytes; returns what its read callback returns.
    func fillBody(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let upload else { return 0 }
        switch unsafe upload.read(into: buffer) {
        case .bytes(let count):
            machine.sentPiece(at: driver.loop.now)
            if upload.isComplete { didSendAll() }
            return count
        case .end:
            didSendAll()
            return 0
        case .starved:
            isSendPaused = true
            machine.sourceRanDry()
            return Int(CURL_READFUNC_PAUSE)
        case .failed(let error):
            failure = error
            return Int(CURL_READFUNC_ABORT)
        }
    }

    private func didSendAll() {
        machine.sentAll(at: driver.loop.now)
        armTimer()
    }

    /// A line of the head came; `false` ends the transfer.
    func didReceiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        // After the head these are trailers, which say nothing that is used here.
        guard !machine.hasHead else { return true }
        switch unsafe parser.consume(line) {
        case .more: return true
        case .head(var head):
            guard machine.receivedHead() else { return true }
            if decompresses, head.fields["content-encoding"] != nil {
                // These describe the bytes as sent, which the reader does not get.
                head.fields["content-encoding"] = nil
                head.fields["content-length"] = nil
            }
            unsafe continuation.take()?.resume(returning: .success(BegunExchange(head: head, end: machine.end)))
            return true
        case .tooLarge:
            failure = errors.headTooLarge(driver.configuration.maximumHeaderSize)
            return false
        case .malformed:
            failure = errors.malformed
            return false
        }
    }

    /// A piece of the body came; returns what libcurl's write callback returns.
    func didReceive(_ bytes: UnsafeRawBufferPointer) -> Int {
        let count = bytes.count
        guard count > 0 else { return 0 }
        let wasReceiving = machine.state == .receiving
        let action = machine.receivedPiece(count, hasRoom: channel.hasRoom(for: count), at: driver.loop.now)
        switch action {
        case .accept:
            unsafe channel.append(bytes)
            // While pieces come the deadline only moves away, and the timer finds that out when it fires.
            if !wasReceiving { armTimer() }
            return count
        case .pause:
            driver.figures.paused.add(1, ordering: .relaxed)
            return Int(CURL_WRITEFUNC_PAUSE)
        case .fail:
            failure = errors.bodyTooLarge(driver.configuration.maximumResponseSize)
            return 0
        case .abort: return 0
        }
    }

    // MARK: Back-pressure

    /// The reader emptied the channel; returns what libcurl keeps paused, or `nil` if there is nothing to do.
    func resumeReceiving() -> Int32? {
        guard machine.drained(at: driver.loop.now) else { return nil }
        driver.figures.paused.subtract(1, ordering: .relaxed)
        armTimer()
        return isSendPaused ? CURLPAUSE_SEND : CURLPAUSE_CONT
    }

    /// The request's body has more; returns what libcurl keeps paused, or `nil` if there is nothing to do.
    func resumeSending() -> Int32? {
        guard isSendPaused, machine.state != .ended else { return nil }
        isSendPaused = false
        machine.sentPiece(at: driver.loop.now)
        armTimer()
        return machine.isPaused ? CURLPAUSE_RECV : CURLPAUSE_CONT
    }

    // MARK: Time

    /// Makes sure that a timer fires no later than the deadline.
    private func armTimer() {
        guard let deadline = machine.deadline else { return }
        if let timer {
            guard deadline.at < timer.deadline else { return }
            driver.loop.cancel(timer)
        }
        timer = driver.loop.schedule(at: deadline.at) { [unowned self] in timerDidFire() }
    }

    private func timerDidFire() {
        timer = nil
        switch machine.timerFired(at: driver.loop.now) {
        case .none: break
        case .wait: armTimer()
        case .fail(let phase):
            driver.finish(self, .failure(errors.timeout(phase, isSending: machine.state == .sending)))
        }
    }

    // MARK: End

    /// Ends the exchange; `false` if it had ended before.
    func end(_ result: Result<Void, TransportError>) -> Bool {
        guard machine.ended() else { return false }
        if machine.isPaused { driver.figures.paused.subtract(1, ordering: .relaxed) }
        if let timer { driver.loop.cancel(timer) }
        timer = nil
        upload?.cancel()
        upload = nil
        channel.finish(result)
        if let continuation = unsafe continuation.take() {
            // libcurl is content with a connection that ends within the head.
            unsafe continuation.resume(returning: result.flatMap { .failure(errors.headless) })
        }
        return true
    }
}
