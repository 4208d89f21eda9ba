public import TransportKit

/// A client that a server serves: a session of the handshake era, or in the stateless era what one request says of its sender.
public final class MCPServedClient: Sendable {
    /// Who the client is to the operator of the server.
    public struct Caller: Sendable, Hashable {
        /// The name of its access key; `nil` if it has shown none.
        public var name: String?
        /// Where it connected: the address of a listener, `stdio` or `memory`.
        public var listener: String
        /// Whether it is one whom the operator does not trust, such as a virtual machine.
        public var isGuest: Bool
        /// The user that the kernel says it runs as, at a Unix socket.
        public var userID: UInt32?

        /// Makes a caller.
        public init(name: String? = nil, listener: String, isGuest: Bool = false, userID: UInt32? = nil) {
            self.name = name
            self.listener = listener
            self.isGuest = isGuest
            self.userID = userID
        }
    }

    /// What tells the client from all others; a request of the stateless era is a client of its own.
    public let id: String
    /// Who it is to the operator.
    public let caller: Caller
    /// The version that was agreed on.
    public let version: ProtocolVersion
    /// What the client can, as the wire has it.
    public let capabilities: JSONObject
    /// The client's name and version, as the wire has them.
    public let information: JSONObject

    private let channel: any MCPClientChannel

    package init(
        id: String,
        caller: Caller,
        version: ProtocolVersion,
        capabilities: JSONObject,
        information: JSONObject,
        channel: any MCPClientChannel
    ) {
        self.id = id
        self.caller = caller
        self.version = version
        self.capabilities = capabilities
        self.information = information
        self.channel = channel
    }

    /// Whether the client offers something, by the name of its capability: `sampling`, `elicitation`, `roots`.
    public func offers(_ capability: String) -> Bool { capabilities[capability] != nil }

    /// Tells the client something that concerns none of its requests; what it cannot be told is dropped.
    ///
    /// Changes of lists and resources are told by ``MCPService/subscribe(to:for:_:)``.
    public func notify(_ method: String, _ params: JSONObject = [:]) async {
        await channel.notify(method, params)
    }

    /// Asks the client something that concerns none of its requests; possible in the handshake era only.
    ///
    /// - Parameters:
    ///   - method: `sampling/createMessage`, `elicitation/create`, `roots/list` or any other.
    ///   - params: The parameters, whole.
    /// - Returns: The result.
    /// - Throws: `JSONRPCFailure`: what the client answered, or that it cannot be asked.
    public func ask(_ method: String, _ params: JSONObject = [:]) async throws(JSONRPCFailure) -> JSONObject {
        try await channel.ask(method, params)
    }
}

/// The way to a client, beside or within one of its requests.
package protocol MCPClientChannel: Sendable {
    /// Tells the client something; what it cannot be told is dropped.
    func notify(_ method: String, _ params: JSONObject) async

    /// Asks the client something.
    func ask(_ method: String, _ params: JSONObject) async throws(JSONRPCFailure) -> JSONObject
}

/// A request of a client, for as long as it is being answered.
public struct MCPServedRequest: Sendable {
    /// Who asks.
    public let client: MCPServedClient
    /// The method.
    public let method: String
    /// The parameters as the client sent them, `_meta` included.
    public let params: JSONObject

    private let channel: any MCPClientChannel

    package init(client: MCPServedClient, method: String, params: JSONObject, channel: any MCPClientChannel) {
        self.client = client
        self.method = method
        self.params = params
        self.channel = channel
    }

    /// By what the client wants to be told of progress; `nil` if it does not.
    public var progressToken: JSONValue? { params["_meta"]?["progressToken"] }

    /// Tells the client something about the request: `notifications/progress`, `notifications/message` or any other.
    ///
    /// A progress token in the parameters is replaced by the client's own, and log entries below the level that it wants are dropped.
    public func notify(_ method: String, _ params: JSONObject) async {
        await channel.notify(method, params)
    }

    /// Reports progress, if the client wants to hear of it.
    public func report(_ progress: MCPProgress) async {
        guard progressToken != nil else { return }
        var params: JSONObject = ["progress": .number(JSONNumber(progress.progress))]
        if let total = progress.total { params["total"] = .number(JSONNumber(total)) }
        params["message"] = progress.message.map { .string($0) }
        await channel.notify("notifications/progress", params)
    }

    /// Asks the client something, in either era: as a request of the server, or by answering with `input_required` and waiting for the client to
    /// come back.
    ///
    /// - Parameters:
    ///   - method: `sampling/createMessage`, `elicitation/create` or `roots/list`.
    ///   - params: The parameters, whole.
    /// - Returns: The result.
    /// - Throws: `JSONRPCFailure`: what the client answered, or that it does not offer this.
    public func ask(_ method: String, _ params: JSONObject = [:]) async throws(JSONRPCFailure) -> JSONObject {
        try await channel.ask(method, params)
    }
}
