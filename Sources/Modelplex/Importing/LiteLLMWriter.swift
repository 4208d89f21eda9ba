/// Makes a configuration of what was read of LiteLLM's.
struct LiteLLMWriter {
    var reader: LiteLLMReader

    private let providers: [LiteLLMProvider]
    /// The deployments by the name that callers use, in the order of the file.
    private var groups: [(alias: String, deployments: [LiteLLMDeployment])] = []

    init(reader: LiteLLMReader) {
        self.reader = reader
        for deployment in reader.deployments {
            if let place = groups.firstIndex(where: { $0.alias == deployment.alias }) {
                groups[place].deployments.append(deployment)
            } else {
                groups.append((deployment.alias, [deployment]))
            }
        }
        let special = Set(
            (reader.settings.fallbacks + reader.settings.contextFallbacks + reader.settings.contentFallbacks)
                .map(\.name)
        )
        providers = LiteLLMProvider.all(
            of: groups.map(\.deployments),
            special: reader.settings.defaultFallbacks.isEmpty ? special : Set(groups.map(\.alias))
        )
    }

    /// The configuration.
    mutating func tree() -> ConfigValue {
        var root = ConfigTable()
        if let key = reader.settings.accessKey { root["server"] = ["access_keys": [ConfigValue(.string(key))]] }
        if let time = reader.settings.timeout { root["timeouts"] = ["total": ConfigValue(.string(time))] }
        root["providers"] = ConfigValue(.array(providers.map(\.value)))
        let routes = routes()
        if !routes.isEmpty { root["routes"] = ConfigValue(.array(routes)) }
        let aliases = aliases()
        if !aliases.entries.isEmpty { root["aliases"] = ConfigValue(.table(aliases)) }
        let prices = prices()
        if !prices.entries.isEmpty { root["prices"] = ConfigValue(.table(prices)) }
        let routing = routing()
        if !routing.entries.isEmpty { root["routing"] = ConfigValue(.table(routing)) }
        return ConfigValue(.table(root))
    }

    // MARK: - Routes

    private func target(of deployment: LiteLLMDeployment) -> String? {
        providers.first { $0.has(deployment) }.map { "\($0.name)/\(deployment.model)" }
    }

    private mutating func routes() -> [ConfigValue] {
        var plain: [ConfigValue] = []
        // LiteLLM takes the pattern that says most of a name; here the first one that matches counts.
        var patterns: [(length: Int, route: ConfigValue)] = []
        for (alias, deployments) in groups {
            let isPattern = alias.contains("*")
            if isPattern, deployments.allSatisfy({ $0.model.contains("*") }) {
                noteWildcard(alias, deployments)
            } else if let route = route(alias, deployments.filter { !$0.model.contains("*") }) {
                if isPattern { patterns.append((alias.count, route)) } else { plain.append(route) }
            }
        }
        return plain + patterns.sorted { $0.length > $1.length }.map(\.route)
    }

    private mutating func noteWildcard(_ alias: String, _ deployments: [LiteLLMDeployment]) {
        // What is left over for a name that nobody knows is a setting of its own.
        guard alias != "*", let first = deployments.first,
            let provider = providers.first(where: { $0.has(first) })
        else { return }
        if alias == "\(provider.name)/*", first.model == "*" { return }
        reader.note(
            "is only found as far as the provider \(provider.name) lists its models under the names that callers use",
            hint: "\(provider.name)/MODEL asks for any of them",
            at: ConfigValue(.null, at: first.position),
            "model_name \(alias)"
        )
    }

    private mutating func route(_ alias: String, _ deployments: [LiteLLMDeployment]) -> ConfigValue? {
        var deployments = deployments
        let isOrdered = deployments.contains { $0.order != nil }
        if isOrdered { deployments.sort { $0.order ?? .max < $1.order ?? .max } }
        var targets: [(name: String, weight: Double)] = []
        for deployment in deployments {
            guard let name = target(of: deployment), !targets.contains(where: { $0.name == name }) else { continue }
            let weight = deployment.weight ?? deployment.requests ?? deployment.tokens ?? 1
            targets.append((name, weight > 0 ? weight : 1))
        }
        let others = fallbackTargets(reader.settings.fallbacks, of: alias, default: reader.settings.defaultFallbacks)
            .filter { name in !targets.contains { $0.name == name } }
        var table = ConfigTable()
        table["model"] = ConfigValue(.string(alias))
        let own = targets.count
        targets += others.map { ($0, 1) }
        guard own > 0 else { return nil }
        var strategy = "ordered"
        if own > 1, !isOrdered {
            if others.isEmpty {
                strategy = self.strategy(of: alias, deployments)
            } else {
                reader.note(
                    "is asked in the order of the list: a route that shares requests out has no fallback behind",
                    hint: "several keys of one provider take turns as its credentials",
                    at: ConfigValue(.null, at: deployments.first?.position),
                    "model_name \(alias)"
                )
            }
        }
        if strategy != "ordered" { table["strategy"] = ConfigValue(.string(strategy)) }
        let isWeighted = strategy == "weighted" && Set(targets.map(\.weight)).count > 1
        table["targets"] = ConfigValue(
            .array(
                targets.map { target in
                    isWeighted
                        ? ["target": ConfigValue(.string(target.name)), "weight": ConfigValue(.float(target.weight))]
                        : ConfigValue(.string(target.name))
                }
            )
        )
        // LiteLLM tries each name so often and then the next; here all of it is one count, and the next target goes first.
        let attempts = min(max((reader.settings.retries ?? 2) + 1, targets.count), 100)
        if attempts != 3 { table["attempts"] = ConfigValue(.integer(attempts)) }
        for (key, list) in [
            ("context_fallback", reader.settings.contextFallbacks),
            ("content_fallback", reader.settings.contentFallbacks),
        ] {
            let names = fallbackTargets(list, of: alias, default: [])
            if !names.isEmpty { table[key] = ConfigValue(.array(names.map { ConfigValue(.string($0)) })) }
        }
        if let defaults = parameters(of: alias, deployments) {
            table["parameters"] = ["defaults": ConfigValue(.table(defaults))]
        }
        // A name that means just this already needs no route.
        if targets.count == 1, targets[0].name == alias, table.entries.count <= 3, table["parameters"] == nil {
            return nil
        }
        return ConfigValue(.table(table))
    }

    private mutating func strategy(of alias: String, _ deployments: [LiteLLMDeployment]) -> String {
        switch reader.settings.strategy?.string {
        case nil, "simple-shuffle": return "weighted"
        case "least-busy": return "least-busy"
        case "latency-based-routing": return "least-latency"
        case "cost-based-routing": return "cheapest"
        case let other?:
            if !hasNotedStrategy {
                hasNotedStrategy = true
                reader.note(
                    "has no counterpart here: targets are chosen by weight",
                    at: reader.settings.strategy,
                    "router_settings.routing_strategy \(other)"
                )
            }
            return "weighted"
        }
    }

    private var hasNotedStrategy = false

    private mutating func fallbackTargets(
        _ fallbacks: LiteLLMSettings.Fallbacks,
        of alias: String,
        default defaults: [String]
    ) -> [String] {
        var names = fallbacks.filter { $0.name == alias || $0.name == "*" }.flatMap(\.others)
        if names.isEmpty { names = defaults.filter { $0 != alias } }
        var targets: [String] = []
        for name in names {
            let deployments = groups.first { $0.alias == name }?.deployments ?? []
            let found = deployments.filter { !$0.model.contains("*") }.compactMap(target)
            if found.isEmpty {
                reader.note(
                    "falls back to \(name), which is none of the names that are taken over",
                    at: nil,
                    "model_name \(alias)"
                )
            }
            for target in found where !targets.contains(target) { targets.append(target) }
        }
        return targets
    }

    private mutating func parameters(of alias: String, _ deployments: [LiteLLMDeployment]) -> ConfigTable? {
        guard let first = deployments.first else { return nil }
        let all = deployments.map { ConfigValue(.table($0.parameters)) }
        guard all.allSatisfy({ $0 == all[0] }) else {
            reader.note(
                "has deployments with different settings of requests, which are left out",
                hint: "[[models]] sets them by PROVIDER/MODEL",
                at: ConfigValue(.null, at: first.position),
                "model_name \(alias)"
            )
            return nil
        }
        var known = ConfigTable()
        for entry in first.parameters.entries {
            if case .null = entry.value.content { continue }
            known[entry.key] = entry.value
        }
        return known.entries.isEmpty ? nil : known
    }

    // MARK: - The rest

    private mutating func aliases() -> ConfigTable {
        var table = ConfigTable()
        for (name, target, value) in reader.settings.aliases {
            if !groups.contains(where: { $0.alias == target }) || groups.contains(where: { $0.alias == name }) {
                reader.note(
                    "is left out: \(target) is no name that is taken over, or \(name) is one itself",
                    at: value,
                    "model_group_alias.\(name)"
                )
            } else {
                table[name] = ConfigValue(.string(target))
            }
        }
        return table
    }

    private func prices() -> ConfigTable {
        var table = ConfigTable()
        for deployment in reader.deployments {
            guard let price = deployment.price, let target = target(of: deployment), table[target] == nil else {
                continue
            }
            var entry = ConfigTable()
            entry["input"] = ConfigValue(.float(price.input))
            entry["output"] = ConfigValue(.float(price.output))
            if let cached = price.cachedInput { entry["cached_input"] = ConfigValue(.float(cached)) }
            table[target] = ConfigValue(.table(entry))
        }
        return table
    }

    private func routing() -> ConfigTable {
        var table = ConfigTable()
        if let rest = groups.first(where: { $0.alias == "*" })?.deployments.first(where: { $0.model == "*" }),
            let provider = providers.first(where: { $0.has(rest) })
        {
            table["unknown_model"] = ConfigValue(.string("default:\(provider.name)"))
        }
        if let retries = reader.settings.retries {
            table["attempts"] = ConfigValue(.integer(min(max(retries, 0) + 1, 100)))
        }
        if let wait = reader.settings.retryAfter { table["retry"] = ["base": ConfigValue(.string(wait))] }
        var breaker = ConfigTable()
        if let failures = reader.settings.allowedFailures {
            // So many are allowed within a minute, and one more is not.
            breaker["failures"] = ConfigValue(.integer(max(failures, 0) + 1))
            breaker["window"] = "1m"
        }
        if let time = reader.settings.cooldown { breaker["open"] = ConfigValue(.string(time)) }
        if !breaker.entries.isEmpty { table["breaker"] = ConfigValue(.table(breaker)) }
        return table
    }
}
