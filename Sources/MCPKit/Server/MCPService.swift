public import TransportKit

/// What answers the clients of an MCP server, whatever they connect by and whichever era of the protocol they speak.
///
/// `MCPServer` is one for tools, prompts and resources of the program itself; `MCPProxy` is one in front of other servers. Requests and
/// results are handed over as the wire has them, `_meta` and unknown members included, so that what is handed on is handed on whole.
public protocol MCPService: Sendable {
    /// The server's name and version, as the wire has them; in the stateless era every result carries them.
    var information: JSONObject { get }

    /// Tells a client what there is for it; asked at `initialize` and at `server/discover`, which a client of the stateless era may leave out.
    ///
    /// - Parameter client: Who asks.
    /// - Returns: The server's capabilities and instructions.
    /// - Throws: `JSONRPCFailure`, which the client is answered with.
    func introduction(to client: MCPServedClient) async throws(JSONRPCFailure) -> MCPIntroduction

    /// Answers a request; the task is cancelled when the client takes it back or leaves.
    ///
    /// `initialize`, `server/discover`, `ping` and `subscriptions/listen` never come here, nor do `resources/subscribe` and its opposite.
    ///
    /// - Parameter request: The request.
    /// - Returns: The result.
    /// - Throws: `JSONRPCFailure`, which the client is answered with.
    func answer(_ request: MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject

    /// Hears of a notification of a client that concerns none of its requests, such as `notifications/roots/list_changed`.
    func receive(_ method: String, _ params: JSONValue?, from client: MCPServedClient) async

    /// Tells of changes until the subscription is cancelled.
    ///
    /// - Parameters:
    ///   - filter: What the client wants to hear of.
    ///   - client: Who wants it.
    ///   - deliver: Is given each change; must not block.
    /// - Returns: The subscription, which says what of the filter is heeded.
    /// - Throws: `JSONRPCFailure`, which the client is answered with.
    func subscribe(
        to filter: MCPChangeFilter,
        for client: MCPServedClient,
        _ deliver: @escaping @Sendable (MCPChange) -> Void
    ) async throws(JSONRPCFailure) -> MCPSubscription

    /// The schema of a tool's arguments, by whose `x-mcp-header` marks header fields of calls over HTTP are checked; asked before each such call, so it
    /// must be quick.
    ///
    /// - Parameters:
    ///   - tool: The tool's name as the client knows it.
    ///   - client: Who calls it.
    /// - Returns: The schema; `nil` checks nothing.
    func inputSchema(of tool: String, for client: MCPServedClient) async -> JSONValue?

    /// A client with a handshake has left; nothing more comes from it.
    func leave(_ client: MCPServedClient) async
}

extension MCPService {
    /// Does nothing.
    public func receive(_ method: String, _ params: JSONValue?, from client: MCPServedClient) async {}
    /// Checks no header field.
    public func inputSchema(of tool: String, for client: MCPServedClient) async -> JSONValue? { nil }
    /// Does nothing.
    public func leave(_ client: MCPServedClient) async {}
}

/// What a client is told when it connects.
public struct MCPIntroduction: Sendable, Hashable {
    /// What the server can, as the wire has it.
    public var capabilities: JSONObject
    /// What models should know about its use.
    public var instructions: String?

    /// Makes an introduction.
    public init(capabilities: JSONObject, instructions: String? = nil) {
        self.capabilities = capabilities
        self.instructions = instructions
    }
}

/// A client's interest in changes.
public struct MCPSubscription: Sendable {
    /// What of the filter is heeded.
    public let filter: MCPChangeFilter
    private let end: @Sendable () -> Void

    /// Makes a subscription.
    ///
    /// - Parameters:
    ///   - filter: What of the asked filter is heeded.
    ///   - cancel: Ends it; is called once.
    public init(filter: MCPChangeFilter, cancel: @escaping @Sendable () -> Void) {
        self.filter = filter
        end = cancel
    }

    /// Ends it.
    public func cancel() {
        end()
    }
}
