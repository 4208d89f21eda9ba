internal import ProviderKit

/// Fills in what a scenario takes from a configuration: its routing, and of its providers what a description does not say.
///
/// Nothing of it can be secret: keys, addresses and header fields are left where they are, so that no variable has to be set.
struct ConfiguredScenario {
    /// What says what names mean.
    private static let sections = ["timeouts", "routes", "aliases", "roles", "models", "prices", "routing"]
    /// What routing has to know of a provider.
    private static let providerKeys = [
        "name", "models", "exclude", "priority", "credential_strategy", "credentials", "timeouts",
    ]

    private let configuration: ConfigValue

    /// Reads the parts of a configuration that a scenario plays.
    ///
    /// - Parameters:
    ///   - document: The configuration.
    ///   - environment: The variables for `${…}` in these parts.
    /// - Throws: `PlexError` of code `configuration` with all that is wrong with them.
    init(_ document: ConfigurationDocument, environment: [String: String]) throws(PlexError) {
        var root = ConfigTable()
        for name in Self.sections { root[name] = document.root[name] }
        root["providers"] = document.root["providers"].map { providers in
            var providers = providers
            providers.content = .array((providers.array ?? []).map(Self.withoutSecrets))
            return providers
        }
        var checker = ConfigurationChecker(file: document.path)
        let tree = ConfigValue(.table(root)).substituted(from: environment, into: &checker)
        if let table = tree.table {
            // Credentials stand without their keys.
            let keys = ConfigurationKey.all.filter { Self.sections.contains($0.name) }
            checker.check(table.without("providers"), of: tree, keys: keys)
        }
        // A configuration without providers takes those of the environment, which a scenario has to describe.
        if document.root["providers"]?.array?.isEmpty == false { checker.checkScenarioRelations(tree) }
        guard checker.problems.isEmpty else { throw ConfigurationError(checker.problems).plexError }
        configuration = tree
    }

    private static func withoutSecrets(_ provider: ConfigValue) -> ConfigValue {
        guard let table = provider.table else { return provider }
        var known = ConfigTable()
        for name in providerKeys { known[name] = table[name] }
        if let credentials = table["credentials"]?.array {
            let names = credentials.map { credential in
                var own = ConfigTable()
                for name in ["name", "weight"] { own[name] = credential[name] }
                return ConfigValue(.table(own))
            }
            known["credentials"] = ConfigValue(.array(names))
        }
        var result = provider
        result.content = .table(known)
        return result
    }

    /// A scenario with what it does not say itself.
    ///
    /// - Parameter scenario: The scenario's tree.
    /// - Returns: The tree with the sections and providers of the configuration; those without a description get the defaults.
    func filling(_ scenario: ConfigValue) -> ConfigValue {
        guard let table = scenario.table else { return scenario }
        var filled = table.without("providers")
        for name in Self.sections where filled[name] == nil {
            filled[name] = configuration[name]?.withoutPlaces
        }
        var providers = (table["providers"]?.array ?? []).map { described in
            let name = described["name"]?.string
            return filling(described, from: configured.first { $0["name"]?.string == name }, in: filled)
        }
        let described = Set(providers.compactMap { $0["name"]?.string })
        for provider in configured where !described.contains(provider["name"]?.string ?? "") {
            var named = ConfigTable()
            named["name"] = provider["name"]?.withoutPlaces
            let value = filling(ConfigValue(.table(named)), from: provider, in: filled)
            // One that nothing can be asked of plays no part.
            if value["models"] != nil { providers.append(value) }
        }
        if table["providers"] != nil || !providers.isEmpty {
            var list = table["providers"] ?? ConfigValue(.array([]))
            list.content = .array(providers)
            filled["providers"] = list
        }
        var result = scenario
        result.content = .table(filled)
        return result
    }

    private var configured: [ConfigValue] { configuration["providers"]?.array ?? [] }

    private func filling(
        _ described: ConfigValue,
        from provider: ConfigValue?,
        in scenario: ConfigTable
    ) -> ConfigValue {
        guard var table = described.table else { return described }
        for entry in provider?.table?.entries ?? [] where table[entry.key] == nil {
            table[entry.key] = entry.value.withoutPlaces
        }
        if table["models"] == nil, provider != nil {
            // A provider that is asked for its models has at least those that are asked of it.
            let models = Self.models(of: table["name"]?.string ?? "", in: scenario)
            if !models.isEmpty { table["models"] = ConfigValue(.array(models.map { ConfigValue(.string($0)) })) }
        }
        var result = described
        result.content = .table(table)
        return result
    }

    /// The models of a provider that targets and callers name, each once.
    private static func models(of provider: String, in scenario: ConfigTable) -> [String] {
        var texts: [String] = []
        for route in (scenario["routes"]?.array ?? []) + (scenario["roles"]?.array ?? []) {
            for key in ["targets", "context_fallback", "content_fallback"] {
                texts += (route[key]?.array ?? []).compactMap { ($0["target"] ?? $0).string }
            }
        }
        texts += (scenario["load"]?["models"]?.array ?? []).compactMap { ($0["model"] ?? $0).string }
        texts += (scenario["aliases"]?.table?.entries ?? []).compactMap(\.value.string)
        var seen: Set<String> = []
        return texts.compactMap { text in
            guard text.hasPrefix("\(provider)/") else { return nil }
            let model = String(text.dropFirst(provider.count + 1))
            return !model.isEmpty && seen.insert(model).inserted ? model : nil
        }
    }
}

extension ConfigTable {
    fileprivate func without(_ key: String) -> ConfigTable {
        var result = ConfigTable()
        for entry in entries where entry.key != key {
            _ = result.append(entry.key, at: entry.keyPosition, entry.value)
        }
        return result
    }
}

extension ConfigValue {
    /// The same without places in its file, which are no places in another.
    fileprivate var withoutPlaces: ConfigValue {
        var value = self
        value.position = nil
        switch content {
        case .array(let elements): value.content = .array(elements.map(\.withoutPlaces))
        case .table(let table):
            var plain = ConfigTable()
            for entry in table.entries { plain[entry.key] = entry.value.withoutPlaces }
            value.content = .table(plain)
        default: break
        }
        return value
    }
}
