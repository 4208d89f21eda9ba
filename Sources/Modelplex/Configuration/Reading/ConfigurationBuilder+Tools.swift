internal import CredentialKit
internal import GatewayKit
internal import MCPKit
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
        guard let table = value?.table else { return tools }
        tools.offer = makeOffer(table)
        tools.isLean = table["lean"].flatMap(ConfigScalar.boolean) ?? false
        tools.access = (table["access"]?.array ?? []).compactMap { $0.table.map(makeAccess) }
        if let maximum = table["sessions"]?["max"].flatMap(ConfigScalar.integer) { tools.sessions.maximum = maximum }
        if let idle = table["sessions"]?["idle"].flatMap(ConfigScalar.duration) { tools.sessions.idle = idle }
        tools.seeds = (table["seeds"]?.array ?? []).compactMap { $0.table.map(makeSeed) }
        return tools
    }

    private func makeOffer(_ table: ConfigTable) -> PlexConfiguration.ToolOffer {
        PlexConfiguration.ToolOffer(allow: table.texts("allow"), deny: table.texts("deny") ?? [])
    }

    private func makeAccess(_ table: ConfigTable) -> PlexConfiguration.ToolAccess {
        PlexConfiguration.ToolAccess(
            role: table["role"]?.string.flatMap { ListenAddress.Role(rawValue: $0) },
            listener: table["listener"]?.string.map { (try? ListenAddress(parsing: $0))?.place ?? $0 },
            key: table["key"]?.string,
            offer: makeOffer(table)
        )
    }

    // As it stands in the file: what is kept of it refers to variables and does not hold what they hold.
    private func makeSeed(_ table: ConfigTable) -> MCPServerSeed {
        var settings = JSONObject()
        for entry in table.entries where !["name", "commands"].contains(entry.key) {
            settings[entry.key] = try? entry.value.asWritten.json()
        }
        let commands = (table["commands"]?.array ?? []).map { ($0.array ?? []).compactMap(\.string) }
        return MCPServerSeed(name: table["name"]?.string ?? "", commands: commands, settings: settings)
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
        server.isEnabled = table["enabled"].flatMap(ConfigScalar.boolean) ?? true
        server.offer = makeOffer(table)
        server.workingDirectory = table["cwd"]?.string.map(resolvePath)
        if let limits = table["limits"]?.table { server.limits = makeLimits(limits) }
        if let sandbox = table["sandbox"]?.table { server.sandbox = makeSandbox(sandbox) }
        server.parameters = makeParameters(table["credentials"], path: "\(path).credentials")
        if let login = table["login"] {
            server.login = login.string
            checkCredentialName(login, path: "\(path).login")
        }
        server.ping = table["ping"].flatMap(ConfigScalar.duration)
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

    private mutating func makeParameters(
        _ value: ConfigValue?,
        path: String
    ) -> [PlexConfiguration.MCPServer.Parameter] {
        var parameters: [PlexConfiguration.MCPServer.Parameter] = []
        for (index, value) in (value?.array ?? []).enumerated() {
            guard let table = value.table else { continue }
            if let id = table["id"] { checkCredentialName(id, path: "\(path)[\(index)].id") }
            parameters.append(
                .init(
                    credential: table["id"]?.string ?? "",
                    parameter: table["parameter"]?.string ?? "",
                    isRequired: table["required"].flatMap(ConfigScalar.boolean) ?? true,
                    environmentFallback: table["env_fallback"]?.string
                )
            )
        }
        return parameters
    }

    private mutating func checkCredentialName(_ value: ConfigValue, path: String) {
        guard value.provenance != .unresolved, let text = value.string else { return }
        do {
            _ = try CredentialName(text)
        } catch {
            checker.report(error.message, at: value, path: path)
        }
    }

    private func makeSandbox(_ table: ConfigTable) -> ProcessSandbox {
        ProcessSandbox(
            allowsNetwork: table["network"].flatMap(ConfigScalar.boolean) ?? false,
            readablePaths: (table.texts("read") ?? []).map(resolvePath),
            writablePaths: (table.texts("write") ?? []).map(resolvePath)
        )
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

extension ConfigValue {
    /// The tree as it stands in the file, with no variables put in.
    fileprivate var asWritten: ConfigValue {
        switch content {
        case .string:
            if case .substituted(let template) = provenance { ConfigValue(.string(template)) } else { self }
        case .array(let elements): ConfigValue(.array(elements.map(\.asWritten)))
        case .table(let table):
            ConfigValue(
                .table(
                    table.entries.reduce(into: ConfigTable()) { written, entry in
                        written[entry.key] = entry.value.asWritten
                    }
                )
            )
        default: self
        }
    }
}
