internal import TransportKit

extension ConfigurationBuilder {
    /// Where tools come from.
    mutating func makeTools(_ value: ConfigValue?) -> PlexConfiguration.MCP {
        var tools = PlexConfiguration.MCP()
        if let enabled = value?["enabled"].flatMap(ConfigScalar.boolean) { tools.enabled = enabled }
        for (index, server) in (value?["servers"]?.array ?? []).enumerated() {
            guard let table = server.table else { continue }
            tools.servers.append(makeToolServer(table, path: "mcp.servers[\(index)]"))
        }
        return tools
    }

    private mutating func makeToolServer(_ table: ConfigTable, path: String) -> PlexConfiguration.MCPServer {
        let transport: PlexConfiguration.MCPServer.Transport =
            if let url = table["url"]?.string {
                .url(url, headers: makeCredentials(table["headers"], path: "\(path).headers"))
            } else {
                .command(
                    table["command"]?.string ?? "",
                    arguments: table.texts("args") ?? [],
                    environment: makeCredentials(table["env"], path: "\(path).env")
                )
            }
        var server = PlexConfiguration.MCPServer(name: table["name"]?.string ?? "", transport: transport)
        server.workingDirectory = table["cwd"]?.string.map(resolvePath)
        if let limits = table["limits"]?.table { server.limits = makeLimits(limits) }
        if let timeouts = table["timeouts"]?.table {
            timeouts.setDuration(&server.timeouts.connect, "connect")
            timeouts.setDuration(&server.timeouts.request, "request")
            timeouts.setDuration(&server.timeouts.total, "total")
        }
        if table["policy"]?.string == "per-call" {
            server.policy = .perCall
        } else if let idle = table["idle_close"] {
            server.policy = .persistent(idleClose: idle.string == "none" ? nil : ConfigScalar.duration(idle))
        }
        return server
    }

    private func makeLimits(_ table: ConfigTable) -> ProcessLimits {
        ProcessLimits(
            memory: table["memory"].flatMap(ConfigScalar.size),
            processorSeconds: table["cpu_seconds"].flatMap(ConfigScalar.integer),
            openFiles: table["open_files"].flatMap(ConfigScalar.integer),
            fileSize: table["file_size"].flatMap(ConfigScalar.size),
            processes: table["processes"].flatMap(ConfigScalar.integer)
        )
    }
}
