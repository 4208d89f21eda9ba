import ProviderKit
import RouterKit
import Testing
import TransportKit

@testable import Modelplex

/// Files of the kind that LiteLLM's documentation shows.
@Suite("Import of LiteLLM's configuration")
struct LiteLLMImportTests {
    private func imported(_ text: String) throws -> LiteLLMImport {
        try LiteLLMImport(parsing: Array(text.utf8), format: .yaml, path: "litellm.yaml")
    }

    /// The configuration that comes out, which has to be right as it is.
    private func configuration(
        _ text: String,
        environment: [String: String] = [:]
    ) throws -> (PlexConfiguration, notes: [String]) {
        let imported = try imported(text)
        let document = try ConfigurationDocument(parsing: Array(imported.text.utf8), format: .toml, path: "out.toml")
        do {
            return (try document.configuration(environment: environment), imported.notes.map(\.description))
        } catch {
            Issue.record("\(error)\n\(imported.text)")
            throw error
        }
    }

    @Test("A name for a model at an address of one's own, and a wildcard for all other names")
    func wildcard() throws {
        let (configuration, notes) = try self.configuration(
            """
            model_list:
              - model_name: qwen
                litellm_params:
                  model: openai/Qwen/Qwen3-8B
                  api_base: http://127.0.0.1:8000/v1
                  api_key: "os.environ/ENGINE_KEY"
              - model_name: "*"
                litellm_params:
                  model: "openai/*"
                  api_base: http://127.0.0.1:8000/v1
                  api_key: os.environ/ENGINE_KEY
            """,
            environment: ["ENGINE_KEY": "sk-engine"]
        )
        #expect(notes == [])
        let provider = try #require(configuration.providers.first)
        #expect(configuration.providers.count == 1)
        #expect(provider.type == .openAI && provider.name == "local" && provider.models == nil)
        #expect(provider.baseURL == "http://127.0.0.1:8000/v1")
        #expect(provider.apiKey == .value(Secret("sk-engine")))
        #expect(configuration.routing.unknownModel == .provider(provider.name))
        let table = try RouteTable(configuration.rules())
        func targets(_ name: String) throws -> [String] {
            guard case .found(let found) = try table.resolve(name, lists: { _ in .success(ListedModels([])) }) else {
                return []
            }
            return found.policy.targets.map(\.description)
        }
        #expect(try targets("qwen") == ["\(provider.name)/Qwen/Qwen3-8B"])
        #expect(try targets("anything-else") == ["\(provider.name)/anything-else"])
    }

    @Test("Deployments of one name share the requests by their weights; keys of one model take turns as credentials")
    func groups() throws {
        let (configuration, notes) = try self.configuration(
            """
            model_list:
              - model_name: gpt-4o
                litellm_params:
                  model: azure/gpt-4o-eu
                  api_base: https://europe.openai.azure.com/
                  api_key: "os.environ/AZURE_API_KEY_EU"
                  api_version: "2024-10-21"
                  rpm: 6
              - model_name: gpt-4o
                litellm_params:
                  model: azure/gpt-4o-ca
                  api_base: https://canada.openai.azure.com/
                  api_key: "os.environ/AZURE_API_KEY_CA"
                  api_version: "2024-10-21"
                  rpm: 18
              - model_name: claude
                litellm_params: {model: claude-sonnet-4-5, api_key: os.environ/CLAUDE_ONE, weight: 2}
              - model_name: claude
                litellm_params: {model: anthropic/claude-sonnet-4-5, api_key: os.environ/CLAUDE_TWO}
            router_settings:
              routing_strategy: simple-shuffle
            """,
            environment: ["AZURE_API_KEY_EU": "1", "AZURE_API_KEY_CA": "2", "CLAUDE_ONE": "3", "CLAUDE_TWO": "4"]
        )
        #expect(notes.count == 1 && notes[0].contains("rpm: is taken for a weight"))
        #expect(configuration.providers.map(\.name) == ["azure", "azure-2", "anthropic"])
        #expect(configuration.providers[1].apiVersion == "2024-10-21")
        let route = try #require(configuration.routes.first).policy
        #expect(route.strategy == .weighted)
        #expect(route.targets == [Target("azure", "gpt-4o-eu", weight: 6), Target("azure-2", "gpt-4o-ca", weight: 18)])
        let claude = configuration.providers[2]
        #expect(claude.credentials.map(\.weight) == [2, 1] && claude.credentialStrategy == .weighted)
        #expect(configuration.routes[1].policy.targets == [Target("anthropic", "claude-sonnet-4-5")])
    }

    @Test("Fallbacks, retries, aliases, limits, prices and settings have their counterparts")
    func settings() throws {
        let (configuration, notes) = try self.configuration(
            """
            model_list:
              - model_name: small
                litellm_params: {model: openai/gpt-4o-mini, api_key: os.environ/OPENAI_API_KEY, temperature: 0.2, timeout: 30}
                model_info: {input_cost_per_token: 0.00000015, output_cost_per_token: 0.0000006, mode: chat}
              - model_name: large
                litellm_params: {model: anthropic/claude-sonnet-4-5, api_key: os.environ/ANTHROPIC_API_KEY}
              - model_name: long
                litellm_params: {model: gemini/gemini-2.5-pro, api_key: os.environ/GEMINI_API_KEY}
            litellm_settings:
              num_retries: 4
              request_timeout: 10
              drop_params: True
              fallbacks: [{"small": ["large", "long"]}]
              context_window_fallbacks: [{"small": ["long"]}, {"large": ["long"]}]
              content_policy_fallbacks: [{"small": ["large"]}]
              allowed_fails: 3
            router_settings:
              model_group_alias: {"gpt-4": "large"}
              num_retries: 2
              cooldown_time: 45
              retry_after: 1
            general_settings:
              master_key: os.environ/LITELLM_MASTER_KEY
            """,
            environment: [
                "OPENAI_API_KEY": "1", "ANTHROPIC_API_KEY": "2", "GEMINI_API_KEY": "3", "LITELLM_MASTER_KEY": "k",
            ]
        )
        #expect(notes == [])
        let small = configuration.routes[0].policy
        let (large, long) = (Target("anthropic", "claude-sonnet-4-5"), Target("gemini", "gemini-2.5-pro"))
        #expect(small.strategy == .ordered && small.targets == [Target("openai", "gpt-4o-mini"), large, long])
        #expect(small.contextFallback == [long] && small.contentFallback == [large])
        // The router's own setting counts.
        #expect(small.attempts == 3 && configuration.routing.attempts == 3)
        #expect(small.parameters.defaults["temperature"] == 0.2)
        #expect(configuration.providers[0].timeouts?.total == .seconds(30))
        #expect(configuration.timeouts.total == .seconds(10))
        #expect(configuration.aliases == ["gpt-4": "large"])
        let price = try #require(configuration.prices["openai/gpt-4o-mini"])
        #expect(abs(price.input - 0.15) < 1e-9 && abs(price.output - 0.6) < 1e-9)
        #expect(configuration.routing.failover.breaker == .init(failures: 4, window: .seconds(60), open: .seconds(45)))
        #expect(configuration.routing.failover.retry.base == .seconds(1))
        #expect(configuration.server.accessKeys.count == 1)
    }

    @Test(
        "A strategy has its counterpart, or a note",
        arguments: [
            ("simple-shuffle", StrategyName.weighted, 0), ("least-busy", .leastBusy, 0),
            ("latency-based-routing", .leastLatency, 0), ("cost-based-routing", .cheapest, 0),
            ("usage-based-routing-v2", .weighted, 1),
        ]
    )
    func strategies(word: String, strategy: StrategyName, notes count: Int) throws {
        let (configuration, notes) = try self.configuration(
            """
            model_list:
              - {model_name: m, litellm_params: {model: groq/llama, api_key: os.environ/G}}
              - {model_name: m, litellm_params: {model: mistral/small, api_key: os.environ/M}}
            router_settings: {routing_strategy: \(word)}
            """,
            environment: ["G": "1", "M": "2"]
        )
        #expect(configuration.routes.map(\.policy.strategy) == [strategy] && notes.count == count)
    }

    @Test("No key that stands in the file is printed, and each has a variable and a note instead")
    func secrets() throws {
        let text = """
            model_list:
              - model_name: a
                litellm_params:
                  model: openai/gpt-4o
                  api_key: sk-secret-one
                  organization: org-secret
                  extra_headers: {"X-Team": "token-secret"}
              - model_name: b
                litellm_params: {model: openai/x, api_base: "http://engine.lan:8000/v1", api_key: sk-secret-two}
              - model_name: c
                litellm_params: {model: openai/y, api_base: "http://localhost:9000/v1", api_key: none}
              - model_name: d
                litellm_params: {model: openai/gpt-4o-mini, litellm_credential_name: shared}
            credential_list:
              - credential_name: shared
                credential_values: {api_key: sk-secret-three}
            general_settings: {master_key: sk-secret-four, database_url: "postgresql://user:secret@host/db"}
            environment_variables: {REDIS_PASSWORD: secret-five}
            """
        let imported = try imported(text)
        let said = imported.text + imported.notes.map(\.description).joined(separator: "\n")
        #expect(!said.contains("secret"), "\(said)")
        for variable in [
            "OPENAI_API_KEY", "OPENAI_API_KEY_2", "OPENAI_OPENAI_ORGANIZATION", "OPENAI_X_TEAM", "LITELLM_MASTER_KEY",
        ] {
            #expect(imported.text.contains("${\(variable)}"), "\(variable)")
            #expect(imported.notes.contains { $0.hint?.contains("variable \(variable) ") == true }, "\(variable)")
        }
        let names = Dictionary(
            uniqueKeysWithValues: ["OPENAI_API_KEY", "OPENAI_API_KEY_2", "OPENAI_OPENAI_ORGANIZATION", "OPENAI_X_TEAM"]
                .map { ($0, "value") } + [("ENGINE_API_KEY", "v"), ("LITELLM_MASTER_KEY", "m")]
        )
        let (configuration, _) = try self.configuration(text, environment: names)
        #expect(configuration.providers[1].allowsHTTP && configuration.providers[1].name == "engine")
        #expect(configuration.providers[2].apiKey == nil && !configuration.providers[2].allowsHTTP)
        // No other key goes there by itself.
        #expect(configuration.providers[2].type == "vllm")
    }

    @Test("Names with a slash keep their meaning: the provider's own, or a route's")
    func slashes() throws {
        let (configuration, _) = try self.configuration(
            """
            model_list:
              - {model_name: "openai/*", litellm_params: {model: "openai/*", api_key: os.environ/O}}
              - {model_name: "house/*", litellm_params: {model: "anthropic/*", api_key: os.environ/A}}
              - {model_name: "groq/fast", litellm_params: {model: mistral/small, api_key: os.environ/M}}
              - {model_name: "big-*", litellm_params: {model: groq/large, api_key: os.environ/G}}
              - {model_name: "big-one-*", litellm_params: {model: groq/larger, api_key: os.environ/G}}
            """,
            environment: ["O": "1", "A": "2", "M": "3", "G": "4"]
        )
        #expect(configuration.providers.map(\.name) == ["openai", "house", "mistral", "groq-2"])
        #expect(configuration.providers[1].type == .anthropic)
        let table = try RouteTable(configuration.rules())
        for (name, target) in [
            ("openai/gpt-4o", "openai/gpt-4o"), ("house/claude", "house/claude"), ("groq/fast", "mistral/small"),
            ("big-cat", "groq-2/large"), ("big-one-x", "groq-2/larger"),
        ] {
            guard case .found(let found) = try table.resolve(name, lists: { _ in nil }) else {
                Issue.record("\(name) is not found")
                continue
            }
            #expect(found.policy.targets.map(\.description) == [target])
        }
    }

    @Test("What has no counterpart is told once, with its line")
    func notes() throws {
        let (configuration, notes) = try self.configuration(
            """
            model_list:
              - model_name: claude
                litellm_params: {model: bedrock/anthropic.claude-v2, aws_region_name: us-east-1}
              - model_name: m
                litellm_params: {model: ollama/llama3, api_base: "http://localhost:11434", tags: [x], mock_response: "hi"}
              - model_name: n
                litellm_params: {model: ollama_chat/qwen3, api_base: "http://localhost:11434", tags: [y]}
              - model_name: "*"
                litellm_params: {model: "*"}
            litellm_settings: {success_callback: ["langfuse"], fallbacks: [{"m": ["gone"]}]}
            router_settings: {redis_host: localhost, model_group_alias: {"z": "gone"}}
            """
        )
        #expect(configuration.providers.map(\.type) == [.ollama])
        for part in [
            "litellm.yaml:2:", "LiteLLM's provider bedrock", "tags: has no counterpart", "mock_response: has no c",
            "a wildcard for every provider at once", "success_callback: has no counterpart", "falls back to gone",
            "redis_host: has no counterpart", "model_group_alias.z: is left out",
        ] {
            #expect(notes.count { $0.contains(part) } == 1, "\(part): \(notes)")
        }
    }

    @Test(
        "What is none of LiteLLM's is refused with a reason",
        arguments: [
            ("providers: []", "no list model_list"), ("model_list: []", "no entry of model_list"),
            ("model_list:\n  - model_name: *", "litellm.yaml:2"), ("model_list: [{model_name: x}]", "no entry"),
            ("", "no list model_list"), ("model_list: [1, null, {model_name: 1}]", "no entry"),
        ]
    )
    func refused(text: String, says: String) {
        do {
            _ = try imported(text)
            Issue.record("it was read")
        } catch {
            let error = error as? PlexError
            #expect(error?.code == .configuration && error?.message.contains(says) == true, "\(error as Any)")
        }
    }
}
