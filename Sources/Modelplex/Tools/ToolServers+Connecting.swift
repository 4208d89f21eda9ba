package import MCPKit
internal import TransportKit

extension ToolServers {
    /// Makes a client of a server; it connects at its first use.
    ///
    /// - Parameter server: The server, with what its credentials hold.
    /// - Returns: The client.
    /// - Throws: `MCPError` with code `configuration`.
    package static func connect(_ server: ResolvedToolServer) throws(MCPError) -> any ToolServerConnection {
        try MCPClient(server.configuration)
    }
}

extension ResolvedToolServer {
    /// The server as a client takes it.
    var configuration: MCPServerConfiguration {
        var configuration = MCPServerConfiguration(name: settings.name, endpoint: endpoint)
        configuration.pingInterval = settings.ping
        configuration.timeouts.connect = settings.timeouts.connect
        configuration.timeouts.probe = min(configuration.timeouts.probe, settings.timeouts.connect)
        configuration.timeouts.request = settings.timeouts.request
        configuration.timeouts.maximum = settings.timeouts.total
        if let login, login.authorization.show != nil {
            // All wait for the user.
            let limit = login.authorization.limit + settings.timeouts.connect
            configuration.timeouts.connect = limit
            configuration.timeouts.probe = limit
            configuration.timeouts.request = limit
        }
        switch settings.policy {
        case .persistent(let idleClose): configuration.policy = .persistent(idleClose: idleClose)
        case .perCall: configuration.policy = .perCall
        }
        return configuration
    }

    private var endpoint: MCPServerConfiguration.Endpoint {
        switch settings.transport {
        case .command(let program, let arguments, _):
            .command(
                MCPServerConfiguration.Command(
                    program,
                    arguments,
                    secrets: secrets,
                    workingDirectory: settings.workingDirectory,
                    limits: settings.limits,
                    sandbox: settings.sandbox
                )
            )
        case .url(let url, _):
            .remote(
                MCPServerConfiguration.Remote(
                    url,
                    credentials: secrets,
                    login: login.map { MCPServerConfiguration.Login($0.authorization, in: ($0.store, $0.name)) }
                )
            )
        }
    }
}

extension MCPClient: ToolServerConnection {
    package func status() async throws(MCPError) -> ToolServerStatus {
        let information = try await connect()
        let statistics = await statistics()
        let product = [information.name, information.serverVersion].compactMap(\.self).filter { !$0.isEmpty }.joined(
            separator: " "
        )
        return ToolServerStatus(
            version: information.version,
            product: product.isEmpty ? nil : product,
            transport: statistics.transport ?? "unknown",
            capabilities: information.capabilities.members.map(\.name).sorted(),
            processID: statistics.processID,
            age: statistics.age,
            requests: (statistics.requests, statistics.failures)
        )
    }
}
