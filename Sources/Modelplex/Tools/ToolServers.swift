package import CredentialKit
public import MCPKit
public import ProviderKit
package import TransportKit

/// The MCP servers of a configuration, by name.
///
/// A server is started, or connected to, when it is first needed, and kept for the next call as its policy says. Whoever has
/// used servers closes them at the end:
///
/// ```swift
/// let plex = try Plex()
/// let box = try await plex.toolServers.box(of: ["time"])
/// let result = try await plex.respond(to: request, using: box)
/// await plex.toolServers.close()
/// ```
public final class ToolServers: Sendable {
    /// Makes what speaks to a server; nothing is opened by that.
    package typealias Connect = @Sendable (ResolvedToolServer) throws(MCPError) -> any ToolServerConnection

    /// The names of the servers that are used, in the order of the configuration.
    public var names: [String] { settings.servers.filter(\.isEnabled).map(\.name) }

    /// What the configuration says.
    package let settings: PlexConfiguration.MCP
    let environment: [String: String]
    let credentials: ToolServerCredentials
    private let connect: Connect
    private let connections = Locked<[String: any ToolServerConnection]>([:])

    /// Makes the servers of a configuration; nothing is opened yet.
    ///
    /// - Parameters:
    ///   - settings: What the configuration says.
    ///   - logins: What is configured of logins.
    ///   - environment: The variables that say where the credential store and its master key are.
    ///   - askPassphrase: Asks the user for the store's passphrase; `nil` where nobody can be asked.
    ///   - connect: Makes what speaks to a server.
    package init(
        _ settings: PlexConfiguration.MCP,
        logins: [PlexConfiguration.Login] = [],
        environment: [String: String],
        askPassphrase: (@Sendable () throws(CredentialError) -> Secret)? = nil,
        connect: @escaping Connect = ToolServers.connect
    ) {
        self.settings = settings
        self.environment = environment
        credentials = ToolServerCredentials(environment: environment, logins: logins, askPassphrase: askPassphrase)
        self.connect = connect
    }

    /// A server.
    ///
    /// - Parameter name: Its name.
    /// - Returns: The server; the same one at every call.
    /// - Throws: `PlexError` with code `notFound` that says which servers there are; `configuration`, if tools are switched
    ///   off, or a credential that the server is to get is missing.
    public func server(named name: String) async throws(PlexError) -> any ToolSource {
        try await connection(named: name)
    }

    /// The tools of servers, and functions of the program itself, as one set.
    ///
    /// - Parameters:
    ///   - names: The servers; `nil` takes all.
    ///   - tools: The functions.
    /// - Returns: The set; its servers are asked for their tools when it is used.
    /// - Throws: `PlexError` as ``server(named:)``, for servers that are named; of all, one that cannot be used costs its own tools only.
    public func box(of names: [String]? = nil, tools: [Tool] = []) async throws(PlexError) -> ToolBox {
        var sources: [any ToolSource] = []
        var taken: Set<String> = []
        for name in names ?? self.names where taken.insert(name).inserted {
            do throws(PlexError) {
                sources.append(try await connection(named: name))
            } catch {
                // Who asks for all gets those that there are.
                guard names == nil, settings.enabled else { throw error }
                sources.append(UnusableToolServer(name: name, error: error))
            }
        }
        return ToolBox(sources: sources, tools: tools)
    }

    /// Closes what is open; returns when nothing of it is left.
    ///
    /// What is needed later is opened anew.
    public func close() async {
        let open = connections.withLock { connections in
            defer { connections = [:] }
            return Array(connections.values)
        }
        await withTaskGroup(of: Void.self) { group in
            for connection in open { group.addTask { await connection.close() } }
        }
    }

    /// The connection to a server.
    package func connection(named name: String) async throws(PlexError) -> any ToolServerConnection {
        guard settings.enabled else {
            throw PlexError(.configuration, "tools are switched off; set enabled = true under [mcp]")
        }
        guard let server = settings.servers.first(where: { $0.name == name }) else { throw unknown(name) }
        guard server.isEnabled else {
            throw PlexError(
                .configuration,
                "MCP server \"\(name)\" is switched off; take enabled = false out of its part of the configuration"
            )
        }
        if let known = connections.withLock({ $0[name] }) { return known }
        let resolved = try await credentials.resolve(server)
        do {
            let made = try connect(resolved)
            return connections.withLock { connections in
                if let known = connections[name] { return known }
                connections[name] = made
                return made
            }
        } catch {
            throw PlexError(error, server: name)
        }
    }

    /// Logs in to a server over HTTP, and keeps the login in the credential store.
    ///
    /// - Parameters:
    ///   - name: The server's name.
    ///   - show: Shows the user what to open.
    /// - Returns: What the server says of itself.
    /// - Throws: `PlexError`; code `configuration` if the server has no `login`.
    package func logIn(
        to name: String,
        show: @escaping @Sendable (OAuthLogin.Prompt) async -> Void
    ) async throws(PlexError) -> ToolServerStatus {
        guard let server = settings.servers.first(where: { $0.name == name }) else { throw unknown(name) }
        guard server.login != nil else {
            throw PlexError(
                .configuration,
                "MCP server \"\(name)\" has no login; give it login = \"NAME\", its name in the credential store"
            )
        }
        var resolved = try await credentials.resolve(server)
        resolved.login?.authorization.show = show
        do throws(MCPError) {
            let connection = try connect(resolved)
            let result: Result<ToolServerStatus, MCPError>
            do throws(MCPError) {
                let status = try await connection.status()
                // Some servers tell anybody who they are, and only then whom they know.
                _ = try await connection.tools()
                result = .success(status)
            } catch {
                result = .failure(error)
            }
            await connection.close()
            return try result.get()
        } catch {
            throw PlexError(error, server: name)
        }
    }

    private func unknown(_ name: String) -> PlexError {
        let hint =
            names.isEmpty
            ? "none is configured; name one under [[mcp.servers]]" : "there are \(names.joined(separator: ", "))"
        return PlexError(.notFound, "there is no MCP server \"\(name)\"; \(hint)")
    }
}

/// Stands for a server that cannot be used as it is configured.
private struct UnusableToolServer: ToolSource {
    let name: String
    private let failure: MCPError

    init(name: String, error: PlexError) {
        self.name = name
        switch error.underlyingError {
        case var known as MCPError:
            known.server = known.server ?? name
            failure = known
        case let missing as CredentialError: failure = MCPError(.configuration, missing.message, server: name)
        default: failure = MCPError(.configuration, error.message, server: name)
        }
    }

    func tools() async throws(MCPError) -> [MCPTool] { throw failure }

    func callTool(_ name: String, arguments: JSONObject) async throws(MCPError) -> MCPToolResult { throw failure }
}

extension PlexError {
    /// Makes an error of one of a server.
    package init(_ error: MCPError, server: String? = nil) {
        let code: Code =
            switch error.code {
            case .timeout: .timeout(.total)
            case .cancelled: .cancelled
            case .authorization: .authentication
            case .configuration: .configuration
            case .notFound: .notFound
            case .unsupported, .version: .unsupported
            case .request, .invalidArguments: .invalidRequest
            case .protocolViolation, .invalidResult, .tooLarge: .malformedResponse
            case .closed: .streamCut
            default: .network
            }
        var error = error
        error.server = error.server ?? server
        self.init(code, error.description, underlyingError: error)
        retryAfter = error.retryAfter
    }
}
