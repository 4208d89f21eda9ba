package import TransportKit

/// What carries the messages of one connection to a server.
///
/// A session uses it on one event loop and owns it: nobody else sends or closes.
package protocol MessageTransport: AnyObject, Sendable {
    /// What the session must know of the way.
    var traits: TransportTraits { get }

    /// Makes the connection: starts the process, or checks that there is somebody to ask.
    ///
    /// - Parameters:
    ///   - loop: Where the session lives; `deliver` is called there and nowhere else.
    ///   - deliver: Is given what happens, in order, until `closed`, which is the last and comes exactly once.
    /// - Throws: `MCPError` with code `launch`, `connection` or `configuration`.
    func open(
        on loop: EventLoop,
        deliver: @escaping @Sendable (TransportEvent) -> Void
    ) async throws(MCPError)

    /// Sends a message if that can be done at once, without waiting for anybody; called on the loop.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - context: What stands beside it.
    /// - Returns: Whether it was taken; if not, it is to be sent by ``send(_:_:)``.
    /// - Throws: `MCPError` with code `closed` or `tooLarge`.
    func sendNow(_ message: JSONRPCMessage, _ context: MessageContext) throws(MCPError) -> Bool

    /// Sends a message; returns when the transport has taken it, so a peer who does not read makes its sender wait.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - context: What stands beside it.
    /// - Throws: `MCPError` with code `closed`, `tooLarge` or `cancelled`. What goes wrong with an answer comes as an event.
    func send(_ message: JSONRPCMessage, _ context: MessageContext) async throws(MCPError)

    /// Lets go of what is open for a request whose caller no longer waits.
    func abandon(_ request: JSONRPCID)

    /// Ends the connection in the way of the protocol; returns when nothing of it is left: no process, no descriptor, no task.
    func close() async
}

extension MessageTransport {
    package func sendNow(_ message: JSONRPCMessage, _ context: MessageContext) throws(MCPError) -> Bool { false }
}

/// What the session must know of a transport.
package struct TransportTraits: Sendable {
    /// A short name for logs and statistics: `stdio`, `http`, `sse`, `memory`.
    package var name: String
    /// Whether ``MessageTransport/abandon(_:)`` tells the server, so that no `notifications/cancelled` is to be sent in the stateless era.
    package var cancelsByClosing: Bool
    /// Whether a lost connection may come back by itself, as a session over HTTP does.
    package var survivesDisconnect: Bool

    package init(name: String, cancelsByClosing: Bool, survivesDisconnect: Bool) {
        self.name = name
        self.cancelsByClosing = cancelsByClosing
        self.survivesDisconnect = survivesDisconnect
    }
}

/// What stands beside a message that is sent; only HTTP shows it, as header fields.
package struct MessageContext: Sendable {
    /// The version that was agreed; `nil` before that.
    package var version: ProtocolVersion?
    /// Arguments that the tool wants as header fields (`x-mcp-header`), by field name.
    package var parameterFields: [(name: String, value: String)]

    package init(version: ProtocolVersion? = nil, parameterFields: [(name: String, value: String)] = []) {
        self.version = version
        self.parameterFields = parameterFields
    }
}

/// What happens on a transport.
package enum TransportEvent: Sendable {
    /// A message came.
    case message(JSONRPCMessage)
    /// Something came that is no message; it is skipped, and the connection goes on.
    case garbage(MCPError)
    /// What carried one request broke; its answer will not come.
    case lost(request: JSONRPCID, MCPError)
    /// The server no longer knows the session; it must be initialised anew.
    case sessionExpired
    /// The connection is gone. With an error if nobody here asked for it.
    case closed(MCPError?)
}
