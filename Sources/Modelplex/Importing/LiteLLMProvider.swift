/// A provider that several entries of LiteLLM's `model_list` have in common.
struct LiteLLMProvider {
    private(set) var name: String
    private let site: LiteLLMDeployment.Site
    /// Its keys; several take turns.
    private let keys: [String?]
    private let weights: [Double]
    private let models: [String]
    private let isWhole: Bool

    /// Whether an entry is one of this provider.
    func has(_ deployment: LiteLLMDeployment) -> Bool {
        deployment.site == site && keys.contains(deployment.key)
    }

    /// The providers of all entries.
    ///
    /// - Parameters:
    ///   - groups: The entries by the name that callers use.
    ///   - special: Names of which more is known than whom to ask, so that they need a route of their own.
    /// - Returns: The providers, in the order of the file.
    static func all(of groups: [[LiteLLMDeployment]], special: Set<String>) -> [LiteLLMProvider] {
        let deployments = groups.flatMap(\.self)
        var providers: [LiteLLMProvider] = []
        for deployment in deployments where !providers.contains(where: { $0.has(deployment) }) {
            let mates = deployments.filter { $0.site == deployment.site }
            let keys = unique(mates.map(\.key))
            let isPool =
                keys.count > 1 && !keys.contains(nil) && groups.allSatisfy { isAll(of: keys, $0, deployment.site) }
            let own = isPool ? mates : mates.filter { $0.key == deployment.key }
            providers.append(
                LiteLLMProvider(
                    name: "",
                    site: deployment.site,
                    keys: isPool ? keys : [deployment.key],
                    weights: (isPool ? keys : []).map { key in
                        let first = own.first { $0.key == key }
                        return first?.weight ?? first?.requests ?? first?.tokens ?? 1
                    },
                    models: unique(own.map(\.model)).filter { !$0.contains("*") },
                    isWhole: own.contains { $0.model.contains("*") }
                )
            )
        }
        name(&providers, groups, special)
        return providers
    }

    private static func unique<T: Hashable>(_ values: [T]) -> [T] {
        var seen: Set<T> = []
        return values.filter { seen.insert($0).inserted }
    }

    /// Whether a name asks each of its models at a site with all of the keys.
    private static func isAll(
        of keys: [String?],
        _ group: [LiteLLMDeployment],
        _ site: LiteLLMDeployment.Site
    ) -> Bool {
        let mates = group.filter { $0.site == site }
        return unique(mates.map(\.model)).allSatisfy { model in
            Set(mates.filter { $0.model == model }.map(\.key)) == Set(keys)
        }
    }

    private static func name(
        _ providers: inout [LiteLLMProvider],
        _ groups: [[LiteLLMDeployment]],
        _ special: Set<String>
    ) {
        // A name with a slash would ask the provider before it, so no provider may have that name unless it is meant.
        var reserved: Set<String> = []
        for group in groups {
            guard let first = group.first, let slash = first.alias.firstIndex(of: "/") else { continue }
            let start = String(first.alias[..<slash])
            let rest = String(first.alias[first.alias.index(after: slash)...])
            let isMeant =
                group.count == 1 && rest == first.model && first.parameters.entries.isEmpty
                && (rest == "*" || start == LiteLLMDeployment.name(of: first.site)) && !special.contains(first.alias)
            if !isMeant { reserved.insert(start) }
        }
        var used = reserved
        // Whoever is asked as NAME/* has that name.
        for group in groups {
            guard let first = group.first, group.count == 1, first.model == "*", first.alias.hasSuffix("/*"),
                let place = providers.firstIndex(where: { $0.has(first) && $0.name.isEmpty })
            else { continue }
            let name = String(first.alias.dropLast(2))
            let isValid = !name.isEmpty && name.utf8.allSatisfy(isNameByte)
            if isValid, used.insert(name).inserted { providers[place].name = name }
        }
        for place in providers.indices where providers[place].name.isEmpty {
            let stem = LiteLLMDeployment.name(of: providers[place].site)
            var name = stem
            var number = 1
            while !used.insert(name).inserted {
                number += 1
                name = "\(stem)-\(number)"
            }
            providers[place].name = name
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// The provider as a configuration has it.
    var value: ConfigValue {
        var table = ConfigTable()
        table["name"] = ConfigValue(.string(name))
        if name != site.type.rawValue { table["type"] = ConfigValue(.string(site.type.rawValue)) }
        if let baseURL = site.baseURL {
            table["base_url"] = ConfigValue(.string(baseURL))
            if (try? BaseURL(parsing: baseURL))?.isPlainBeyondLoopback == true { table["allow_http"] = true }
        }
        if let version = site.apiVersion { table["api_version"] = ConfigValue(.string(version)) }
        if keys.count > 1 {
            table["credentials"] = ConfigValue(.array(zip(keys, weights).enumerated().map(Self.credential)))
            if Set(weights).count > 1 { table["credential_strategy"] = "weighted" }
        } else if let key = keys.first ?? nil {
            table["api_key"] = ConfigValue(.string(key))
        }
        if !isWhole {
            table["models"] = ConfigValue(.array(models.map { ConfigValue(.string($0)) }))
        }
        if !site.headers.isEmpty {
            var headers = ConfigTable()
            for name in site.headers.keys.sorted() { headers[name] = ConfigValue(.string(site.headers[name] ?? "")) }
            table["headers"] = ConfigValue(.table(headers))
        }
        var timeouts = ConfigTable()
        if let time = site.firstByte { timeouts["first_byte"] = ConfigValue(.string(time)) }
        if let time = site.total { timeouts["total"] = ConfigValue(.string(time)) }
        if !timeouts.entries.isEmpty { table["timeouts"] = ConfigValue(.table(timeouts)) }
        return ConfigValue(.table(table))
    }

    private static func credential(_ number: Int, _ credential: (key: String?, weight: Double)) -> ConfigValue {
        var table = ConfigTable()
        table["name"] = ConfigValue(.string("key-\(number + 1)"))
        table["api_key"] = ConfigValue(.string(credential.key ?? ""))
        if credential.weight != 1, credential.weight > 0 { table["weight"] = ConfigValue(.float(credential.weight)) }
        return ConfigValue(.table(table))
    }
}
