internal import CLinux
internal import TransportKit

extension ServerConnection {
    /// Answers the request that has come; in a task.
    @inline(__always)
    func answer() async {
        guard let response = await respond() else { return answered() }
        switch response.body {
        case .bytes(let bytes):
            // Before the answer goes, after which the next request's task may begin.
            answered()
            send(response, bytes)
        case .stream(let stream) where assembly.method == "HEAD":
            stream.cancel()
            answered()
            send(response, [])
        case .stream: handOver(response)
        }
    }

    /// Lets a task of its own send a streamed answer.
    ///
    /// A task keeps the most memory that it ever had in use until it ends, and what an answer takes to begin is many times
    /// what an open stream needs.
    private func handOver(_ response: GatewayResponse) {
        let isCancelled = Task.isCancelled
        begun = response
        task = Self.startStream(LoopBound(self, loop))
        if isCancelled { task?.cancel() }
    }

    private static func startStream(_ bound: LoopBound<ServerConnection>) -> Task<Void, Never> {
        Task(executorPreference: bound.loop) {
            let connection = bound.value
            // Taken out: what a task is made with lives as long as it.
            if let response = connection.begun.take(), case .stream(let stream) = response.body {
                await connection.send(response, stream)
            }
            connection.answered()
            connection.proceed()
        }
    }

    // In a function of its own: while the answer goes, nobody holds the request's body or its share of the budget.
    @inline(__always)
    private func respond() async -> GatewayResponse? {
        guard let whole = takeWhole() else { return nil }
        defer { withExtendedLifetime(whole.share) {} }
        return await server.responder.respond(to: whole.request)
    }

    /// Sends a whole answer, or hands it to the library that has read the request.
    private func send(_ response: GatewayResponse, _ body: [UInt8]) {
        guard state.phase == .answering else { return }
        handle(.answerReady(streams: false))
        guard let library else { return write(response, body) }
        var fields = ResponseHead.sendable(response.fields)
        if response.closesConnection || assembly.closesConnection || state.isLast {
            fields.append(("Connection", "close"))
        }
        guard library.queue(status: response.status, fields: fields, body: body) else { return finish() }
        server.library.run(self)
    }

    private func write(_ response: GatewayResponse, _ body: [UInt8]) {
        closesAfterAnswer = response.closesConnection || assembly.closesConnection || state.isLast
        let isBodyless = ResponseHead.isBodyless(response.status)
        let outcome = unsafe server.withHead(
            of: response,
            framing: isBodyless ? .none : .length(body.count),
            closes: closesAfterAnswer
        ) { head in
            unsafe writer.sendPlain(isBodyless || assembly.method == "HEAD" ? [] : body, after: head)
        }
        switch outcome {
        case .sent: answerWritten()
        case .blocked: startWaitingForRoom()
        case .failed: finish()
        }
    }

    /// All of an answer that was not the library's to send has been sent.
    func answerWritten() {
        if closesAfterAnswer { return finish() }
        handle(.answerWritten)
        proceed()
    }

    // MARK: Streams

    /// Sends a body piece by piece.
    ///
    /// All of it happens in the request's task on the loop: a piece is asked for, written to the socket with one system
    /// call, and only when the socket took all of it the next one is asked for.
    private func send(_ response: consuming GatewayResponse, _ stream: GatewayStream) async {
        let source = stream.source
        var hasEnded = false
        defer { if !hasEnded { source.cancel() } }
        guard state.phase == .answering else { return }
        var piece = await source.next()
        guard state.phase == .answering else { return }
        if piece == nil, Task.isCancelled { return finish() }
        let isOurs = library == nil
        guard takeSocket() else { return finish() }
        handle(.answerReady(streams: true))

        let isChunked = !assembly.isOld
        let isReusable =
            isChunked && !assembly.closesConnection && !response.closesConnection && !state.isLast
            && (isOurs || hasNothingBuffered)
        lastWritten = loop.now
        let first = unsafe server.withHead(
            of: response,
            framing: isChunked ? .chunked : .none,
            closes: !isReusable
        ) { head in
            let bytes = piece ?? []
            // Without a first piece the head goes alone; a chunk of length 0 would be the end.
            return isChunked && !bytes.isEmpty
                ? unsafe writer.sendChunk(bytes, after: head) : unsafe writer.sendPlain(bytes, after: head)
        }
        var isOpen = await sent(first)
        startKeepAlive(stream.keepAlive, isChunked)
        defer { endKeepAlive() }
        while isOpen, piece != nil {
            piece = await source.next()
            guard state.phase == .streaming else { return }
            guard let bytes = piece, !bytes.isEmpty else { continue }
            isOpen = await sent(write(bytes, isChunked))
        }
        // A source ends early only when it was cancelled; then the body must not look whole, unless it says that it is not.
        guard isOpen, isWanted else { return finish() }
        hasEnded = true
        if isChunked, await !sent(writer.send(Self.lastChunk)) { return finish() }
        endKeepAlive()
        handle(.streamEnded(isReusable: isReusable))
    }

    private static let lastChunk = Array("0\r\n\r\n".utf8)

    private func write(_ bytes: [UInt8], _ isChunked: Bool) -> SocketWriter.Outcome {
        lastWritten = loop.now
        return isChunked ? writer.sendChunk(bytes) : writer.send(bytes)
    }

    /// Waits until the socket took everything; `false` if the peer is gone.
    private func sent(_ outcome: SocketWriter.Outcome) async -> Bool {
        if outcome == .failed { return false }
        if outcome == .blocked {
            startWaitingForRoom()
            await withCheckedContinuation { waiter = $0 }
        }
        return state.phase == .streaming && isWanted
    }

    /// Whether what the source gives is sent: also when it was cancelled because the server stops, for then it says so.
    private var isWanted: Bool { state.isStopping || !Task.isCancelled }

    // MARK: While nothing comes

    private func startKeepAlive(_ keepAlive: GatewayStream.KeepAlive?, _ isChunked: Bool) {
        guard let keepAlive, state.phase == .streaming else { return }
        // One timer for many pieces: when it fires too early it is set again.
        keepAliveTimer = loop.schedule(at: lastWritten.advanced(by: keepAlive.interval)) { [unowned self] in
            keepAliveTimer = nil
            guard state.phase == .streaming else { return }
            let isDue = loop.now >= lastWritten.advanced(by: keepAlive.interval)
            if isDue, writer.isBlocked {
                // What waits to be sent shows by itself that the connection lives.
                lastWritten = loop.now
            } else if isDue {
                switch write(keepAlive.bytes, isChunked) {
                case .sent: break
                case .blocked: startWaitingForRoom()
                case .failed: return handle(.cut)
                }
            }
            startKeepAlive(keepAlive, isChunked)
        }
    }

    private func endKeepAlive() {
        if let keepAliveTimer { loop.cancel(keepAliveTimer) }
        keepAliveTimer = nil
    }
}
