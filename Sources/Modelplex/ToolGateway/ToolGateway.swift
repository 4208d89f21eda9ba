package import GatewayKit
package import MCPKit
internal import ProviderKit
package import TransportKit

/// The MCP servers of a configuration as a gateway serves them: one server for all callers, and plain HTTP for those who speak no MCP.
package final class ToolGateway: ToolService {
    private struct State {
        var settings: PlexConfiguration.MCP
        /// Whether the servers were ever looked through.
        var isLoaded = false
        /// All servers by name, and what keeps one from being used.
        var names: [String] = []
        var problems: [String: String] = [:]
        var disabled: Set<String> = []
        /// Looks through the servers, counted as they begin, and the newest that was put to use.
        var looks = 0
        var newestLook = 0
    }

    let directory: ToolDirectory
    let proxy: MCPProxy
    private let endpoint: MCPHTTPEndpoint
    private let state: Locked<State>
    /// Held while it is changed which servers are used.
    private let using = Locked<Void>(())
    private let register: @Sendable ([Secret]) -> Void

    /// Makes a tool gateway; no server is started.
    ///
    /// - Parameters:
    ///   - settings: What the configuration says.
    ///   - logins: What it says of logins.
    ///   - environment: The variables that references name, and that say where the lists of servers and credentials are.
    ///   - version: The version that it gives itself.
    ///   - askPassphrase: Asks the user for the credential store's passphrase; `nil` where nobody can be asked.
    ///   - eventLoopGroup: Where the work is done.
    ///   - logger: Where ends of connections and what servers write to standard error are told.
    ///   - register: Is told of every secret that a server gets, so that it stands in no log.
    /// - Throws: `MCPError`.
    package init(
        _ settings: PlexConfiguration.MCP,
        logins: [PlexConfiguration.Login] = [],
        environment: [String: String],
        version: String = "0.1.0",
        askPassphrase: (@Sendable () throws(CredentialError) -> Secret)? = nil,
        eventLoopGroup: EventLoopGroup = .shared,
        logger: Logger = .disabled,
        register: @escaping @Sendable ([Secret]) -> Void = { _ in }
    ) throws(MCPError) {
        self.register = register
        state = Locked(State(settings: settings))
        directory = ToolDirectory(
            settings,
            logins: logins,
            environment: environment,
            askPassphrase: askPassphrase
        )
        proxy = try MCPProxy(
            [],
            options: MCPProxy.Options(
                information: MCPClientInformation(name: "modelplex", version: version),
                access: MCPAccessPolicy(settings),
                listing: settings.isLean ? .lean : .full
            ),
            group: eventLoopGroup,
            logger: logger
        )
        endpoint = MCPHTTPEndpoint(
            proxy,
            sessions: MCPSessionLimits(
                sessions: settings.sessions.maximum,
                sessionsPerCaller: max(1, settings.sessions.maximum / 2),
                idleTime: settings.sessions.idle
            ),
            group: eventLoopGroup
        )
    }

    /// What answers MCP clients, whatever they connect by.
    package var service: any MCPService { proxy }

    /// Adds the servers that a configuration begins with, and gets to know all servers; none is started.
    ///
    /// - Returns: What to tell the operator.
    package func load() async -> (notes: [String], warnings: [String]) {
        guard state.withLock(\.settings.enabled) else { return ([], []) }
        return await withTaskExecutorPreference(globalConcurrentExecutor) {
            var (notes, warnings) = await directory.seed()
            warnings += await refresh()
            let names = state.withLock { state in state.names.filter { !state.disabled.contains($0) } }
            if !names.isEmpty { notes.append("MCP at /mcp: \(names.joined(separator: ", "))") }
            return (notes, warnings)
        }
    }

    /// Another configuration is in effect; servers that are in both as they were go on.
    ///
    /// - Returns: What to tell the operator.
    package func reload(
        _ settings: PlexConfiguration.MCP,
        logins: [PlexConfiguration.Login] = []
    ) async -> (notes: [String], warnings: [String]) {
        let before = state.withLock { state in
            defer { state.settings = settings }
            return state.settings
        }
        await directory.replace(settings, logins: logins)
        if MCPAccessPolicy(before) != MCPAccessPolicy(settings) { proxy.setAccess(MCPAccessPolicy(settings)) }
        var (notes, warnings) = await load()
        if !settings.enabled { try? proxy.update([]) }
        var changed: [String] = []
        if settings.isLean != before.isLean { changed.append("mcp.lean") }
        if settings.sessions != before.sessions { changed.append("mcp.sessions") }
        if !changed.isEmpty {
            warnings.append("a restart is needed for the change of \(changed.joined(separator: ", "))")
        }
        return (notes, warnings)
    }

    /// Looks through the configuration and the list, and uses the servers that are there now.
    ///
    /// - Returns: What is wrong with those that cannot be used.
    @discardableResult
    func refresh() async -> [String] {
        await withTaskExecutorPreference(globalConcurrentExecutor) {
            let look = state.withLock { state in
                state.looks += 1
                return state.looks
            }
            let members: [ToolDirectory.Member]
            let problems: [(String, String)]
            do throws(MCPError) {
                members = try await directory.members()
                problems = members.compactMap { member in member.problem.map { (member.name, $0) } }
                register(members.compactMap(\.configuration).flatMap(\.secrets))
                try use(members, problems, look)
            } catch {
                return [error.description]
            }
            return problems.map { $1.contains("\"\($0)\"") ? $1 : "MCP server \"\($0)\": \($1)" }
        }
    }

    /// Uses the servers that a look has found, unless one that began later has found others.
    private func use(
        _ members: [ToolDirectory.Member],
        _ problems: [(String, String)],
        _ look: Int
    ) throws(MCPError) {
        try using.withLock { _ throws(MCPError) in
            guard state.withLock({ $0.newestLook < look }) else { return }
            try proxy.update(members.compactMap(\.configuration))
            state.withLock { state in
                state.newestLook = look
                state.isLoaded = true
                state.names = members.map(\.name)
                state.disabled = Set(members.filter { !$0.isEnabled }.map(\.name))
                state.problems = Dictionary(problems) { first, _ in first }
            }
        }
    }

    package func endStreams() async { await endpoint.endStreams() }

    /// Ends all sessions and all servers.
    package func close() async {
        await endpoint.close()
        await proxy.close()
    }

    // MARK: Answering

    package func respond(to request: ToolRequest) async throws(ToolRefusal) -> GatewayResponse {
        guard state.withLock(\.settings.enabled) else {
            throw ToolRefusal(
                status: 404,
                code: "tools_not_configured",
                message: "tools are switched off here; set enabled = true under [mcp]"
            )
        }
        if !state.withLock(\.isLoaded) { await refresh() }
        switch request.path {
        case .endpoint:
            try requireServers()
            return await answer(request)
        case .tools:
            try requireServers()
            return await listTools(request.caller)
        case .servedTools: return await listToolsByServer(request.caller)
        case .call(let tool):
            try requireServers()
            return try await call(tool, request)
        case .callAt(let server, let tool): return try await call(tool, of: server, request)
        case .servers, .server, .setEnabled:
            return try await withTaskExecutorPreference(globalConcurrentExecutor) { () async throws(ToolRefusal) in
                try await administer(request)
            }
        @unknown default: throw ToolRefusal(status: 404, code: "unknown_path", message: "there is no such path here")
        }
    }

    private func administer(_ request: ToolRequest) async throws(ToolRefusal) -> GatewayResponse {
        switch (request.path, request.request.method) {
        case (.servers, "POST"): try await addServer(request.request.body)
        case (.servers, _): try await listServers()
        case (.server(let name), "PUT"): try await changeServer(name, request.request.body)
        case (.server(let name), "DELETE"): try await removeServer(name)
        case (.server(let name), _): try await show(name)
        case (.setEnabled(let name, let isEnabled), _): try await setEnabled(isEnabled, name)
        default: throw ToolRefusal(status: 404, code: "unknown_path", message: "there is no such path here")
        }
    }

    private func answer(_ request: ToolRequest) async -> GatewayResponse {
        let response = await endpoint.respond(
            to: MCPHTTPRequest(
                method: request.request.method,
                fields: request.request.fields,
                body: request.request.body,
                caller: request.caller
            )
        )
        switch response.body {
        case .bytes(let bytes):
            return GatewayResponse(status: response.status, fields: response.fields, body: .bytes(bytes))
        case .events(let source):
            // A client that only waits for news should see at once that it may: the head goes with the first piece.
            let opening = request.request.method == "GET" ? ": open\n\n" : nil
            let stream = GatewayStream(source: EventPieces(source: source, opening: opening), keepAlive: nil)
            return GatewayResponse(status: response.status, fields: response.fields, body: .stream(stream))
        @unknown default: return GatewayResponse(status: 500)
        }
    }

    private func requireServers() throws(ToolRefusal) {
        guard state.withLock(\.names.isEmpty) else { return }
        throw ToolRefusal(
            status: 404,
            code: "tools_not_configured",
            message:
                "there is no MCP server here; its operator names some under [[mcp.servers]], or adds them at POST /mcp/servers"
        )
    }

    // MARK: What there is

    package func figures() async -> ToolFigures {
        let (names, problems) = state.withLock { ($0.names, $0.problems) }
        let status = await proxy.status()
        let known = Dictionary(status.servers.map { ($0.name, $0) }) { first, _ in first }
        return ToolFigures(
            sessions: endpoint.sessionCount,
            servers: names.map { name in
                guard let server = known[name] else {
                    return ToolFigures.Server(
                        name: name,
                        state: problems[name] == nil ? "disabled" : "unusable",
                        problem: problems[name]
                    )
                }
                return ToolFigures.Server(
                    name: name,
                    state: server.state.rawValue,
                    restarts: server.ends,
                    calls: ["ok": max(0, server.calls - server.failures), "error": server.failures],
                    problem: server.error
                )
            }
        )
    }

    /// What each server is doing, by name.
    func states() async -> [String: String] {
        let servers = await proxy.status().servers
        return Dictionary(servers.map { ($0.name, $0.state.rawValue) }) { first, _ in first }
    }

    /// The names of all servers, and what keeps those from being used that cannot be.
    var known: (names: [String], problems: [String: String], disabled: Set<String>) {
        state.withLock { ($0.names, $0.problems, $0.disabled) }
    }
}

/// The events of an MCP server as the pieces of an answer's body.
private final class EventPieces: GatewayStream.Source {
    private let source: any MCPEventSource
    private let opening: Locked<String?>

    /// Makes the pieces.
    ///
    /// - Parameters:
    ///   - source: The events.
    ///   - opening: A comment before them.
    init(source: any MCPEventSource, opening: String?) {
        self.source = source
        self.opening = Locked(opening)
    }

    func next() async -> [UInt8]? {
        let opening = opening.withLock { opening in
            defer { opening = nil }
            return opening
        }
        if let opening { return Array(opening.utf8) }
        return await source.next()
    }

    func cancel() { source.cancel() }
}

extension ToolRequest {
    /// Who asks, as the servers' rules know them.
    var caller: MCPServedClient.Caller {
        let peer = request.peer
        let userID: UInt32? = if case .unix(let userID, _, _) = peer.address { userID } else { nil }
        return MCPServedClient.Caller(
            name: keyName,
            listener: peer.listener ?? "unknown",
            isGuest: peer.role != .host,
            userID: userID
        )
    }
}

extension MCPAccessPolicy {
    /// The rules of a configuration.
    package init(_ settings: PlexConfiguration.MCP) {
        var rules: [Rule] = []
        if settings.offer != PlexConfiguration.ToolOffer() {
            rules.append(Rule(allow: settings.offer.allow, deny: settings.offer.deny))
        }
        for server in settings.servers where server.offer != PlexConfiguration.ToolOffer() {
            rules.append(Rule(server))
        }
        for entry in settings.access {
            rules.append(
                Rule(
                    listeners: entry.listener.map { [$0] } ?? [],
                    keys: entry.key.map { [$0] } ?? [],
                    guests: entry.role.map { $0 == .guest },
                    allow: entry.offer.allow,
                    deny: entry.offer.deny
                )
            )
        }
        self.init(rules)
    }
}

extension MCPAccessPolicy.Rule {
    /// The rule of one server, whose patterns are of its own names.
    fileprivate init(_ server: PlexConfiguration.MCPServer) {
        func whole(_ pattern: String) -> String { server.name + ToolNames.separator + pattern }
        self.init(
            servers: [server.name],
            allow: server.offer.allow?.map(whole),
            deny: server.offer.deny.map(whole)
        )
    }
}

extension MCPServerConfiguration {
    fileprivate var secrets: [Secret] {
        switch endpoint {
        case .command(let command): Array(command.secrets.values)
        case .remote(let remote): Array(remote.credentials.values)
        default: []
        }
    }
}
