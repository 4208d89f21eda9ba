import TransportKit

@testable import MCPKit

/// A connection to a server within the program: messages are handed over as they are.
final class InMemoryTransport: MessageTransport {
    /// The server's end.
    struct Peer: Sendable {
        fileprivate let state: State

        /// Sends a message to the client.
        func send(_ message: JSONRPCMessage) {
            state.emit(.message(message))
        }

        /// Tells the client of anything that may happen on a transport.
        func emit(_ event: TransportEvent) {
            state.emit(event)
        }

        /// Ends the connection from the server's side.
        func disconnect(_ error: MCPError? = MCPError(.closed, "the server closed the connection")) {
            state.emit(.closed(error))
        }
    }

    /// What becomes of the messages that the client sends; called on the client's loop, one after another.
    typealias Server = @Sendable (JSONRPCMessage, MessageContext, Peer) -> Void

    let traits: TransportTraits

    private let state = State()
    private let server: Server
    private let abandoned: @Sendable (JSONRPCID) -> Void

    /// Makes a transport whose other end is a closure.
    ///
    /// - Parameters:
    ///   - traits: What the session is told.
    ///   - abandoned: Hears of requests whose caller no longer waits.
    ///   - server: The server.
    init(
        traits: TransportTraits = TransportTraits(name: "memory", cancelsByClosing: false, survivesDisconnect: false),
        abandoned: @escaping @Sendable (JSONRPCID) -> Void = { _ in },
        server: @escaping Server
    ) {
        self.traits = traits
        self.abandoned = abandoned
        self.server = server
    }

    /// The server's end, to speak without being asked.
    var peer: Peer { Peer(state: state) }

    func open(
        on loop: EventLoop,
        deliver: @escaping @Sendable (TransportEvent) -> Void
    ) async throws(MCPError) {
        guard state.open(loop, deliver) else {
            throw MCPError(.connection, "a connection in memory is opened once; make another for each session")
        }
    }

    func sendNow(_ message: JSONRPCMessage, _ context: MessageContext) throws(MCPError) -> Bool {
        guard state.isOpen else { throw MCPError(.closed, "the server closed the connection") }
        server(message, context, peer)
        return true
    }

    func send(_ message: JSONRPCMessage, _ context: MessageContext) async throws(MCPError) {
        _ = try sendNow(message, context)
    }

    func abandon(_ request: JSONRPCID) {
        abandoned(request)
    }

    func close() async {
        state.emit(.closed(nil))
    }

    fileprivate final class State: Sendable {
        private struct Content: Sendable {
            var wasOpened = false
            var loop: EventLoop?
            var deliver: (@Sendable (TransportEvent) -> Void)?
        }

        private let content = Locked(Content())

        var isOpen: Bool { content.withLock { $0.deliver != nil } }

        func open(_ loop: EventLoop, _ deliver: @escaping @Sendable (TransportEvent) -> Void) -> Bool {
            content.withLock { content in
                guard !content.wasOpened else { return false }
                content = Content(wasOpened: true, loop: loop, deliver: deliver)
                return true
            }
        }

        func emit(_ event: TransportEvent) {
            let (loop, deliver) = content.withLock { content in
                defer {
                    if case .closed = event { content.deliver = nil }
                }
                return (content.loop, content.deliver)
            }
            guard let loop, let deliver else { return }
            // Queued even on the loop, so that an answer never comes before its request has been sent.
            loop.execute { deliver(event) }
        }
    }
}
