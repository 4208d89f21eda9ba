import GatewayKit
import ProviderKit
import RouterKit
import Testing
import TransportKit

@testable import Modelplex

@Suite("Loading a configuration")
struct ConfigurationLoadingTests {
    static let examples = Fixtures.repository + "/Examples/config/config."

    @Test("The same document in three formats gives equal configurations, and warns of nothing")
    func threeFormats() throws {
        let documents = try ["toml", "yaml", "json"].map { try ConfigurationDocument(path: Self.examples + $0) }
        let configurations = try documents.map { try $0.configuration(environment: ["ANTHROPIC_API_KEY": "k"]) }
        #expect(documents[0].root == documents[1].root)
        #expect(documents[0].root == documents[2].root)
        #expect(configurations[0] == configurations[1])
        #expect(configurations[0] == configurations[2])
        for document in documents {
            #expect(document.check(environment: ["ANTHROPIC_API_KEY": "k"]).warnings.isEmpty)
            // What is nowhere is told, though the gateway starts without it.
            #expect(document.check(environment: [:]).warnings.map(\.keyPath) == ["providers[1]"])
        }
    }

    @Test("Every key of the contract reaches its place")
    func everyKey() throws {
        let configuration = try PlexConfiguration.load(
            path: Self.examples + "toml",
            environment: [
                "OPENAI_API_KEY": "sk-1", "ANTHROPIC_API_KEY": "sk-2", "LOG_LEVEL": "debug", "WEB_TOKEN": "t",
            ]
        )
        var server = PlexConfiguration.Server()
        server.listen = [
            .unix(path: "modelplex.socket", mode: 0o660, group: nil, role: .guest),
            .tcp(host: "127.0.0.1", port: 8317, role: .host),
        ]
        server.log.level = "debug"
        #expect(configuration.server == server)
        #expect(configuration.timeouts == Timeouts())
        #expect(configuration.providers.map(\.name) == ["openai", "anthropic", "local", "lab", "azure"])
        let openAI = configuration.providers[0]
        #expect(openAI.type == .openAI)
        #expect(openAI.baseURL == "https://api.openai.com/v1")
        #expect(openAI.apiKey == .value(Secret("sk-1")))
        #expect(openAI.models == ["gpt-4o", "gpt-4o-mini", "gpt-4.1"])
        #expect(openAI.headers == ["OpenAI-Organization": .value(Secret(""))])
        #expect(openAI.timeouts == nil)
        let anthropic = configuration.providers[1]
        #expect(anthropic.type == .anthropic)
        #expect(anthropic.apiKey == .implied(Secret("sk-2"), variable: "ANTHROPIC_API_KEY"))
        #expect(anthropic.timeouts == Timeouts(firstByte: .seconds(120)))
        #expect(anthropic.priority == 2)
        #expect(configuration.providers[2].models == nil)
        #expect(configuration.providers[3].apiKey == .store("lab"))
        #expect(configuration.providers[3].allowsHTTP)
        #expect(configuration.providers[4].apiVersion == "2024-10-21")
        expectRouting(configuration)
        #expect(
            configuration.mcp.servers == [
                .init(
                    name: "files",
                    transport: .command(
                        "mcp-server-filesystem",
                        arguments: ["/workspace"],
                        environment: ["TOKEN": .store("files")]
                    )
                ),
                .init(
                    name: "web",
                    transport: .url(
                        "http://127.0.0.1:9000/mcp",
                        headers: ["Authorization": .value(Secret("Bearer t"))]
                    )
                ),
                .init(name: "lab", transport: .url("http://lab.internal:9000/mcp", headers: [:])),
            ]
        )
    }

    @Test("A server's limits, times and policy are read, and its folder is seen from the file's")
    func toolServers() throws {
        let text = """
            [[mcp.servers]]
            name = "a"
            command = "./server"
            cwd = "work"
            limits = { memory = "512MiB", cpu_seconds = 60, open_files = 64, file_size = "1MiB", processes = 8 }
            timeouts = { connect = "5s", request = "1m", total = "1h" }
            idle_close = "none"
            sandbox = { network = true, read = ["/data"], write = ["out"] }

            [[mcp.servers.credentials]]
            id = "files"
            parameter = "TOKEN"
            required = false
            env_fallback = "FILES_TOKEN"

            [[mcp.servers]]
            name = "b"
            url = "https://example.org/mcp"
            policy = "per-call"
            login = "web"

            [[mcp.servers]]
            name = "c"
            command = "server"
            idle_close = "30s"
            sandbox = {}
            ping = "1m"
            """
        let servers = try ConfigurationDocument(text).configuration(environment: [:]).mcp.servers
        #expect(servers[0].workingDirectory?.hasSuffix("work") == true)
        #expect(
            servers[0].limits
                == ProcessLimits(
                    memory: 512 * 1_048_576,
                    processorSeconds: 60,
                    openFiles: 64,
                    fileSize: 1_048_576,
                    processes: 8
                )
        )
        #expect(servers[0].timeouts == .init(connect: .seconds(5), request: .seconds(60), total: .seconds(3600)))
        #expect(servers.map(\.policy) == [.persistent(idleClose: nil), .perCall, .persistent(idleClose: .seconds(30))])
        #expect(servers[1].timeouts == .init())
        #expect(servers[0].sandbox?.allowsNetwork == true)
        #expect(servers[0].sandbox?.readablePaths == ["/data"])
        #expect(servers[0].sandbox?.writablePaths.first?.hasSuffix("out") == true)
        #expect(servers.map { $0.sandbox == nil } == [false, true, false])
        #expect(servers[2].sandbox == ProcessSandbox())
        #expect(
            servers[0].parameters == [
                .init(credential: "files", parameter: "TOKEN", isRequired: false, environmentFallback: "FILES_TOKEN")
            ]
        )
        #expect(servers.map(\.login) == [nil, "web", nil])
        #expect(servers.map(\.ping) == [nil, nil, .seconds(60)])
    }

    private func expectRouting(_ configuration: PlexConfiguration) {
        var fast = RoutingRules.Route(
            .model("fast"),
            targets: [Target("openai", "gpt-4o-mini"), Target("anthropic", "claude-haiku-4-5", weight: 2)]
        )
        fast.policy.strategy = .weighted
        fast.policy.contextFallback = [Target("openai", "gpt-4.1")]
        var studio = RoutingRules.Route(.pattern("^gemini-.*-aistudio$"), targets: [Target("local", "gemma3")])
        studio.policy.timeouts = Timeouts(total: .seconds(300))
        var hedged = RoutingRules.Route(
            .model("o3-*"),
            targets: [Target("openai", "gpt-4.1"), Target("azure", "o3-mini")]
        )
        hedged.policy.strategy = .hedged
        hedged.policy.parameters = ModelParameters(
            defaults: ["temperature": 1],
            overrides: ["user": "gateway", "top_p": .null]
        )
        hedged.policy.hedging = HedgingPolicy(
            percentile: 0.9,
            initialDelay: .seconds(1),
            minimumDelay: .milliseconds(100),
            budget: 0.05
        )
        #expect(configuration.routes == [fast, studio, hedged])
        #expect(configuration.aliases == ["best": "claude-sonnet-4-5", "gpt-4": "best"])
        var review = RoutePolicy(
            name: "review",
            targets: [Target("anthropic", "claude-sonnet-4-5"), Target("openai", "gpt-4o")]
        )
        review.parameters.defaults = ["temperature": 0.2]
        #expect(configuration.roles == [review])
        let parameters = ModelParameters(
            defaults: ["max_tokens": 4096],
            overrides: ["metadata": ["team": "research"], "seed": .null]
        )
        #expect(configuration.models == [.init("claude-*", parameters: parameters)])
        #expect(
            configuration.prices == [
                "openai/gpt-4o": Price(input: 2.5, output: 10, cachedInput: 1.25),
                "anthropic/*": Price(input: 3, output: 15),
            ]
        )
        let folder = String(Self.examples.dropLast("/config.".count))
        let routing = PlexConfiguration.Routing(unknownModel: .error, stateFile: folder + "/routing-state.json")
        #expect(configuration.routing == routing)
        #expect(configuration.providers[0].exclusions == ["*-preview"])
        #expect(configuration.providers[3].proxy == "http://proxy.internal:3128")
        let azure = configuration.providers[4]
        #expect(azure.apiKey == nil)
        #expect(azure.credentialStrategy == .weighted)
        #expect(
            azure.credentials == [
                .init(name: "team", apiKey: .value(Secret("not-set")), weight: 3),
                .init(name: "spare", apiKey: .value(Secret("not-set")), proxy: "socks5h://127.0.0.1:1080"),
            ]
        )
    }

    @Test("The examples of roles can be used, with a chain each or with one provider")
    func roles() throws {
        let chains = try ConfigurationDocument(path: Fixtures.repository + "/Examples/config/roles.toml")
        let configuration = try chains.configuration(environment: [:])
        let names = ["planning", "coding", "review", "testing", "documentation"]
        #expect(configuration.roles.map(\.name) == names)
        #expect(configuration.roles.allSatisfy { $0.targets.count == 3 })
        #expect(chains.check(environment: [:]).warnings.filter { !$0.message.contains("has no key") }.isEmpty)
        let single = try PlexConfiguration.load(
            path: Fixtures.repository + "/Examples/config/roles-one-provider.toml",
            environment: [:]
        )
        #expect(single.roles.map(\.name) == names)
        #expect(
            single.roles.map { $0.parameters.defaults["temperature"] } == [0.7, 0.3, 0.2, 0.1, 0.5]
        )
        let table = try RouteTable(single.rules(defaultModel: "ollama/qwen3"))
        for name in names {
            guard case .found(let found) = try table.resolve(name, lists: { _ in nil }) else {
                throw PlexError(.internal, "not found")
            }
            #expect(found.policy.targets == [Target("ollama", "qwen3")])
        }
    }

    @Test("An empty file, and one that says every default, are the configuration of the code")
    func defaults() throws {
        for format in ConfigurationDocument.Format.allCases {
            #expect(try ConfigurationDocument("", format).configuration(environment: [:]) == PlexConfiguration())
        }
        let written = try ConfigurationDocument("").effectiveText(as: .toml, environment: [:])
        #expect(written.contains("retry_after_cap = \"15m\""))
        #expect(try ConfigurationDocument(written).configuration(environment: [:]) == PlexConfiguration())
        let route = "[[providers]]\nname = \"a\"\ntype = \"ollama\"\n[[routes]]\nmodel = \"m\"\ntargets = [\"a/m\"]\n"
        let document = try ConfigurationDocument(route)
        let full = try ConfigurationDocument(document.effectiveText(as: .yaml, environment: [:]), .yaml)
        #expect(full.root["routes"]?.array?.first?["attempts"] == 3)
        #expect(try full.configuration(environment: [:]) == document.configuration(environment: [:]))
    }

    @Test("A key comes from the file, from a file of its own, from the store, or from the usual variable")
    func keys() throws {
        let folder = try TemporaryFolder()
        try folder.write("from-file\n", to: "key")
        try folder.write("open\n", to: "open-key", mode: 0o644)
        let path = try folder.write(
            """
            [[providers]]
            name = "a"
            type = "openai"
            api_key = "file:key"
            [[providers]]
            name = "b"
            type = "openai"
            api_key = "file:open-key"
            [[providers]]
            name = "groq"
            [[providers]]
            name = "c"
            type = "openai"
            base_url = "https://example.org/v1"
            [[providers]]
            name = "d"
            type = "openai"
            api_key = "${STRANGE}"
            [[providers]]
            name = "e"
            type = "mistral"
            """,
            to: "config.toml"
        )
        let environment = [
            "OPENAI_API_KEY": "usual", "GROQ_API_KEY": "gsk", "STRANGE": "file:/etc/passwd", "MISTRAL_API_KEY": "",
        ]
        let document = try ConfigurationDocument(path: path)
        let configuration = try document.configuration(environment: environment)
        #expect(
            configuration.providers.map(\.apiKey) == [
                .file(Secret("from-file"), path: folder.path + "/key"),
                .file(Secret("open"), path: folder.path + "/open-key"),
                .implied(Secret("gsk"), variable: "GROQ_API_KEY"),
                .implied(Secret("usual"), variable: "OPENAI_API_KEY"), .value(Secret("file:/etc/passwd")), nil,
            ]
        )
        #expect(
            document.check(environment: environment).warnings.map(\.message) == [
                "others can read the key file; run chmod 600 on it",
                "OPENAI_API_KEY is sent to this address, because api_key is left out",
                "provider e has no key; set it with plexctl auth set e, in MISTRAL_API_KEY, or as api_key in the configuration",
            ]
        )
    }

    @Test("Variables override the file; lists are separated by commas")
    func overrides() throws {
        let document = try ConfigurationDocument("[server]\nlog_level = \"error\"\nloops = 1\n")
        let configuration = try document.configuration(environment: [
            "PLEX_SERVER__LOG_LEVEL": "debug", "PLEX_SERVER__LOOPS": "4", "PLEX_ROUTING__RETRY__MAX": "9s",
            "PLEX_SERVER__LISTEN": "tcp:127.0.0.1:1, unix:a.sock", "PLEX_MCP__ENABLED": "false",
            "PLEX_CONFIG": "elsewhere", "PLEX_MODEL": "m", "PLEX_TIMEOUTS__IDLE": "none",
        ])
        #expect(configuration.server.log.level == "debug")
        #expect(configuration.server.loops == 4)
        #expect(configuration.routing.failover.retry.maximum == .seconds(9))
        #expect(configuration.server.listen.map(\.description) == ["tcp:127.0.0.1:1", "unix:a.sock"])
        #expect(!configuration.mcp.enabled)
        #expect(configuration.timeouts.idle == nil)
    }

    @Test(
        "A wrong override names its variable",
        arguments: [
            ("PLEX_SERVER__LOG_LEVL", "x", "server.log_levl: unknown key; did you mean log_level?"),
            ("PLEX_SERVER__LOOPS", "many", "server.loops: expected an integer, found a string"),
            ("PLEX_PROVIDERS__NAME", "x", "providers.name: this key cannot be set by a variable; set it in the file"),
            ("PLEX_SERVER__LOOPS__X", "x", "server.loops.x: this key cannot be set by a variable; set it in the file"),
        ]
    )
    func wrongOverride(variable: String, value: String, expected: String) {
        #expect(problems("", .toml, [variable: value]) == ["\(variable): \(expected)"])
    }

    @Test(
        "Times and sizes",
        arguments: [
            ("\"500ms\"", Duration.milliseconds(500)), ("\"1.5s\"", .milliseconds(1500)), ("\"2m\"", .seconds(120)),
            ("\"1h\"", .seconds(3600)), ("2", .seconds(2)), ("0.25", .milliseconds(250)),
        ]
    )
    func durations(text: String, expected: Duration) throws {
        let document = try ConfigurationDocument("[timeouts]\nidle = \(text)\n")
        #expect(try document.configuration(environment: [:]).timeouts.idle == expected)
    }

    @Test("Sizes", arguments: [("\"10MiB\"", 10_485_760), ("\"1MB\"", 1_000_000), ("512", 512), ("\"1.5KiB\"", 1536)])
    func sizes(text: String, expected: Int) throws {
        let document = try ConfigurationDocument("[server]\nmax_request_size = \(text)\n")
        #expect(try document.configuration(environment: [:]).server.limits.requestSize == expected)
    }

    @Test(
        "Base URLs that may be plain",
        arguments: [
            "http://localhost:1", "http://127.9.9.9/v1", "http://[::1]:8080", "https://example.org/v1",
            "unix:/run/x.sock:/v1",
        ]
    )
    func plainURLs(url: String) {
        #expect(problems("[[providers]]\nname = \"openai\"\nbase_url = \"\(url)\"").isEmpty)
    }
}
