public import TransportKit

/// An MCP server of tools, prompts and resources of the program itself.
///
/// ```swift
/// struct Query: Decodable, Sendable { var city: String }
///
/// let server = MCPServer("weather", version: "1.0") {
///     Tool("get_weather", "Current weather in a city.") { (query: Query) in
///         try await lookUpWeather(in: query.city)
///     }
/// }
/// try await server.run()
/// ```
///
/// It speaks every revision of the protocol. ``run(as:limits:group:)`` serves a client at standard input and output;
/// ``respond(to:)`` answers requests over HTTP, wherever they are received; and an ``MCPClient`` of the endpoint `.service(server)` calls it within
/// the program. What is offered may change at any time; clients are told.
public final class MCPServer: MCPService {
    private let service: OwnService
    private let endpoint: MCPHTTPEndpoint

    /// Makes a server.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - version: Its version.
    ///   - title: A name for people.
    ///   - instructions: What models should know about its use.
    ///   - pageSize: How much of a list is given at once; many clients read the first page only.
    ///   - limits: The limits towards each client over HTTP.
    ///   - sessions: The limits of sessions over HTTP.
    ///   - offers: What it offers.
    public init(
        _ name: String,
        version: String,
        title: String? = nil,
        instructions: String? = nil,
        pageSize: Int = 1000,
        limits: MCPServerLimits = MCPServerLimits(),
        sessions: MCPSessionLimits = MCPSessionLimits(),
        @MCPServerBuilder _ offers: () -> [MCPServerOffer] = { [] }
    ) {
        var information: JSONObject = ["name": .string(name), "version": .string(version)]
        information["title"] = title.map { .string($0) }
        service = OwnService(information: information, instructions: instructions, pageSize: pageSize)
        endpoint = MCPHTTPEndpoint(service, limits: limits, sessions: sessions)
        let offers = offers()
        service.contents.withLock { contents in
            for offer in offers { _ = contents.add(offer) }
        }
    }

    /// What is wrong with what was offered; it is left out.
    public var mistakes: [MCPError] { service.contents.withLock { $0.mistakes } }

    // MARK: Serving

    /// Serves the client at this program's standard input and output, until the client closes them or the calling task is cancelled.
    ///
    /// From then on they belong to the client: what the program prints goes to standard error.
    ///
    /// - Parameters:
    ///   - caller: Who the client is said to be.
    ///   - limits: The limits towards the client.
    ///   - group: The event loops, of which one is used.
    /// - Throws: `MCPError` with code `connection` if there are no such streams, or `configuration` for the first of the ``mistakes``.
    public func run(
        as caller: MCPServedClient.Caller = MCPServedClient.Caller(listener: "stdio"),
        limits: MCPServerLimits = MCPServerLimits(),
        group: EventLoopGroup = .shared
    ) async throws(MCPError) {
        if let mistake = mistakes.first { throw mistake }
        try await service.run(as: caller, limits: limits, group: group)
    }

    /// Answers a request over HTTP; see ``MCPHTTPEndpoint``.
    ///
    /// - Parameter request: The request.
    /// - Returns: The answer.
    public func respond(to request: MCPHTTPRequest) async -> MCPHTTPResponse {
        await endpoint.respond(to: request)
    }

    /// Ends all sessions over HTTP.
    public func close() async {
        await endpoint.close()
    }

    // MARK: Changing

    /// Offers something more, in the place of what has the same name; clients are told.
    ///
    /// - Parameter offers: What is offered.
    /// - Throws: `MCPError` with code `configuration`, if something is wrong with it; it is left out then.
    public func add(@MCPServerBuilder _ offers: () -> [MCPServerOffer]) throws(MCPError) {
        let known = mistakes.count
        for offer in offers() { service.change { $0.add(offer) } }
        if mistakes.count > known, let mistake = mistakes.last { throw mistake }
    }

    /// Offers a tool no longer.
    public func removeTool(_ name: String) {
        service.change { $0.tools.remove(name) ? .tools : nil }
    }

    /// Offers a prompt no longer.
    public func removePrompt(_ name: String) {
        service.change { $0.prompts.remove(name) ? .prompts : nil }
    }

    /// Offers a resource, or a form of URI, no longer.
    public func removeResource(_ uri: String) {
        service.change { $0.resources.remove(uri) || $0.templates.remove(uri) ? .resources : nil }
    }

    /// Tells those who have subscribed to a resource that it has another content.
    public func resourceChanged(_ uri: String) {
        service.change { _ in .resource(uri: uri) }
    }

    // MARK: The service

    /// The server's name and version, as the wire has them.
    public var information: JSONObject { service.information }

    /// Tells a client what there is for it.
    public func introduction(to client: MCPServedClient) async throws(JSONRPCFailure) -> MCPIntroduction {
        try await service.introduction(to: client)
    }

    /// Answers a request.
    public func answer(_ request: MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject {
        try await service.answer(request)
    }

    /// Tells of changes until the subscription is cancelled.
    public func subscribe(
        to filter: MCPChangeFilter,
        for client: MCPServedClient,
        _ deliver: @escaping @Sendable (MCPChange) -> Void
    ) async throws(JSONRPCFailure) -> MCPSubscription {
        try await service.subscribe(to: filter, for: client, deliver)
    }

    /// The schema of a tool's arguments.
    public func inputSchema(of tool: String, for client: MCPServedClient) async -> JSONValue? {
        await service.inputSchema(of: tool, for: client)
    }
}
