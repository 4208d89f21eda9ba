internal import Glibc

extension DirectExchange {
    /// The room before a chunk's bytes for its size, and behind them for its end.
    private static let chunkRoom = (before: 18, after: 2)

    /// Whether every byte of the request has gone out.
    var isSent: Bool { upload == nil && pending.isEmpty }

    /// Sends the request, as far as the connection takes it.
    func transmit() {
        guard let plan, let connection else { return }
        let (body, framing) = prepareBody(plan)
        switch machine.connected(hasBody: upload != nil || !body.isEmpty, hasSentBytes: hasSentBytes, at: loop.now) {
        case .send: break
        case .refuseToRepeat: return finish(.failure(errors.notRepeated))
        case .abort: return
        }
        pool.headBytes.removeAll(keepingCapacity: true)
        RequestHead.write(
            plan,
            to: target,
            framing: framing,
            userAgent: pool.configuration.userAgent,
            into: &pool.headBytes
        )
        // No secret stays in memory for longer than needed.
        defer { wipeHead() }
        let sent = unsafe pool.headBytes.withUnsafeBytes { head in
            unsafe body.withUnsafeBytes { body in unsafe connection.send(head, body) }
        }
        guard let sent else { return connectionEnded(inOrder: false) }
        if sent > 0 { hasSentBytes = true }
        let headSent = min(sent, pool.headBytes.count)
        if headSent < pool.headBytes.count { pending.append(ArraySlice(Array(pool.headBytes[headSent...]))) }
        let bodySent = sent - headSent
        if bodySent < body.count { pending.append(body[bodySent...]) }
        // Without another try the request is not needed any more, and its prompt is held by nobody else.
        if hasSentBytes, !plan.isRepeatable || plan.hasStreamedBody { self.plan = nil }
        if pending.isEmpty { sendMore() }
        // Of all that was sent the last byte has set the time already.
        if machine.state == .sending { armTimer() }
    }

    private func wipeHead() {
        unsafe pool.headBytes.withUnsafeMutableBytes { bytes in
            if let base = bytes.baseAddress { unsafe explicit_bzero(base, bytes.count) }
        }
    }

    private func prepareBody(_ plan: RequestPlan) -> ([UInt8], RequestHead.Framing) {
        // As elsewhere, a body would be no part of this method's meaning.
        if plan.request.method == "HEAD" { return ([], .none) }
        switch plan.request.body {
        case nil: return ([], plan.request.method == "POST" ? .length(0) : .none)
        case .bytes(let bytes): return (bytes, .length(bytes.count))
        case .stream(let length, let next):
            let bound = LoopBound(self, loop)
            upload = UploadSource(length: length, next: next, on: loop) {
                bound.loop.execute { bound.value.resumeSending() }
            }
            isChunked = length == nil
            return ([], length.map { .length($0) } ?? .chunked)
        }
    }

    /// The connection takes bytes again.
    func hasRoom() {
        while let slice = pending.first {
            let sent = unsafe slice.withUnsafeBytes { bytes in
                unsafe connection?.send(bytes, UnsafeRawBufferPointer(start: nil, count: 0))
            }
            guard let sent else { return connectionEnded(inOrder: false) }
            if sent > 0 {
                hasSentBytes = true
                machine.sentPiece(at: loop.now)
            }
            guard sent == slice.count else {
                pending[0] = slice.dropFirst(sent)
                return
            }
            pending.removeFirst()
        }
        sendMore()
    }

    /// The body's source has something.
    private func resumeSending() {
        guard machine.state != .ended, pending.isEmpty else { return }
        machine.sentPiece(at: loop.now)
        armTimer()
        sendMore()
    }

    /// Sends what the body's source has, until that or the connection's room is used up.
    private func sendMore() {
        while let upload, let connection, pending.isEmpty, machine.state != .ended {
            let scratch = unsafe pool.scratch
            let (before, after) = isChunked ? Self.chunkRoom : (0, 0)
            let room = before..<(scratch.count - after)
            let message: Range<Int>
            switch unsafe upload.read(into: UnsafeMutableRawBufferPointer(rebasing: scratch[room])) {
            case .bytes(let count):
                message = unsafe isChunked ? frame(before..<(before + count), in: scratch) : before..<(before + count)
                if upload.isComplete { self.upload = nil }
            case .end:
                message = unsafe isChunked ? end(in: scratch) : 0..<0
                self.upload = nil
            case .starved:
                machine.sourceRanDry()
                return
            case .failed(let error): return finish(.failure(error))
            }
            guard !message.isEmpty else { continue }
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: scratch[message])
            guard let sent = unsafe connection.send(bytes, UnsafeRawBufferPointer(start: nil, count: 0)) else {
                return connectionEnded(inOrder: false)
            }
            machine.sentPiece(at: loop.now)
            if sent < bytes.count { unsafe pending.append(ArraySlice(Array(bytes[sent...]))) }
        }
        guard isSent, machine.state == .sending else { return }
        machine.sentAll(at: loop.now)
        armTimer()
    }

    /// Writes a chunk's size before its bytes, and its end behind them; returns the whole.
    private func frame(_ bytes: Range<Int>, in buffer: UnsafeMutableRawBufferPointer) -> Range<Int> {
        let size = "\(String(bytes.count, radix: 16))\r\n".utf8
        let start = bytes.lowerBound - size.count
        unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[start..<bytes.lowerBound]).copyBytes(from: size)
        let end = bytes.upperBound + 2
        unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[bytes.upperBound..<end]).copyBytes(from: "\r\n".utf8)
        return start..<end
    }

    private func end(in buffer: UnsafeMutableRawBufferPointer) -> Range<Int> {
        let end = "0\r\n\r\n".utf8
        unsafe buffer.copyBytes(from: end)
        return 0..<end.count
    }
}
