import Glibc
import TransportKit

/// One request on a connection of its own, with calls that block.
final class SingleCall {
    private let descriptor: Int32
    private var isOpen = true

    /// Connects and sends the request.
    static func begin(_ request: Request) throws(TransportError) -> SingleCall {
        let call = SingleCall(descriptor: try RawSocket.connect(to: request.address))
        RawSocket.setReceiveTimeout(call.descriptor, seconds: 10)
        guard case .bytes(request.bytes.count) = RawSocket.send(call.descriptor, request.bytes[...]) else {
            throw TransportError(.closed, "a request could not be sent")
        }
        return call
    }

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        if isOpen { close(descriptor) }
    }

    /// Waits until the answer is whole, or has begun with an event.
    func waitForAnswer(firstEvent: Bool = false) throws(TransportError) {
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        var reader = AnswerReader()
        while !reader.isDone, !(firstEvent && reader.events > 0) {
            guard case .bytes(let count) = RawSocket.receive(descriptor, into: &buffer) else {
                throw TransportError(.closed, "no answer came")
            }
            try reader.read(buffer[..<count])
        }
        guard reader.status == 200 else { throw TransportError(.other, "an answer has status \(reader.status)") }
    }

    /// Ends the connection, and returns when that was.
    func leave() -> UInt64 {
        let time = monotonicNanoseconds()
        close(descriptor)
        isOpen = false
        return time
    }
}
