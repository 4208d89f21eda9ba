internal import ProviderKit
internal import RouterKit
internal import TransportKit

extension ConfigurationBuilder {
    /// Reads everything that says what names mean; what cannot be read keeps its place as something empty.
    func makeNames(_ root: ConfigValue, _ configuration: inout PlexConfiguration) {
        let timeouts = configuration.timeouts
        configuration.routes = (root["routes"]?.array ?? []).map { value in
            let table = value.table ?? ConfigTable()
            let match: RoutingRules.Match =
                if table["model"] == nil, let pattern = table["pattern"]?.string {
                    .pattern(pattern)
                } else {
                    .model(table["model"]?.string ?? "")
                }
            return RoutingRules.Route(match, policy: makePolicy(table, name: match.description, timeouts: timeouts))
        }
        configuration.roles = (root["roles"]?.array ?? []).map { value in
            let table = value.table ?? ConfigTable()
            return makePolicy(table, name: table["name"]?.string ?? "", timeouts: timeouts)
        }
        for entry in root["aliases"]?.table?.entries ?? [] {
            configuration.aliases[entry.key] = entry.value.string ?? ""
        }
        configuration.models = (root["models"]?.array ?? []).map { value in
            let table = value.table ?? ConfigTable()
            return RoutingRules.ParameterRule(table["match"]?.string ?? "", parameters: makeParameters(table))
        }
        for entry in root["prices"]?.table?.entries ?? [] {
            func amount(_ key: String) -> Double? { entry.value[key].flatMap(ConfigScalar.number) }
            configuration.prices[entry.key] = Price(
                input: amount("input") ?? 0,
                output: amount("output") ?? 0,
                cachedInput: amount("cached_input")
            )
        }
    }

    private func makePolicy(_ table: ConfigTable, name: String, timeouts: Timeouts) -> RoutePolicy {
        var policy = RoutePolicy(name: name, targets: table.targets("targets"))
        if let strategy = table["strategy"]?.string { policy.strategy = StrategyName(rawValue: strategy) }
        if let attempts = table["attempts"].flatMap(ConfigScalar.integer) { policy.attempts = attempts }
        table.setDuration(&policy.deadline, "deadline")
        if let word = table["on_stream_cut"]?.string, let cut = RoutePolicy.StreamCut(rawValue: word) {
            policy.onStreamCut = cut
        }
        policy.contextFallback = table.targets("context_fallback")
        policy.contentFallback = table.targets("content_fallback")
        if let overrides = table["timeouts"]?.table { policy.timeouts = makeTimeouts(overrides, over: timeouts) }
        if let parameters = table["parameters"]?.table { policy.parameters = makeParameters(parameters) }
        if let hedge = table["hedge"]?.table {
            if let share = hedge["percentile"].flatMap(ConfigScalar.number) { policy.hedging.percentile = share }
            hedge.setDuration(&policy.hedging.initialDelay, "initial_delay")
            hedge.setDuration(&policy.hedging.minimumDelay, "min_delay")
            if let share = hedge["budget"].flatMap(ConfigScalar.number) { policy.hedging.budget = share }
        }
        return policy
    }

    private func makeParameters(_ table: ConfigTable) -> ModelParameters {
        func object(_ key: String) -> JSONObject {
            guard case .object(let object)? = try? table[key]?.json() else { return [:] }
            return object
        }
        var parameters = ModelParameters(defaults: object("defaults"), overrides: object("overrides"))
        for field in table.texts("remove") ?? [] { parameters.overrides[field] = .null }
        return parameters
    }

    func makeRouting(_ table: ConfigTable) -> PlexConfiguration.Routing {
        var routing = PlexConfiguration.Routing()
        if let text = table["unknown_model"]?.string,
            let unknown = try? RoutingRules.UnknownModel(parsing: text)
        {
            routing.unknownModel = unknown
        }
        if let attempts = table["attempts"].flatMap(ConfigScalar.integer) { routing.attempts = attempts }
        if let retry = table["retry"]?.table {
            retry.setDuration(&routing.failover.retry.base, "base")
            retry.setDuration(&routing.failover.retry.maximum, "max")
            retry.setDuration(&routing.failover.retry.waitFirst, "wait_first")
        }
        if let breaker = table["breaker"]?.table {
            if let failures = breaker["failures"].flatMap(ConfigScalar.integer) {
                routing.failover.breaker.failures = failures
            }
            breaker.setDuration(&routing.failover.breaker.window, "window")
            breaker.setDuration(&routing.failover.breaker.open, "open")
        }
        table.setDuration(&routing.failover.retryAfterCap, "retry_after_cap")
        table.setDuration(&routing.failover.credentialPause, "credential_pause")
        if let prefixes = table.texts("strip_prefixes") { routing.strippedPrefixes = prefixes }
        routing.stateFile = table["state"]?.string.map(resolvePath)
        return routing
    }

    mutating func makePool(_ provider: ConfigTable, path: String) -> [PlexConfiguration.Provider.PooledCredential] {
        var pool: [PlexConfiguration.Provider.PooledCredential] = []
        for (index, value) in (provider["credentials"]?.array ?? []).enumerated() {
            let key = value["api_key"].flatMap { makeCredential($0, path: "\(path).credentials[\(index)].api_key") }
            pool.append(
                .init(
                    name: value["name"]?.string ?? "",
                    apiKey: key ?? .value(Secret("")),
                    weight: value["weight"].flatMap(ConfigScalar.number) ?? 1,
                    proxy: value["proxy"]?.string
                )
            )
        }
        return pool
    }
}

extension ConfigTable {
    fileprivate func targets(_ name: String) -> [Target] {
        (self[name]?.array ?? []).map { value in
            let weight = value["weight"].flatMap(ConfigScalar.number) ?? 1
            let text = (value["target"] ?? value).string ?? ""
            return (try? Target(parsing: text, weight: weight)) ?? Target("", "")
        }
    }
}
