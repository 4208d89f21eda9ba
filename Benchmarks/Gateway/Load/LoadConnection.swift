import Glibc
import TransportKit

/// One keep-alive connection of the load tool; it lives on its loop.
final class LoadConnection {
    /// What a connection tells its owner.
    enum Progress {
        /// More of the answer has come.
        case more
        /// The answer is whole; the connection is free.
        case answered
        /// The connection is of no use any more.
        case failed(TransportError)
    }

    private let descriptor: Int32
    private let loop: EventLoop
    private let buffer: SharedBuffer
    private let report: (LoadConnection, Progress) -> Void
    private(set) var isOpen = true
    private(set) var reader = AnswerReader()

    /// Events of the current answer that the owner has counted.
    var eventsSeen = 0

    /// When the last of them came, in monotonic nanoseconds.
    var lastEvent: UInt64 = 0

    /// When the current request was to be sent, in monotonic nanoseconds.
    var intended: UInt64 = 0

    init(
        to address: LocalAddress,
        on loop: EventLoop,
        buffer: SharedBuffer,
        report: @escaping (LoadConnection, Progress) -> Void
    ) throws(TransportError) {
        descriptor = try RawSocket.connect(to: address)
        RawSocket.setNonBlocking(descriptor)
        self.loop = loop
        self.buffer = buffer
        self.report = report
        try loop.watch(descriptor, for: [.readable]) { [unowned self] _ in receive() }
    }

    /// Sends a request that fits into the socket's buffer.
    func send(_ request: [UInt8], intended: UInt64) {
        self.intended = intended
        reader.reset()
        guard case .bytes(request.count) = RawSocket.send(descriptor, request[...]) else {
            return fail(TransportError(.closed, "a request could not be sent"))
        }
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        loop.unwatch(descriptor)
        Glibc.close(descriptor)
    }

    private func receive() {
        switch RawSocket.receive(descriptor, into: &buffer.bytes) {
        case .bytes(let count):
            do {
                try reader.read(buffer.bytes[..<count])
            } catch {
                return fail(error)
            }
            guard reader.isDone else { return report(self, .more) }
            guard reader.status == 200 else {
                let text = String(decoding: buffer.bytes[..<count].suffix(300), as: UTF8.self)
                return fail(TransportError(.other, "an answer has status \(reader.status): \(text)"))
            }
            report(self, .answered)
        case .end: fail(TransportError(.closed, "the gateway closed a connection"))
        case .failed: fail(TransportError(.closed, "a connection broke: error \(errno)"))
        case .again: break
        }
    }

    private func fail(_ error: TransportError) {
        close()
        report(self, .failed(error))
    }
}

/// What all connections of a loop read into.
final class SharedBuffer {
    var bytes = [UInt8](repeating: 0, count: 64 * 1024)
}
