internal import GatewayKit
internal import ProviderKit
internal import RouterKit

/// Names that a value may refer to; `shown` lacks those that came from a variable, which may hold a secret by mistake.
private struct KnownNames {
    var all: [String]
    var shown: [String]
}

// What one value means for another; tolerant of values that are wrong by themselves, for these are reported already.
extension ConfigurationChecker {
    /// Checks names that refer to others, names that occur twice, and keys that exclude each other.
    mutating func checkRelations(_ root: ConfigValue) {
        checkServer(root["server"])
        let providers = root["providers"]?.array ?? []
        checkNames(of: providers, path: "providers", what: "provider")
        for (index, provider) in providers.enumerated() where provider.table != nil {
            checkProvider(provider, path: "providers[\(index)]")
        }
        // Without any provider in the file, those of the environment are found by their types' names.
        let usual = PlexConfiguration.ProviderType.usual.map(\.type.rawValue)
        let names =
            providers.isEmpty
            ? KnownNames(all: usual, shown: usual)
            : KnownNames(
                all: providers.compactMap { $0["name"]?.string },
                shown: providers.compactMap { $0["name"] }.filter { !$0.isFromVariable }.compactMap(\.string)
            )
        checkPolicies(root, providers: names)
        checkNames(of: root["credentials"]?.array ?? [], path: "credentials", what: "login")
        let servers = root["mcp"]?["servers"]?.array ?? []
        checkNames(of: servers, path: "mcp.servers", what: "server")
        for (index, server) in servers.enumerated() where server.table != nil {
            checkToolServer(server, path: "mcp.servers[\(index)]")
        }
        checkToolAccess(root)
        checkSeeds(root["mcp"]?["seeds"]?.array ?? [])
    }

    /// The same for a scenario, whose providers are described instead of configured.
    mutating func checkScenarioRelations(_ root: ConfigValue) {
        let providers = root["providers"]?.array ?? []
        checkNames(of: providers, path: "providers", what: "provider")
        checkPolicies(
            root,
            providers: KnownNames(
                all: providers.compactMap { $0["name"]?.string },
                shown: providers.compactMap { $0["name"] }.filter { !$0.isFromVariable }.compactMap(\.string)
            )
        )
    }

    private mutating func checkPolicies(_ root: ConfigValue, providers: KnownNames) {
        checkRoutes(root["routes"]?.array ?? [], providers: providers)
        for (index, role) in (root["roles"]?.array ?? []).enumerated() {
            checkTargets(of: role, providers: providers, path: "roles[\(index)]")
        }
        checkRouting(root["routing"], providers: providers)
    }

    private mutating func checkServer(_ server: ConfigValue?) {
        guard (server?["access_keys"]?.array ?? []).isEmpty else { return }
        for (index, value) in (server?["listen"]?.array ?? []).enumerated() {
            guard value.provenance != .unresolved, let text = value.string,
                case .tcp(let host, _, _)? = try? ListenAddress(parsing: text), !BaseURL.isLoopback(host[...])
            else { continue }
            report(
                "without access keys the gateway listens on this machine only",
                hint: "set server.access_keys, or listen on 127.0.0.1 or at a Unix socket",
                at: value,
                path: "server.listen[\(index)]"
            )
        }
    }

    mutating func checkNames(of elements: [ConfigValue], path: String, what: String) {
        var lines: [String: Int?] = [:]
        for (index, element) in elements.enumerated() {
            guard let value = element["name"], let name = value.string else { continue }
            if let first = lines[name] {
                let place = first.map { " in line \($0)" } ?? ""
                report("there is a \(what) of this name\(place) already", at: value, path: "\(path)[\(index)].name")
            } else {
                lines[name] = value.position?.line
            }
        }
    }

    private mutating func checkProvider(_ provider: ConfigValue, path: String) {
        let usual = PlexConfiguration.ProviderType.usual
        if provider["type"] == nil, let name = provider["name"]?.string,
            !usual.contains(where: { $0.type.rawValue == name })
        {
            report(
                "the key type is missing, and the name is no type",
                hint: "the types are \(usual.map(\.type.rawValue).joined(separator: ", "))",
                at: provider,
                path: path
            )
        }
        let type = provider["type"]?.string ?? provider["name"]?.string
        if type == "azure", provider["base_url"] == nil {
            report(
                "the key base_url is missing",
                hint: "a provider of type azure has an address of its own, https://NAME.openai.azure.com",
                at: provider,
                path: path
            )
        }
        if type != "azure", let version = provider["api_version"] {
            report("api_version is for providers of type azure", at: version, path: "\(path).api_version")
        }
        if let key = provider["api_key"], provider["credentials"] != nil {
            report("a provider has api_key or credentials, not both", at: key, path: "\(path).api_key")
        }
        checkPlainHTTP(provider, key: "base_url", path: path)
    }

    private mutating func checkPlainHTTP(_ table: ConfigValue, key: String, path: String) {
        guard let value = table[key], value.provenance != .unresolved, let text = value.string else { return }
        guard let url = try? BaseURL(parsing: text, allowsQuery: true), url.isPlainBeyondLoopback else { return }
        guard table["allow_http"].flatMap(ConfigScalar.boolean) != true else { return }
        report(
            "plain HTTP to another machine would show keys and prompts to the network",
            hint: "use https://, or set allow_http = true here",
            at: value,
            path: "\(path).\(key)"
        )
    }

    private mutating func checkRoutes(_ routes: [ConfigValue], providers: KnownNames) {
        var known: [String: Int?] = [:]
        for (index, route) in routes.enumerated() where route.table != nil {
            let path = "routes[\(index)]"
            switch (route["model"], route["pattern"]) {
            case (nil, nil): report("the key model or pattern is missing", at: route, path: path)
            case (_?, let pattern?):
                report("a route has model or pattern, not both", at: pattern, path: "\(path).pattern")
            default: break
            }
            if let model = route["model"], let name = model.string {
                if let first = known[name] {
                    let place = first.map { " in line \($0)" } ?? ""
                    report("there is a route for this model\(place) already", at: model, path: "\(path).model")
                } else {
                    known[name] = model.position?.line
                }
            }
            checkTargets(of: route, providers: providers, path: path)
        }
    }

    private mutating func checkTargets(of policy: ConfigValue, providers: KnownNames, path: String) {
        for key in ["targets", "context_fallback", "content_fallback"] {
            for (place, target) in (policy[key]?.array ?? []).enumerated() {
                checkTarget(target, providers: providers, path: "\(path).\(key)[\(place)]")
            }
        }
    }

    private mutating func checkTarget(_ value: ConfigValue, providers: KnownNames, path: String) {
        let text = value["target"] ?? value
        guard text.provenance != .unresolved, let name = text.string else { return }
        guard let target = try? PlexConfiguration.Target(parsing: name) else { return }
        checkProviderName(
            target.provider.rawValue,
            providers: providers,
            at: text,
            path: value.table == nil ? path : "\(path).target"
        )
    }

    private mutating func checkRouting(_ routing: ConfigValue?, providers: KnownNames) {
        if let value = routing?["unknown_model"], let text = value.string, text.hasPrefix("default:") {
            let name = String(text.dropFirst("default:".count))
            checkProviderName(name, providers: providers, at: value, path: "routing.unknown_model")
        }
        let retry = routing?["retry"]
        let base = (retry?["base"]).map(ConfigScalar.duration) ?? .milliseconds(500)
        let maximum = (retry?["max"]).map(ConfigScalar.duration) ?? .seconds(20)
        if let base, let maximum, base > maximum, let place = retry {
            report("base is longer than max", at: place, path: "routing.retry")
        }
    }

    private mutating func checkProviderName(
        _ name: String,
        providers: KnownNames,
        at value: ConfigValue,
        path: String
    ) {
        guard !name.isEmpty, !providers.all.contains(name) else { return }
        let message = value.isFromVariable ? "there is no such provider" : "there is no provider \(name)"
        let hint =
            (value.isFromVariable ? nil : NearestName.of(name, among: providers.shown)).map { "did you mean \($0)?" }
            ?? "the providers are \(providers.shown.joined(separator: ", "))"
        report(message, hint: hint, at: value, path: path)
    }

    private mutating func checkToolServer(_ server: ConfigValue, path: String) {
        switch (server["command"], server["url"]) {
        case (nil, nil): report("the key command or url is missing", at: server, path: path)
        case (_?, let url?): report("a server has command or url, not both", at: url, path: "\(path).url")
        case (nil, _?):
            for key in ["args", "env", "cwd", "limits", "sandbox"] {
                if let value = server[key] { report("this key goes with command", at: value, path: "\(path).\(key)") }
            }
        case (_?, nil):
            for key in ["headers", "allow_http", "login"] {
                if let value = server[key] { report("this key goes with url", at: value, path: "\(path).\(key)") }
            }
        }
        checkPlainHTTP(server, key: "url", path: path)
        let names: ConfigurationKey.MapRule = server["url"] == nil ? .variableNames : .headerNames
        for (index, credential) in (server["credentials"]?.array ?? []).enumerated() {
            guard let name = credential["parameter"], let text = name.string else { continue }
            do throws(InvalidText) {
                try names.check(text)
            } catch {
                report(error.message, at: name, path: "\(path).credentials[\(index)].parameter")
            }
        }
        for key in ["idle_close", "ping"] {
            guard let value = server[key], server["policy"]?.string == "per-call" else { continue }
            report("this key goes with the policy persistent", at: value, path: "\(path).\(key)")
        }
        let request = (server["timeouts"]?["request"]).map(ConfigScalar.duration) ?? .seconds(30)
        let total = (server["timeouts"]?["total"]).map(ConfigScalar.duration) ?? .seconds(600)
        if let request, let total, request > total, let place = server["timeouts"] {
            report("request is longer than total", at: place, path: "\(path).timeouts")
        }
    }
}
