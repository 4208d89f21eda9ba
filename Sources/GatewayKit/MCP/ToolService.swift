public import TransportKit

/// What answers at a gateway's paths below `/mcp`: MCP servers behind it, as one.
public protocol ToolService: Sendable {
    /// Answers a request that was let in.
    ///
    /// Cancelling the calling task, or the answer's stream, means that the caller has left.
    ///
    /// - Parameter request: The request.
    /// - Returns: The answer.
    /// - Throws: `ToolRefusal`; the gateway writes it in its usual form.
    func respond(to request: ToolRequest) async throws(ToolRefusal) -> GatewayResponse

    /// What it has done and holds, for metrics and the operator's status.
    func figures() async -> ToolFigures

    /// The gateway is about to stop, and lets requests end: what waits for news and for no answer ends now.
    func endStreams() async

    /// The gateway has stopped: nothing more is asked.
    func close() async
}

extension ToolService {
    /// Does nothing: for a service without such streams.
    public func endStreams() async {}
}

/// A request at one of the paths below `/mcp`.
public struct ToolRequest: Sendable {
    /// What is asked for.
    @nonexhaustive
    public enum Path: Sendable, Hashable {
        /// `/mcp`: the Model Context Protocol itself.
        case endpoint
        /// `GET /mcp/v1/tools`: all tools, under the names by which they are called.
        case tools
        /// `POST /mcp/v1/tools/{tool}/call`: calls a tool.
        case call(tool: String)
        /// `GET /mcp/tools`: the tools by server, with what is wrong with each.
        case servedTools
        /// `POST /mcp/tools/{server}/{tool}`: calls a server's tool by its own name.
        case callAt(server: String, tool: String)
        /// `GET` and `POST /mcp/servers`: lists and adds servers.
        case servers
        /// `GET`, `PUT` and `DELETE /mcp/servers/{server}`.
        case server(String)
        /// `POST /mcp/servers/{server}/enable` and `disable`.
        case setEnabled(String, Bool)
    }

    /// What is asked for.
    public var path: Path
    /// The request as it came.
    public var request: GatewayRequest
    /// The name of the access key that it showed, if it did.
    public var keyName: String?

    /// Makes a request.
    public init(path: Path, request: GatewayRequest, keyName: String? = nil) {
        self.path = path
        self.request = request
        self.keyName = keyName
    }
}

/// Why a request at a path below `/mcp` is not answered.
public struct ToolRefusal: Error, Sendable, Hashable {
    /// The HTTP status.
    public var status: Int
    /// The kind, in snake case, for programs.
    public var code: String
    /// What failed, why, and what to do next; fit for any caller.
    public var message: String
    /// How long to wait before the next request.
    public var retryAfter: Duration?
    /// Further members of the error, for programs; they stand beside its message.
    public var details: JSONObject?

    /// Makes a refusal.
    public init(
        status: Int,
        code: String,
        message: String,
        retryAfter: Duration? = nil,
        details: JSONObject? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.details = details
    }
}

/// What a tool service has done and holds.
public struct ToolFigures: Sendable, Hashable {
    /// One server behind the gateway.
    public struct Server: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// Where its connection is, in snake case: `ready`, `idle`, `failed` and the like.
        public var state: String
        /// How many times it was started or connected to again.
        public var restarts: Int
        /// Calls of tools, by what came of them.
        public var calls: [String: Int]
        /// What is wrong with it, without any secret.
        public var problem: String?

        /// Makes figures of a server.
        public init(
            name: String,
            state: String,
            restarts: Int = 0,
            calls: [String: Int] = [:],
            problem: String? = nil
        ) {
            self.name = name
            self.state = state
            self.restarts = restarts
            self.calls = calls
            self.problem = problem
        }
    }

    /// Clients that have a session.
    public var sessions: Int
    /// The servers, in their order.
    public var servers: [Server]

    /// Makes figures.
    public init(sessions: Int = 0, servers: [Server] = []) {
        self.sessions = sessions
        self.servers = servers
    }
}
