public import TransportKit

/// A client of one MCP server, in whichever era of the protocol the server speaks.
///
/// It connects at the first call, keeps the connection for all that follow, and makes another when it ended. Calls may be made from any
/// number of tasks at once.
///
/// ```swift
/// let client = try MCPClient(MCPServerConfiguration(name: "time", endpoint: .command(.init("mcp-server-time"))))
/// let tools = try await client.tools()
/// let result = try await client.callTool("get_current_time", arguments: ["timezone": "UTC"])
/// await client.close()
/// ```
public final class MCPClient: ToolSource {
    /// The server, and how it is used.
    public let configuration: MCPServerConfiguration

    let loop: EventLoop
    let handlers: MCPClientHandlers
    let connector: Connector
    let core: LoopBound<ClientCore>
    private let current: ClientCore.Shared

    /// The server's name.
    public var name: String { configuration.name }

    /// Makes a client; nothing is connected or started yet.
    ///
    /// - Parameters:
    ///   - configuration: The server.
    ///   - handlers: What the client does for the server.
    ///   - information: What the client says of itself.
    ///   - group: The event loops that connections live on; each client keeps to one.
    ///   - logger: Where ends of connections and the server's standard error are told.
    /// - Throws: `MCPError` with code `configuration`.
    public convenience init(
        _ configuration: MCPServerConfiguration,
        handlers: MCPClientHandlers = MCPClientHandlers(),
        information: MCPClientInformation = MCPClientInformation(),
        group: EventLoopGroup = .shared,
        logger: Logger = .current
    ) throws(MCPError) {
        var logger = logger
        logger[metadataKey: "mcp.server"] = .string(configuration.name)
        self.init(
            configuration,
            factory: try .configured(configuration, group: group, logger: logger),
            handlers: handlers,
            information: information,
            loop: group.next(),
            logger: logger
        )
    }

    /// Makes a client over transports of one's own.
    package init(
        _ configuration: MCPServerConfiguration,
        factory: TransportFactory,
        handlers: MCPClientHandlers = MCPClientHandlers(),
        information: MCPClientInformation = MCPClientInformation(),
        loop: EventLoop,
        logger: Logger = .disabled
    ) {
        self.configuration = configuration
        self.handlers = handlers
        self.loop = loop
        connector = Connector(
            name: configuration.name,
            loop: loop,
            factory: factory,
            timeouts: configuration.timeouts,
            information: information,
            handlers: handlers,
            logger: logger
        )
        let core = ClientCore(connector, policy: configuration.policy, pingInterval: configuration.pingInterval)
        current = core.current
        self.core = LoopBound(core, loop)
    }

    deinit {
        loop.execute { [core] in _ = core.value.close() }
    }

    // MARK: Connection

    /// Connects, unless there is a connection already.
    ///
    /// - Returns: What the server says of itself.
    /// - Throws: `MCPError`, if there is no connection to be had.
    @discardableResult
    public func connect() async throws(MCPError) -> MCPServerInformation {
        try await naming { () async throws(MCPError) in
            MCPServerInformation(try await connection().agreement)
        }
    }

    /// Closes the connection and ends the server's process, if it has one; returns when nothing is left.
    ///
    /// Calls that wait fail with code `closed`, and so do all later ones.
    public func close() async {
        let tasks = await loop.run { [core] in core.value.close() }
        for task in tasks { await task.value }
    }

    /// The connection for a call.
    func connection() async throws(MCPError) -> MCPConnection {
        if let connection = current.connection.withLock({ $0 }) { return connection }
        let waiter = LoopBound(ClientCore.Waiter(), loop)
        return try await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: ConnectionContinuation) in
                loop.perform { [core] in core.value.join(waiter.value, continuation) }
            }
        } onCancel: {
            loop.execute { [core] in core.value.leave(waiter.value) }
        }.get()
    }

    /// Runs something on a connection: the lasting one, or one of its own.
    func withConnection<Value: Sendable>(
        _ body: (MCPConnection) async throws(MCPError) -> Value
    ) async throws(MCPError) -> Value {
        try await naming { () async throws(MCPError) in
            if case .perCall = configuration.policy { return try await withOwnConnection(body) }
            do throws(MCPError) {
                return try await body(try await connection())
            } catch {
                // The connection ended between being found and being used.
                guard error.isUnsent else { throw error }
            }
            return try await body(try await connection())
        }
    }

    private func withOwnConnection<Value: Sendable>(
        _ body: (MCPConnection) async throws(MCPError) -> Value
    ) async throws(MCPError) -> Value {
        let wait = try await loop.run { [core] in core.value.admission() }.get()
        if wait > .zero { try await pause(wait) }
        let memory = await loop.run { [core] in core.value.beginOwnConnection() }
        let outcome = await connector.connect(memory) { [handlers, name] in
            SessionHandlers(
                request: { method, params in await handlers.answer(method, params, server: name) },
                notification: { method, params in
                    handlers.relay?.notification(method, params)
                    if method == "notifications/message" {
                        handlers.log?(MCPLogEntry(json: params?.object ?? [:]))
                    } else {
                        handlers.notification?(method, params)
                    }
                }
            )
        }
        let connection = try? outcome.result.get()
        do throws(MCPError) {
            let value = try await body(try outcome.result.get())
            await outcome.session?.close()
            await loop.run { [core] in core.value.endOwnConnection(connection, nil) }
            return value
        } catch {
            await outcome.session?.close()
            await loop.run { [core] in core.value.endOwnConnection(connection, error) }
            throw error
        }
    }

    /// Puts the server's name into errors.
    func naming<Value>(_ body: () async throws(MCPError) -> Value) async throws(MCPError) -> Value {
        do throws(MCPError) {
            return try await body()
        } catch {
            var error = error
            error.server = error.server ?? name
            throw error
        }
    }
}

/// What a server says of itself.
public struct MCPServerInformation: Sendable, Hashable {
    /// The version of the protocol that was agreed on.
    public let version: ProtocolVersion
    /// The server's own name; for people, as it may say anything.
    public let name: String?
    /// The server's own version.
    public let serverVersion: String?
    /// What the server can, as the wire has it.
    public let capabilities: JSONObject
    /// What the server tells models about its use.
    public let instructions: String?

    init(_ agreement: Agreement) {
        version = agreement.version
        name = agreement.serverInformation.string("name")
        serverVersion = agreement.serverInformation.string("version")
        capabilities = agreement.capabilities
        instructions = agreement.instructions
    }
}
