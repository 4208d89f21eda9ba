import ProviderKit
import RouterKit
import Testing
import TransportKit

@testable import Modelplex

@Suite("Scenario files")
struct ScenarioLoadingTests {
    static let plain = """
        [load]
        models = ["fast"]
        rate = 10

        [[routes]]
        model = "fast"
        targets = ["near/small"]

        [[providers]]
        name = "near"
        models = ["small"]

        """

    private func scenario(_ text: String, _ format: ConfigurationDocument.Format = .toml) throws -> Scenario {
        try ConfigurationDocument(text, format).scenario(environment: ["RATE": "7"])
    }

    @Test("What is left out has its default")
    func defaults() throws {
        let scenario = try scenario(Self.plain)
        #expect(scenario.duration == .seconds(600) && scenario.seed == 1)
        #expect(scenario.load == Scenario.Load([.init("fast")], rate: 10))
        #expect(
            scenario.providers == [SimulatedProvider(.init("near", models: ["small"]), models: [.init("small")])]
        )
        #expect(scenario.failover == FailoverPolicy())
    }

    @Test("Everything that can be said is read")
    func everything() throws {
        let text = """
            duration = "20m"
            seed = 42
            [load]
            models = ["fast", { model = "near/small", weight = 2 }]
            phases = [{ at = 0, rate = 5 }, { at = "10m", rate = 50 }]
            prompt_tokens = 1000
            answer_tokens = { from = 10, to = 20 }
            streamed = 0.5
            tools = 0.25
            sessions = 10
            patience = "30s"
            [timeouts]
            connect = "1s"
            [routing]
            retry_after_cap = "1m"
            [[routes]]
            model = "fast"
            targets = ["near/small"]
            [[providers]]
            name = "near"
            priority = 2
            exclude = ["huge*"]
            credentials = ["a", { name = "b", weight = 3 }]
            credential_strategy = "weighted"
            first_token = "300ms"
            whole = { median = "2s", p99 = "8s", shape = "normal" }
            tokens_per_second = 30
            refusal = { median = "10ms", shape = "exponential" }
            rate_limit = { requests = 60, per = "30s", retry_after = "none" }
            concurrency = 9
            timeouts = { first_byte = "5s" }
            [[providers.models]]
            name = "small"
            features = ["streaming", "vision"]
            context_length = 8000
            first_token = { median = "1s", p99 = "3s" }
            [[providers.incidents]]
            kind = "slow"
            factor = 4
            at = "1m"
            for = "2m"
            share = 0.5
            model = "small"
            [[providers.incidents]]
            kind = "errors"
            status = 429
            retry_after = "5s"
            credential = "b"
            [[providers.incidents]]
            kind = "errors"
            status = 400
            error = "context_length_exceeded"
            """
        let scenario = try scenario(text)
        #expect(scenario.duration == .seconds(1200) && scenario.seed == 42)
        let load = scenario.load
        #expect(load.demands == [.init("fast"), .init("near/small", weight: 2)])
        #expect(load.phases == [.init(at: .zero, rate: 5), .init(at: .seconds(600), rate: 50)])
        #expect(load.promptTokens == .fixed(1000.0) && load.answerTokens == .uniform(from: 10, to: 20))
        #expect(load.streamed == 0.5 && load.tools == 0.25 && load.sessions == 10 && load.patience == .seconds(30))
        #expect(scenario.failover.retryAfterCap == .seconds(60))
        let provider = try #require(scenario.providers.first)
        #expect(provider.provider.credentials == [.init("a"), .init("b", weight: 3)])
        #expect(provider.provider.credentialStrategy == .weighted && provider.provider.priority == 2)
        #expect(provider.provider.exclusions == ["huge*"])
        #expect(provider.firstToken == .fixed(0.3) && provider.whole == .normal(median: 2, p99: 8))
        #expect(provider.tokensPerSecond == 30 && provider.refusal == .exponential(median: 0.01))
        #expect(provider.rateLimit == .init(requests: 60, per: .seconds(30), tellsWhen: false))
        #expect(provider.concurrency == 9)
        #expect(provider.timeouts.firstByte == .seconds(5) && provider.timeouts.connect == .seconds(1))
        #expect(
            provider.models == [
                .init(
                    "small",
                    capabilities: Capabilities(features: [.streaming, .vision], contextLength: 8000),
                    firstToken: .logNormal(median: 1, p99: 3)
                )
            ]
        )
        #expect(
            provider.incidents == [
                .init(.slow(factor: 4), at: .seconds(60), for: .seconds(120), share: 0.5, model: "small"),
                .init(.errors(.rateLimited, status: 429, retryAfter: .seconds(5)), credential: "b"),
                .init(.errors(.contextLengthExceeded, status: 400, retryAfter: nil)),
            ]
        )
    }

    @Test("Variables and the other formats work as in a configuration")
    func formats() throws {
        let json = """
            {"load": {"models": ["near/small"], "rate": "${RATE}"}, "providers": [{"name": "near", "models": ["small"]}]}
            """
        #expect(try scenario(json, .json).load.phases == [.init(at: .zero, rate: 7)])
        let yaml = """
            load: {models: [near/small], callers: 5, pause: 1s}
            providers: [{name: near, models: [small]}]
            """
        #expect(try scenario(yaml, .yaml).load.callers == .init(5, pause: .fixed(1.0)))
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        /// What is replaced in the plain scenario; `nil` appends.
        var old: String?
        var new: String
        var expected: String
        var testDescription: String { expected }

        init(_ old: String?, _ new: String, _ expected: String) {
            (self.old, self.new, self.expected) = (old, new, expected)
        }
    }

    @Test(
        "What is wrong is told with its line, its key and the nearest name",
        arguments: [
            Bad("rate = 10", "rat = 10", "config.toml:3:1: load.rat: unknown key; did you mean rate?"),
            Bad("rate = 10", "", "load: the key rate, phases or callers is missing"),
            Bad("rate = 10", "rate = 10\ncallers = 3", "4:11: load.callers: a load has rate or callers, not both"),
            Bad("rate = 10", "rate = 10\npause = 3", "4:9: load.pause: this key goes with callers"),
            Bad("rate = 10", "rate = 0", "3:8: load.rate: expected a number above 0, found 0"),
            Bad("[\"fast\"]", "[\"fats\"]", "2:11: load.models[0]: "),
            Bad("[\"fast\"]", "[\"fats\"]", "fast"),
            Bad(
                "\"near/small\"",
                "\"neer/small\"",
                "7:12: routes[0].targets[0]: there is no provider neer; did you mean near?"
            ),
            Bad("\"near/small\"", "\"near/smal\"", "did you mean near/small?"),
            Bad(nil, "colour = 1", "12:1: providers[0].colour: unknown key; known keys: name, "),
            Bad(nil, "first_token = 'soon'", "providers[0].first_token: expected a time such as \"500ms\""),
            Bad(nil, "whole = { median = '2s', p99 = '1s' }", "12:9: providers[0].whole: median is above p99"),
            Bad(nil, "whole = { from = '2s', to = '1s' }", "from is above to"),
            Bad(nil, "whole = { median = '2s' }", "expected median and p99, from and to, or median with shape"),
            Bad(nil, "whole = { median = 0, p99 = 1 }", "a log-normal median has to be above 0"),
            Bad(nil, "whole = { median = 1, shape = 'bell' }", "expected one of log-normal, normal, exponential"),
            Bad(nil, "incidents = [{ kind = 'dwn' }]", "incidents[0].kind: expected one of down, slow, errors"),
            Bad(nil, "incidents = [{ kind = 'slow' }]", "incidents[0]: the key factor is missing"),
            Bad(nil, "incidents = [{ kind = 'errors' }]", "incidents[0]: the key status or error is missing"),
            Bad(nil, "incidents = [{ kind = 'down', status = 500 }]", "this key goes with kind = \"errors\""),
            Bad(nil, "incidents = [{ kind = 'down', credential = 'a' }]", "the provider has no such credential"),
            Bad(
                nil,
                "incidents = [{ kind = 'down', model = 'smal' }]",
                "the provider has no such model; did you mean small?"
            ),
            Bad(nil, "rate_limit = { per = '1s' }", "rate_limit: the key requests is missing"),
            Bad(nil, "[server]\nloops = 1", "12:2: server: unknown key"),
        ]
    )
    func bad(_ bad: Bad) throws {
        var text = Self.plain
        if let old = bad.old {
            let place = try #require(text.firstRange(of: old))
            text.replaceSubrange(place, with: bad.new)
        } else {
            text += bad.new
        }
        let error = #expect(throws: PlexError.self) { try scenario(text) }
        #expect(error?.code == .configuration)
        #expect(error?.description.contains(bad.expected) == true, "\(error?.description ?? "")")
    }

    @Test("The tables of docs/simulation.md are those of the key table")
    func documentation() throws {
        let path = Fixtures.repository + "/docs/simulation.md"
        let text = String(decoding: try Fixtures.read(path), as: UTF8.self)
        let marker = "<!-- keys -->\n"
        let before = try #require(text.firstRange(of: marker))
        try Fixtures.expectSnapshot(text[..<before.upperBound] + "\n" + ConfigurationKey.scenarioTables, at: path)
    }

    @Test("A file that is not there is not found")
    func missing() {
        let error = #expect(throws: PlexError.self) { try Scenario.load(path: "/nowhere/scenario.toml") }
        #expect(error?.code == .notFound)
    }

    // MARK: A configuration

    private func scenario(_ text: String, configuration: String) throws -> Scenario {
        let folder = try TemporaryFolder()
        let own = "\(folder.path)/own.toml"
        try Fixtures.write(configuration.utf8, to: own)
        return try ConfigurationDocument("config = \"\(own)\"\n" + text).scenario(environment: [:])
    }

    private static let configuration = """
        [[providers]]
        name = "near"
        type = "openai"
        api_key = "${NOT_SET_ANYWHERE}"
        headers = { X-Secret = "${NOT_SET_EITHER}" }
        priority = 5
        exclude = ["old-*"]
        credential_strategy = "fill-first"
        timeouts = { first_byte = "7s" }

        [[providers]]
        name = "far"
        type = "vllm"
        base_url = "https://far.example/v1"
        credentials = [{ name = "a", api_key = "${A}", weight = 2 }, { name = "b", api_key = "${B}" }]

        [[providers]]
        name = "unused"
        type = "vllm"

        [[routes]]
        model = "fast"
        targets = ["near/small", "far/large"]
        attempts = 7

        [routing]
        breaker = { failures = 9 }

        """
    private static let load = "[load]\nmodels = [\"fast\"]\nrate = 1\n"

    @Test("A configuration gives the routing, and of its providers what no description says; keys are not asked for")
    func configured() throws {
        let scenario = try scenario(
            Self.load + "[[providers]]\nname = \"near\"\npriority = 2\ntokens_per_second = 9\n",
            configuration: Self.configuration
        )
        #expect(scenario.rules.routes.map(\.policy.attempts) == [7])
        #expect(scenario.failover.breaker.failures == 9)
        // One whose models nobody names plays no part.
        #expect(scenario.providers.map(\.provider.id) == ["near", "far"])
        let (near, far) = (scenario.providers[0], scenario.providers[1])
        #expect(near.models.map(\.id) == ["small"] && near.tokensPerSecond == 9)
        #expect(near.provider.priority == 2 && near.provider.exclusions == ["old-*"])
        #expect(near.provider.credentialStrategy == .fillFirst && near.timeouts.firstByte == .seconds(7))
        #expect(far.models.map(\.id) == ["large"])
        #expect(far.provider.credentials == [RoutingRules.Credential("a", weight: 2), RoutingRules.Credential("b")])
        // The scenario's own sections count.
        let own = try self.scenario(
            Self.load + "[[routes]]\nmodel = \"fast\"\ntargets = [\"far/large\"]\n",
            configuration: Self.configuration
        )
        #expect(own.rules.routes.map(\.policy.attempts) == [3] && own.providers.map(\.provider.id) == ["far"])
    }

    @Test("What is wrong is told with the name and line of the file that it stands in")
    func wrongConfiguration() throws {
        func problems(_ text: String, _ configuration: String) -> String {
            do {
                _ = try scenario(text, configuration: configuration)
                return ""
            } catch {
                return "\(error)"
            }
        }
        let wrong = Self.configuration.replacing("far/large", with: "fra/large")
        #expect(problems(Self.load, wrong).contains("own.toml:23:26"))
        #expect(problems(Self.load, wrong).contains("did you mean far?"))
        #expect(problems(Self.load, Self.configuration + "x = 1\n").isEmpty == false)
        #expect(problems("[load]\nmodels = [\"fats\"]\nrate = 1\n", Self.configuration).contains("load.models[0]"))
        let nowhere = "config = \"/none.toml\"\n" + Self.load
        let error = #expect(throws: PlexError.self) { try ConfigurationDocument(nowhere).scenario() }
        #expect(error?.message.contains("config: there is no configuration file /none.toml") == true, "\(error as Any)")
    }
}
