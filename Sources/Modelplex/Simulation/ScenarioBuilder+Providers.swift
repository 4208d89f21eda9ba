internal import ProviderKit
internal import RouterKit
internal import TransportKit

extension ScenarioBuilder {
    /// A described provider; what cannot be read keeps its place as something empty.
    mutating func makeProvider(_ value: ConfigValue, _ path: String, _ timeouts: Timeouts) -> SimulatedProvider {
        let table = value.table ?? ConfigTable()
        var rules = RoutingRules.Provider(ProviderID(table["name"]?.string ?? ""))
        if let priority = table["priority"].flatMap(ConfigScalar.integer) { rules.priority = priority }
        rules.exclusions = table.texts("exclude") ?? []
        rules.credentials = (table["credentials"]?.array ?? []).map { element in
            RoutingRules.Credential(
                (element["name"] ?? element).string ?? "",
                weight: element["weight"].flatMap(ConfigScalar.number) ?? 1
            )
        }
        if let word = table["credential_strategy"]?.string,
            let strategy = CompiledRoute.CredentialStrategy(rawValue: word)
        {
            rules.credentialStrategy = strategy
        }
        var models: [SimulatedProvider.Model] = []
        for (index, element) in (table["models"]?.array ?? []).enumerated() {
            models.append(makeModel(element, "\(path).models[\(index)]"))
        }
        rules.models = models.map(\.id)
        var provider = SimulatedProvider(rules, models: models)
        if let times = times(table["first_token"], "\(path).first_token") { provider.firstToken = times }
        provider.whole = times(table["whole"], "\(path).whole")
        if let speed = table["tokens_per_second"].flatMap(ConfigScalar.number) { provider.tokensPerSecond = speed }
        if let times = times(table["refusal"], "\(path).refusal") { provider.refusal = times }
        provider.rateLimit = table["rate_limit"]?.table.map(makeRateLimit)
        provider.concurrency = table["concurrency"].flatMap(ConfigScalar.integer)
        provider.timeouts = self.timeouts(table["timeouts"]?.table, over: timeouts)
        for (index, element) in (table["incidents"]?.array ?? []).enumerated() {
            if let incident = makeIncident(element, "\(path).incidents[\(index)]", of: provider) {
                provider.incidents.append(incident)
            }
        }
        return provider
    }

    private mutating func makeModel(_ value: ConfigValue, _ path: String) -> SimulatedProvider.Model {
        var model = SimulatedProvider.Model(ModelID((value["name"] ?? value).string ?? ""))
        guard let table = value.table else { return model }
        if let features = table.texts("features") {
            model.capabilities.features = Set(features.map { Capabilities.Feature(rawValue: $0) })
        }
        model.capabilities.contextLength = table["context_length"].flatMap(ConfigScalar.integer)
        model.firstToken = times(table["first_token"], "\(path).first_token")
        model.whole = times(table["whole"], "\(path).whole")
        return model
    }

    private func makeRateLimit(_ table: ConfigTable) -> SimulatedProvider.RateLimit {
        var limit = SimulatedProvider.RateLimit(
            requests: table["requests"].flatMap(ConfigScalar.integer) ?? 1,
            per: .seconds(60)
        )
        table.setDuration(&limit.interval, "per")
        limit.retryAfter = table["retry_after"].flatMap(ConfigScalar.duration)
        limit.tellsWhen = table["retry_after"]?.string != "none"
        return limit
    }

    private mutating func makeIncident(
        _ value: ConfigValue,
        _ path: String,
        of provider: SimulatedProvider
    ) -> SimulatedProvider.Incident? {
        guard let table = value.table, let kind = table["kind"]?.string.flatMap(IncidentKind.init(rawValue:)) else {
            return nil
        }
        for (key, owner) in [
            ("factor", IncidentKind.slow), ("status", .errors), ("error", .errors), ("retry_after", .errors),
        ] where owner != kind {
            if let value = table[key] { report("this key goes with kind = \"\(owner)\"", at: value, "\(path).\(key)") }
        }
        let what: SimulatedProvider.Incident.Kind
        switch kind {
        case .down: what = .down
        case .stall: what = .stall
        case .cut: what = .cut
        case .slow:
            if table["factor"] == nil { report("the key factor is missing", at: value, path) }
            what = .slow(factor: table["factor"].flatMap(ConfigScalar.number) ?? 1)
        case .errors:
            let status = table["status"].flatMap(ConfigScalar.integer)
            let code = Self.errors.first { $0.description == table["error"]?.string }
            if table["status"] == nil, table["error"] == nil {
                report("the key status or error is missing", at: value, path)
            }
            what = .errors(
                code ?? ErrorClassifier.code(ofStatus: status ?? 500),
                status: status,
                retryAfter: table["retry_after"].flatMap(ConfigScalar.duration)
            )
        }
        var incident = SimulatedProvider.Incident(what)
        table.setDuration(&incident.start, "at")
        incident.duration = table["for"].flatMap(ConfigScalar.duration)
        if let share = table["share"].flatMap(ConfigScalar.number) { incident.share = share }
        incident.credential = table["credential"]?.string
        incident.model = table["model"]?.string.map { ModelID($0) }
        let credentials = provider.provider.credentials.map(\.name)
        check(table["credential"], isAmong: credentials, "credential", "\(path).credential")
        check(table["model"], isAmong: provider.models.map(\.id.rawValue), "model", "\(path).model")
        return incident
    }

    private mutating func check(
        _ value: ConfigValue?,
        isAmong names: [String],
        _ what: String,
        _ path: String
    ) {
        guard let value, let name = value.string, !names.contains(name) else { return }
        let hint =
            NearestName.of(name, among: names).map { "did you mean \($0)?" }
            ?? (names.isEmpty ? nil : "there are \(names.joined(separator: ", "))")
        report("the provider has no such \(what)", hint: hint, at: value, path)
    }
}
