internal import TransportKit

/// One request of the stateless era over HTTP, on its loop.
final class HTTPExchange: ServerOutlet {
    private(set) var stream: ServedStream
    private let loop: EventLoop
    private var connection: ServerConnection?
    private var hasEnded: @Sendable () -> Void = {}

    init(_ id: JSONRPCID, on loop: EventLoop) {
        self.loop = loop
        stream = ServedStream(0, expecting: [id], isResumable: false, on: loop)
    }

    func begin(_ value: JSONValue, on connection: ServerConnection, ended: @escaping @Sendable () -> Void) {
        self.connection = connection
        hasEnded = ended
        connection.receive(value)
    }

    var reader: ServedStreamReader {
        let bound = LoopBound(self, loop)
        return ServedStreamReader(stream.attach(), of: LoopBound(stream, loop)) { isGone in
            // A closed stream is how a client of this era takes its request back.
            if isGone { bound.value.end() } else { bound.value.connection?.hasRoomAgain() }
        }
    }

    func send(_ message: JSONRPCMessage, about id: JSONRPCID?) {
        stream.send(message, replayLimit: .max)
    }

    func withdraw(_ id: JSONRPCID) {
        stream.withdraw(id)
    }

    func hasRoom(about id: JSONRPCID?) -> Bool { stream.hasRoom }

    /// What the client listens to ends in order.
    func endListening() {
        connection?.endListening()
    }

    /// The client has its answer, or no longer wants it.
    func end() {
        guard let connection else { return }
        self.connection = nil
        connection.end()
        hasEnded()
    }
}
