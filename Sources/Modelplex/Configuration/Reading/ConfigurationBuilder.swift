internal import GatewayKit
internal import ProviderKit
internal import TransportKit

/// Makes typed values of a tree that was checked: what is absent keeps its default.
struct ConfigurationBuilder {
    let environment: [String: String]
    /// Reads the file that `file:PATH` names.
    let readKeyFile: (String) throws(InvalidText) -> KeyFile
    var checker: ConfigurationChecker

    /// What a key file holds, and what is to be said of it.
    struct KeyFile {
        var text: String
        var warning: String?
    }

    mutating func makeConfiguration(_ root: ConfigValue) -> PlexConfiguration {
        var configuration = PlexConfiguration()
        if let table = root["server"]?.table { configuration.server = makeServer(table) }
        configuration.timeouts = makeTimeouts(root["timeouts"]?.table, over: Timeouts())
        for (index, value) in (root["providers"]?.array ?? []).enumerated() {
            guard let table = value.table else { continue }
            configuration.providers.append(
                makeProvider(table, path: "providers[\(index)]", timeouts: configuration.timeouts)
            )
        }
        configuration.routes = (root["routes"]?.array ?? []).compactMap(\.table).compactMap {
            makeRoute($0, timeouts: configuration.timeouts)
        }
        if let table = root["routing"]?.table { configuration.routing = makeRouting(table) }
        if let enabled = root["mcp"]?["enabled"].flatMap(ConfigScalar.boolean) { configuration.mcp.enabled = enabled }
        for (index, value) in (root["mcp"]?["servers"]?.array ?? []).enumerated() {
            guard let table = value.table else { continue }
            configuration.mcp.servers.append(makeToolServer(table, path: "mcp.servers[\(index)]"))
        }
        return configuration
    }

    private func makeTimeouts(_ table: ConfigTable?, over base: Timeouts) -> Timeouts {
        guard let table else { return base }
        func limit(_ name: String, _ inherited: Duration?) -> Duration? {
            guard let value = table[name] else { return inherited }
            return value.string == "none" ? nil : ConfigScalar.duration(value)
        }
        return Timeouts(
            connect: limit("connect", base.connect),
            firstByte: limit("first_byte", base.firstByte),
            idle: limit("idle", base.idle),
            total: limit("total", base.total)
        )
    }

    private mutating func makeProvider(
        _ table: ConfigTable,
        path: String,
        timeouts: Timeouts
    ) -> PlexConfiguration.Provider {
        let name = table["name"]?.string ?? ""
        let type = PlexConfiguration.ProviderType(rawValue: table["type"]?.string ?? name)
        var provider = PlexConfiguration.Provider(name: ProviderID(name), type: type)
        provider.baseURL = table["base_url"]?.string
        provider.apiVersion = table["api_version"]?.string
        provider.models = table.texts("models")?.map { ModelID($0) }
        if let priority = table["priority"].flatMap(ConfigScalar.integer) { provider.priority = priority }
        provider.headers = makeCredentials(table["headers"], path: "\(path).headers")
        if let overrides = table["timeouts"]?.table { provider.timeouts = makeTimeouts(overrides, over: timeouts) }
        provider.allowsHTTP = table["allow_http"].flatMap(ConfigScalar.boolean) ?? false
        if let value = table["api_key"] {
            provider.apiKey = makeCredential(value, path: "\(path).api_key")
        } else if let variable = type.usual?.setVariable(in: environment) {
            provider.apiKey = .implied(Secret(environment[variable] ?? ""), variable: variable)
            if let value = table["base_url"] {
                checker.warn(
                    "\(variable) is sent to this address, because api_key is left out",
                    hint: "name the key, or set api_key to another one",
                    at: value,
                    path: "\(path).base_url"
                )
            }
        }
        return provider
    }

    private mutating func makeCredentials(_ value: ConfigValue?, path: String) -> [String: PlexConfiguration.Credential]
    {
        var credentials: [String: PlexConfiguration.Credential] = [:]
        for entry in value?.table?.entries ?? [] {
            credentials[entry.key] = makeCredential(entry.value, path: "\(path).\(entry.key)")
        }
        return credentials
    }

    mutating func makeCredential(_ value: ConfigValue, path: String) -> PlexConfiguration.Credential? {
        guard value.provenance != .unresolved, let text = value.string else { return nil }
        // What the file itself says decides: a variable that holds `file:…` is a key that looks strange, no order.
        let written = if case .substituted(let template) = value.provenance { template } else { text }
        if value.override == nil, written.hasPrefix("store:") { return .store(String(text.dropFirst("store:".count))) }
        guard value.override == nil, written.hasPrefix("file:") else { return .value(Secret(text)) }
        do {
            let file = try readKeyFile(String(text.dropFirst("file:".count)))
            if let warning = file.warning { checker.warn(warning, at: value, path: path) }
            return .value(Secret(file.text))
        } catch {
            checker.report(error.message, at: value, path: path)
            return nil
        }
    }

    private func makeRoute(_ table: ConfigTable, timeouts: Timeouts) -> PlexConfiguration.Route? {
        let match: PlexConfiguration.Route.Match
        if let model = table["model"]?.string {
            match = .model(model)
        } else if let pattern = table["pattern"]?.string {
            match = .pattern(pattern)
        } else {
            return nil
        }
        var route = PlexConfiguration.Route(match: match, targets: table.targets("targets"))
        if let strategy = table["strategy"]?.string { route.strategy = .init(rawValue: strategy) }
        if let attempts = table["attempts"].flatMap(ConfigScalar.integer) { route.attempts = attempts }
        table.setDuration(&route.deadline, "deadline")
        if let word = table["on_stream_cut"]?.string, let cut = PlexConfiguration.Route.StreamCut(rawValue: word) {
            route.onStreamCut = cut
        }
        route.contextFallback = table.targets("context_fallback")
        route.contentFallback = table.targets("content_fallback")
        if let overrides = table["timeouts"]?.table { route.timeouts = makeTimeouts(overrides, over: timeouts) }
        return route
    }

    private func makeRouting(_ table: ConfigTable) -> PlexConfiguration.Routing {
        var routing = PlexConfiguration.Routing()
        if let text = table["unknown_model"]?.string,
            let unknown = try? PlexConfiguration.Routing.UnknownModel(parsing: text)
        {
            routing.unknownModel = unknown
        }
        if let retry = table["retry"]?.table {
            retry.setDuration(&routing.retry.base, "base")
            retry.setDuration(&routing.retry.maximum, "max")
            retry.setDuration(&routing.retry.waitFirst, "wait_first")
        }
        if let breaker = table["breaker"]?.table {
            if let failures = breaker["failures"].flatMap(ConfigScalar.integer) { routing.breaker.failures = failures }
            breaker.setDuration(&routing.breaker.window, "window")
            breaker.setDuration(&routing.breaker.open, "open")
        }
        table.setDuration(&routing.retryAfterCap, "retry_after_cap")
        return routing
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
        return PlexConfiguration.MCPServer(name: table["name"]?.string ?? "", transport: transport)
    }
}

extension PlexConfiguration.ProviderType.Usual {
    /// The first of the type's variables that is set to something.
    func setVariable(in environment: [String: String]) -> String? {
        keyVariables.first { environment[$0]?.isEmpty == false }
    }
}

extension ConfigTable {
    func texts(_ name: String) -> [String]? {
        self[name]?.array?.compactMap(\.string)
    }

    func setDuration(_ duration: inout Duration, _ name: String) {
        if let value = self[name].flatMap(ConfigScalar.duration) { duration = value }
    }

    fileprivate func targets(_ name: String) -> [PlexConfiguration.Target] {
        (self[name]?.array ?? []).compactMap { value in
            let weight = value["weight"].flatMap(ConfigScalar.number) ?? 1
            return (value["target"] ?? value).string.flatMap { text in
                try? PlexConfiguration.Target(parsing: text, weight: weight)
            }
        }
    }
}
