internal import TransportKit

/// What takes a server's messages to its client; used on the connection's loop only.
protocol ServerOutlet: AnyObject {
    /// Takes a message.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - id: The request of the client that it belongs to.
    func send(_ message: JSONRPCMessage, about id: JSONRPCID?)

    /// A request was taken back and has no answer.
    func withdraw(_ id: JSONRPCID)

    /// Whether the client reads fast enough to be sent more; when that changes, ``ServerConnection/hasRoomAgain()`` is called.
    func hasRoom(about id: JSONRPCID?) -> Bool
}
