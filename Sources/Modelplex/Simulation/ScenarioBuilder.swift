internal import ProviderKit
internal import RouterKit
internal import TransportKit

/// Makes a scenario of a tree that was held against the table of keys, and reports what values mean wrongly together.
struct ScenarioBuilder {
    /// What goes wrong at a provider.
    enum IncidentKind: String, CaseIterable {
        case down, slow, errors, stall, cut
    }

    /// How a quantity spreads around its median.
    enum Shape: String, CaseIterable {
        case logNormal = "log-normal"
        case normal, exponential
    }

    /// What a refusal may mean beside what its status tells.
    static let errors: [PlexError.Code] = [
        .invalidRequest, .authentication, .permission, .notFound, .rateLimited, .contextLengthExceeded,
        .contentFiltered, .quotaExhausted, .overloaded, .upstream, .malformedResponse,
    ]

    private var builder: ConfigurationBuilder

    init(checker: ConfigurationChecker) {
        builder = ConfigurationBuilder(
            environment: [:],
            readKeyFile: { _ throws(InvalidText) in throw InvalidText("a scenario has no keys") },
            resolvePath: { $0 },
            checker: checker
        )
    }

    /// All that was found.
    var problems: [ConfigurationError.Problem] { builder.checker.problems }

    mutating func makeScenario(_ root: ConfigValue) -> Scenario {
        // What names mean is read as in a configuration; the providers are read here.
        let configuration = builder.makeConfiguration(root)
        var providers: [SimulatedProvider] = []
        for (index, value) in (root["providers"]?.array ?? []).enumerated() {
            providers.append(makeProvider(value, "providers[\(index)]", configuration.timeouts))
        }
        let rules = configuration.rules(providers: providers.map(\.provider))
        builder.checker.checkRules(rules, in: root, namesAllModels: true)
        var scenario = Scenario(
            rules: rules,
            failover: configuration.routing.failover,
            providers: providers,
            load: makeLoad(root["load"])
        )
        root.table?.setDuration(&scenario.duration, "duration")
        if let seed = root["seed"].flatMap(ConfigScalar.integer) { scenario.seed = UInt64(max(seed, 0)) }
        if problems.isEmpty { checkDemands(scenario, root["load"]) }
        if problems.isEmpty, let load = root["load"] {
            // What the parts mean together.
            do throws(PlexError) {
                _ = try Simulation(scenario)
            } catch {
                report(error.message, at: load, "load")
            }
        }
        return scenario
    }

    // MARK: - Load

    private mutating func makeLoad(_ value: ConfigValue?) -> Scenario.Load {
        var load = Scenario.Load(
            (value?["models"]?.array ?? []).map { element in
                Scenario.Load.Demand(
                    ModelID((element["model"] ?? element).string ?? ""),
                    weight: element["weight"].flatMap(ConfigScalar.number) ?? 1
                )
            }
        )
        guard let value, let table = value.table else { return load }
        let ways = ["rate", "phases", "callers"].filter { table[$0] != nil }
        if ways.isEmpty { report("the key rate, phases or callers is missing", at: value, "load") }
        for way in ways.dropFirst() {
            report("a load has \(ways[0]) or \(way), not both", at: table[way] ?? value, "load.\(way)")
        }
        if let rate = table["rate"].flatMap(ConfigScalar.number) { load.phases = [.init(at: .zero, rate: rate)] }
        for phase in table["phases"]?.array ?? [] {
            let start = phase["at"].flatMap(ConfigScalar.duration) ?? .zero
            load.phases.append(.init(at: start, rate: phase["rate"].flatMap(ConfigScalar.number) ?? 0))
        }
        let pause = distribution(table["pause"], "load.pause", scalar: Self.seconds)
        if let count = table["callers"].flatMap(ConfigScalar.integer) {
            load.callers = Scenario.Load.Callers(count)
            if let pause { load.callers?.pause = pause }
        } else if let pause = table["pause"] {
            report("this key goes with callers", at: pause, "load.pause")
        }
        if let tokens = distribution(table["prompt_tokens"], "load.prompt_tokens", scalar: ConfigScalar.number) {
            load.promptTokens = tokens
        }
        if let tokens = distribution(table["answer_tokens"], "load.answer_tokens", scalar: ConfigScalar.number) {
            load.answerTokens = tokens
        }
        if let share = table["streamed"].flatMap(ConfigScalar.number) { load.streamed = share }
        if let share = table["tools"].flatMap(ConfigScalar.number) { load.tools = share }
        load.sessions = table["sessions"].flatMap(ConfigScalar.integer)
        load.patience = table["patience"].flatMap(ConfigScalar.duration)
        return load
    }

    /// Whether each name that callers use means something, told where it stands.
    private mutating func checkDemands(_ scenario: Scenario, _ load: ConfigValue?) {
        guard let table = try? RouteTable(scenario.rules) else { return }
        let values = load?["models"]?.array ?? []
        for (index, (demand, value)) in zip(scenario.load.demands, values).enumerated() {
            do throws(PlexError) {
                _ = try table.resolve(demand.model.rawValue, lists: { _ in nil })
            } catch {
                report(error.message, at: value["model"] ?? value, "load.models[\(index)]")
            }
        }
    }

    // MARK: - Parts

    /// A time, a number, or how they spread; `nil` where there is none, or none that makes sense.
    mutating func distribution(
        _ value: ConfigValue?,
        _ path: String,
        scalar: (ConfigValue) -> Double?
    ) -> Distribution? {
        guard let value else { return nil }
        guard let table = value.table else { return scalar(value).map { .fixed($0) } }
        let bounds = (table["from"].flatMap(scalar), table["to"].flatMap(scalar))
        let around = (table["median"].flatMap(scalar), table["p99"].flatMap(scalar))
        let shape = table["shape"]?.string.flatMap(Shape.init(rawValue:)) ?? .logNormal
        switch (bounds, around, shape) {
        case ((let low?, let high?), (nil, nil), .logNormal) where table["shape"] == nil:
            if low <= high { return .uniform(from: low, to: high) }
            report("from is above to", at: value, path)
        case ((nil, nil), (let median?, nil), .exponential): return .exponential(median: median)
        case ((nil, nil), (let median?, let p99?), .logNormal), ((nil, nil), (let median?, let p99?), .normal):
            guard median <= p99 else {
                report("median is above p99", at: value, path)
                return nil
            }
            guard shape == .normal || median > 0 else {
                report("a log-normal median has to be above 0", hint: "use from and to", at: value, path)
                return nil
            }
            return shape == .normal ? .normal(median: median, p99: p99) : .logNormal(median: median, p99: p99)
        default:
            // What is wrong in one of them is reported already.
            guard !problems.contains(where: { $0.keyPath.hasPrefix(path) }) else { return nil }
            report(
                "expected median and p99, from and to, or median with shape \"exponential\"",
                at: value,
                path
            )
        }
        return nil
    }

    mutating func times(_ value: ConfigValue?, _ path: String) -> Distribution? {
        distribution(value, path, scalar: Self.seconds)
    }

    func timeouts(_ table: ConfigTable?, over base: Timeouts) -> Timeouts { builder.makeTimeouts(table, over: base) }

    mutating func report(_ message: String, hint: String? = nil, at value: ConfigValue, _ path: String) {
        builder.checker.report(message, hint: hint, at: value, path: path)
    }

    private static func seconds(_ value: ConfigValue) -> Double? {
        ConfigScalar.duration(value).map { $0 / .seconds(1) }
    }
}
