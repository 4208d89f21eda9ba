import ProviderKit
import RouterKit
import Testing
import TransportKit

@Suite("What names mean")
struct RouteTableTests {
    // Everything that can explain a name, so that each has something else to win against.
    static func rules() -> RoutingRules {
        var coding = RoutePolicy(name: "coding", targets: [Target("openai", "gpt-4o"), Target("lab", "qwen")])
        coding.parameters.defaults["temperature"] = 0.3
        return RoutingRules(
            providers: [
                .init("openai", models: ["gpt-4o", "gpt-5", "shared", "text-embedding"], exclusions: ["text-*"]),
                .init("anthropic", priority: 2, models: ["opus", "shared"]),
                .init("azure", priority: 2, models: ["shared"]),
                .init("lab", priority: 3), .init("attic", priority: 4, exclusions: ["old-*"]),
            ],
            routes: [
                .init(.model("fast"), targets: [Target("openai", "gpt-4o")]),
                .init(.model("gpt-5"), targets: [Target("anthropic", "opus"), Target("openai", "gpt-5")]),
                .init(.model("ctonew-*"), targets: [Target("lab", "cto")]),
                .init(.model("ctonew-x*"), targets: [Target("lab", "never")]),
                .init(.pattern("^gemini-.*-aistudio$"), targets: [Target("lab", "studio")]),
                .init(.model("else/where"), targets: [Target("lab", "slashed")]),
            ],
            aliases: [
                "best": "opus", "quick": "fast", "good": "best", "code": "coding", "direct": "lab/any/thing",
                "cto": "ctonew-1", "listed": "qwen-2",
            ],
            roles: [coding, RoutePolicy(name: "ctonew-role", targets: [Target("lab", "never")])]
        )
    }

    static let lists: [ProviderID: [ModelID]] = ["lab": ["qwen-2", "gpt-4o", "llama"], "attic": ["llama", "old-1"]]

    static func resolve(_ name: String, _ rules: RoutingRules = rules()) throws -> Resolution {
        guard
            case .found(let found) = try RouteTable(rules).resolve(
                name,
                lists: { .success(ListedModels(lists[$0] ?? [])) }
            )
        else { throw PlexError(.internal, "not found") }
        return found
    }

    @Test(
        "The first of exact name, alias, rule and role counts; then the lists",
        arguments: [
            ("gpt-4o", "openai/gpt-4o", .model), ("fast", "openai/gpt-4o", .route),
            ("gpt-5", "anthropic/opus openai/gpt-5", .route),
            ("shared", "openai/shared anthropic/shared azure/shared", .model),
            ("openai/gpt-5", "openai/gpt-5", .address), ("lab/org/model", "lab/org/model", .address),
            ("openai/unheard", "openai/unheard", .address), ("else/where", "lab/slashed", .route),
            ("best", "anthropic/opus", .model), ("quick", "openai/gpt-4o", .route), ("good", "anthropic/opus", .model),
            ("code", "openai/gpt-4o lab/qwen", .role), ("direct", "lab/any/thing", .address),
            ("cto", "lab/cto", .rule(.model("ctonew-*"))), ("ctonew-x1", "lab/cto", .rule(.model("ctonew-*"))),
            ("ctonew-role", "lab/cto", .rule(.model("ctonew-*"))),
            ("gemini-2.5-pro-aistudio", "lab/studio", .rule(.pattern("^gemini-.*-aistudio$"))),
            ("coding", "openai/gpt-4o lab/qwen", .role), ("qwen-2", "lab/qwen-2", .list),
            ("listed", "lab/qwen-2", .list),
            ("llama", "lab/llama attic/llama", .list),
            ("modelplex-gpt-4o", "openai/gpt-4o", .model), ("modelplex-lab/x", "lab/x", .address),
            ("modelplex-good", "anthropic/opus", .model), ("modelplex-llama", "lab/llama attic/llama", .list),
        ] as [(String, String, Resolution.Origin)]
    )
    func order(_ name: String, _ targets: String, _ origin: Resolution.Origin) throws {
        let found = try Self.resolve(name)
        #expect(found.policy.targets.map(\.description).joined(separator: " ") == targets)
        #expect(found.origin == origin)
    }

    // The routing table that existing installations of the earlier gateway bring along.
    @Test(
        "An ordered list of patterns routes as it always did",
        arguments: [
            ("claude-sonnet-4-5", "anthropic/claude-sonnet-4-5 kiro/claude-sonnet-4-5"),
            ("gpt-5", "openai/gpt-5 codex/gpt-5"),
            ("ctonew-fast", "ctonew/ctonew-fast"), ("ctonew-", "ctonew/ctonew-fast"),
            ("gemini-2.5-pro-aistudio", "aistudio/gemini-2.5-pro"),
            ("gemini-2.5-flash-aistudio", "aistudio/gemini-2.5-pro"),
            ("gemini-2.5-pro", nil), ("gemini-2.5-pro-aistudio-x", nil), ("x-gemini-2.5-aistudio", nil),
            ("gpt-55", nil),
            ("claude-sonnet-4-50", nil), ("Gpt-5", nil), ("unknown", nil),
        ] as [(String, String?)]
    )
    func orderedPatterns(_ name: String, _ targets: String?) throws {
        func route(_ match: RoutingRules.Match, _ targets: Target...) -> RoutingRules.Route {
            .init(match, targets: targets)
        }
        let rules = RoutingRules(
            providers: ["anthropic", "kiro", "openai", "codex", "ctonew", "aistudio"].map { .init($0) },
            routes: [
                route(
                    .model("claude-sonnet-4-5"),
                    Target("anthropic", "claude-sonnet-4-5"),
                    Target("kiro", "claude-sonnet-4-5")
                ),
                route(.model("gpt-5"), Target("openai", "gpt-5"), Target("codex", "gpt-5")),
                route(.model("ctonew-*"), Target("ctonew", "ctonew-fast")),
                route(.pattern("gemini-.*-aistudio$"), Target("aistudio", "gemini-2.5-pro")),
            ]
        )
        guard let targets else {
            let error = #expect(throws: PlexError.self) { try Self.resolve(name, rules) }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains("no provider offers the model \(name)") == true)
            return
        }
        #expect(try Self.resolve(name, rules).policy.targets.map(\.description).joined(separator: " ") == targets)
    }

    @Test("A resolution says by which names it went, and counts by the route's number")
    func trace() throws {
        let rules = Self.rules()
        #expect(try Self.resolve("modelplex-good").names == ["modelplex-good", "good", "best", "opus"])
        #expect(try Self.resolve("gpt-5").number == 1)
        #expect(try Self.resolve("coding").number == rules.routes.count)
        #expect(try Self.resolve("opus").number == nil)
        #expect(try RouteTable(rules).ruleCount == rules.routes.count + 2)
        #expect(try !Self.resolve("openai/gpt-4o").policy.checksCapabilities)
        #expect(try !Self.resolve("opus").policy.checksCapabilities)
        #expect(try Self.resolve("shared").policy.checksCapabilities)
        #expect(try Self.resolve("coding").policy.parameters.defaults["temperature"] == 0.3)
    }

    @Test(
        "An unknown name is an error that names the nearest ones",
        arguments: [
            ("gpt-4", "no provider offers the model gpt-4; the nearest are gpt-5, openai/gpt-4o"),
            ("quik", "no provider offers the model quik; the nearest are quick"),
            ("codng", "no provider offers the model codng; the nearest are coding"),
            ("modelplex-codng", "no provider offers the model modelplex-codng; the nearest are coding"),
            ("old-1", "no provider offers the model old-1"),
            ("text-embedding", "no provider offers the model text-embedding"),
            ("openai/text-embedding", "the configuration excludes this model"),
            (String(repeating: "x", count: 513), "a model's name has at most 512 bytes"),
        ]
    )
    func unknown(_ name: String, _ beginning: String) throws {
        let error = #expect(throws: PlexError.self) { try Self.resolve(name) }
        #expect(error?.code == .notFound)
        #expect(error?.message.hasPrefix(beginning) == true, "\(error?.message ?? "")")
    }

    @Test("Unknown names may go to a provider instead")
    func unknownPolicies() throws {
        var rules = Self.rules()
        rules.unknownModel = .provider("anthropic")
        #expect(try Self.resolve("modelplex-new", rules).policy.targets == [Target("anthropic", "new")])
        #expect(try Self.resolve("new", rules).origin == .unknown)
        rules.unknownModel = .passthrough
        #expect(try Self.resolve("new", rules).policy.targets == [Target("openai", "new")])
        #expect(try Self.resolve("text-new", rules).policy.targets == [Target("anthropic", "text-new")])
        #expect(try Self.resolve("llama", rules).origin == .list)
    }

    @Test("Longer prefixes are taken off first, and none where the name as it is means something")
    func prefixes() throws {
        var rules = Self.rules()
        rules.strippedPrefixes = ["my-", "my-own-", "o"]
        #expect(try Self.resolve("my-own-opus", rules).names == ["my-own-opus", "opus"])
        #expect(try Self.resolve("opus", rules).names == ["opus"])
        #expect(throws: PlexError.self) { try Self.resolve("my-own-", rules) }
        rules.strippedPrefixes = []
        #expect(throws: PlexError.self) { try Self.resolve("modelplex-opus", rules) }
    }
}
