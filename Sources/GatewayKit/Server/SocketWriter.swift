internal import CLinux
internal import Glibc

/// Writes to a socket without waiting, and keeps what did not fit.
struct SocketWriter {
    enum Outcome {
        case sent
        /// A part is left; `flush` when there is room.
        case blocked
        /// The peer is gone.
        case failed
    }

    private(set) var descriptor: Int32
    private var pending: [UInt8] = []
    private var offset = 0
    /// Kept, so that a chunk costs no allocation.
    private var prefix: [UInt8] = []

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    var isBlocked: Bool { offset < pending.count }

    /// Sends bytes as they are.
    mutating func send(_ bytes: [UInt8]) -> Outcome {
        unsafe sendPlain(bytes, after: UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// Sends a piece of a body as one chunk (RFC 9112 §7.1).
    mutating func sendChunk(_ bytes: [UInt8]) -> Outcome {
        unsafe sendChunk(bytes, after: UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// Sends a piece of a body as one chunk, after a head.
    mutating func sendChunk(_ bytes: [UInt8], after head: UnsafeRawBufferPointer) -> Outcome {
        prefix.removeAll(keepingCapacity: true)
        unsafe prefix.append(contentsOf: head)
        var shift = (Int.bitWidth - bytes.count.leadingZeroBitCount - 1) / 4 * 4
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: bytes.count >> shift & 15)
            prefix.append(digit < 10 ? 48 + digit : 87 + digit)
            shift -= 4
        }
        prefix.append(13)
        prefix.append(10)
        // Taken out, so that it can be read while the rest is changed.
        let start = prefix
        prefix = []
        defer { prefix = start }
        return unsafe start.withUnsafeBytes { unsafe transmit(head: $0, body: bytes, end: true) }
    }

    /// Sends a piece of a body that is not cut into chunks, after a head.
    mutating func sendPlain(_ bytes: [UInt8], after head: UnsafeRawBufferPointer) -> Outcome {
        unsafe transmit(head: head, body: bytes, end: false)
    }

    /// Sends more of what is left.
    mutating func flush() -> Outcome {
        while isBlocked {
            let sent = unsafe pending.withUnsafeBytes { bytes in
                unsafe CLinux.send(
                    descriptor,
                    bytes.baseAddress?.advanced(by: offset),
                    bytes.count - offset,
                    Int32(MSG_NOSIGNAL)
                )
            }
            if sent < 0 {
                if errno == EINTR { continue }
                return errno == EAGAIN ? .blocked : .failed
            }
            offset += sent
        }
        pending = []
        offset = 0
        return .sent
    }

    private mutating func transmit(head: UnsafeRawBufferPointer, body: [UInt8], end: Bool) -> Outcome {
        let total = head.count + body.count + (end ? 2 : 0)
        let lineEnd: (UInt8, UInt8) = (13, 10)
        guard !isBlocked else {
            unsafe keep(head, body, end, from: 0)
            return .blocked
        }
        var sent = 0
        repeat {
            sent = unsafe withUnsafeBytes(of: lineEnd) { tail in
                unsafe body.withUnsafeBytes { body in
                    unsafe Self.sendTogether(
                        descriptor,
                        head,
                        body,
                        UnsafeRawBufferPointer(rebasing: tail[..<(end ? 2 : 0)])
                    )
                }
            }
        } while sent < 0 && errno == EINTR
        if sent < 0 {
            guard errno == EAGAIN else { return .failed }
            sent = 0
        }
        guard sent < total else { return .sent }
        unsafe keep(head, body, end, from: sent)
        return .blocked
    }

    private static func sendTogether(
        _ descriptor: Int32,
        _ head: UnsafeRawBufferPointer,
        _ body: UnsafeRawBufferPointer,
        _ tail: UnsafeRawBufferPointer
    ) -> Int {
        func vector(_ bytes: UnsafeRawBufferPointer) -> iovec {
            unsafe iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
        }
        var vectors = unsafe (vector(head), vector(body), vector(tail))
        return unsafe withUnsafeMutablePointer(to: &vectors) { vectors in
            unsafe vectors.withMemoryRebound(to: iovec.self, capacity: 3) { vectors in
                var message = unsafe msghdr()
                unsafe message.msg_iov = vectors
                unsafe message.msg_iovlen = 3
                return unsafe sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
            }
        }
    }

    private mutating func keep(_ head: UnsafeRawBufferPointer, _ body: [UInt8], _ end: Bool, from start: Int) {
        if start < head.count { unsafe pending.append(contentsOf: head[start...]) }
        let bodyStart = max(0, start - head.count)
        if bodyStart < body.count { pending.append(contentsOf: body[bodyStart...]) }
        if end {
            let left = head.count + body.count + 2 - start
            pending.append(contentsOf: [13, 10].suffix(min(2, left)))
        }
    }
}
