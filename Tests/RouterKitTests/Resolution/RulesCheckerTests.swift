import ProviderKit
import RouterKit
import Testing

@Suite("Rules that cannot work")
struct RulesCheckerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let expected: [String]
        let change: @Sendable (inout RoutingRules) -> Void
        var testDescription: String { expected.joined(separator: " | ") }

        init(_ expected: String..., change: @escaping @Sendable (inout RoutingRules) -> Void) {
            self.expected = expected
            self.change = change
        }
    }

    static let base = RoutingRules(
        providers: [.init("a", models: ["m", "n"], exclusions: ["old-*"]), .init("b", models: ["m", "k"])],
        routes: [.init(.model("fast"), targets: [Target("a", "m")])],
        aliases: ["quick": "fast"],
        roles: [RoutePolicy(name: "coding", targets: [Target("a", "n")])]
    )

    private static func route(_ match: RoutingRules.Match, _ targets: Target...) -> RoutingRules.Route {
        .init(match, targets: targets)
    }

    static let cases: [Case] = [
        Case { _ in },
        Case("routes[1].targets[0]: there is no such provider; the providers are a, b") {
            $0.routes.append(route(.model("x"), Target("zzz", "m")))
        },
        Case {
            $0.routes.append(route(.model("x"), Target("a", "m"), Target("b", "unheard")))
        },
        Case("routes[1].targets[0]: the provider's exclude has this model; name another one, or change exclude") {
            $0.routes.append(route(.model("x"), Target("a", "old-1")))
        },
        Case("routes[1]: a route needs a target") { $0.routes.append(route(.model("x"))) },
        Case("routes[1].targets[0].weight: expected a number above 0") {
            $0.routes.append(route(.model("x"), Target("a", "m", weight: 0)))
        },
        Case("routes[1].targets[0].weight: expected a number above 0") {
            $0.routes.append(route(.model("x"), Target("a", "m", weight: .nan)))
        },
        Case("routes[1].targets[1]: this target is in the list already; give it a weight instead") {
            $0.routes.append(route(.model("x"), Target("a", "m"), Target("a", "m", weight: 2)))
        },
        Case("routes[1].model: there is a route for this already") {
            $0.routes.append(route(.model("fast"), Target("a", "n")))
        },
        Case("routes[1].pattern: this is no regular expression: missing )") {
            $0.routes.append(route(.pattern("a("), Target("a", "n")))
        },
        Case("routes[1].model: [ without a closing ] (at character 2)") {
            $0.routes.append(route(.model("a[b"), Target("a", "n")))
        },
        Case("routes[0].context_fallback[0]: the route falls back to its only target; name another one") {
            $0.routes[0].policy.contextFallback = [Target("a", "m")]
        },
        Case("routes[0].content_fallback[0]: there is no such provider; the providers are a, b") {
            $0.routes[0].policy.contentFallback = [Target("zzz", "m")]
        },
        Case("routes[0].attempts: expected at least 1") { $0.routes[0].policy.attempts = 0 },
        Case("routes[0].deadline: expected a time above 0") { $0.routes[0].policy.deadline = .zero },
        Case("routes[0].hedge.budget: expected a number from 0 to 1") { $0.routes[0].policy.hedging.budget = 2 },
        Case(
            "routes[1].model: this addresses a provider's model, so that the route is never asked; "
                + "use a name that does not begin with a provider's name and /"
        ) { $0.routes.append(route(.model("b/k"), Target("a", "n"))) },
        Case("aliases.x: the aliases lead round in a circle; x → y → z → x") {
            $0.aliases = ["y": "z", "z": "x", "x": "y", "into": "y"]
        },
        Case("aliases.self: the aliases lead round in a circle; self → self") { $0.aliases["self"] = "self" },
        Case("aliases.n00: more than 16 aliases lead from one to the next") {
            for index in 0...16 { $0.aliases[name(index)] = index == 16 ? "m" : name(index + 1) }
        },
        Case { for index in 1...16 { $0.aliases[name(index)] = index == 16 ? "m" : name(index + 1) } },
        Case("aliases.x: no model, route or role has the name that this alias stands for; did you mean coding?") {
            $0.aliases["x"] = "codin"
        },
        Case {
            $0.aliases["x"] = "a/unheard"
        },
        Case { $0.aliases = ["x": "m", "y": "coding", "z": "b/k", "w": "x"] },
        Case {
            $0.providers.append(.init("open"))
            $0.aliases["x"] = "anything"
        },
        Case("aliases.fast: a route has this name, so that the alias is never asked; rename one") {
            $0.aliases["fast"] = "m"
        },
        Case(
            "aliases.m: a provider is configured with a model of this name, so that the alias is never asked; "
                + "rename the alias; a route may have a model's name"
        ) { $0.aliases["m"] = "n" },
        Case { $0.aliases["old-1"] = "n" },
        Case("roles[1].name: there is a role of this name already") {
            $0.roles.append(RoutePolicy(name: "coding", targets: [Target("a", "n")]))
        },
        Case("roles[1].name: an alias has this name, so that the role is never asked; rename one") {
            $0.roles.append(RoutePolicy(name: "quick", targets: []))
        },
        Case("roles[0].targets[0]: there is no such provider; did you mean abc?") {
            $0.providers.append(.init("abc"))
            $0.roles[0].targets = [Target("abd", "m")]
        },
        Case("providers[2].name: there is a provider of this name already") { $0.providers.append(.init("a")) },
        Case("providers[0].exclude[1]: the range ends before it begins (at character 2)") {
            $0.providers[0].exclusions.append("[z-a]")
        },
        Case(
            "providers[0].credentials[1].name: this provider has a credential of this name already",
            "providers[0].credentials[1].weight: expected a number above 0"
        ) { $0.providers[0].credentials = [.init("k"), .init("k", weight: -1)] },
        Case("models[0].match: expected a model's name, found nothing") {
            $0.parameters.append(.init("", parameters: ModelParameters()))
        },
        Case("prices.a/m.output: expected a number of at least 0") { $0.prices["a/m"] = Price(input: 1, output: -1) },
        Case("routing.unknown_model: there is no such provider; the providers are a, b") {
            $0.unknownModel = .provider("zzz")
        },
    ]

    private static func name(_ index: Int) -> String { "n" + (index < 10 ? "0" : "") + "\(index)" }

    @Test("A target that the provider's models do not name is asked all the same, as PROVIDER/MODEL is; that is told")
    func unlistedTargets() throws {
        var rules = Self.base
        rules.routes.append(Self.route(.model("x"), Target("a", "m"), Target("b", "unheard")))
        rules.routes[1].policy.contextFallback = [Target("b", "kk")]
        rules.aliases["y"] = "a/unheard"
        #expect(
            RouteTable.warnings(in: rules).map(\.description) == [
                "routes[1].targets[1]: the provider's models do not name this one; add it if the provider has it",
                "routes[1].context_fallback[0]: the provider's models do not name this one; did you mean b/k?",
                "aliases.y: the provider's models do not name this one; add it if the provider has it",
            ]
        )
        #expect(RouteTable.problems(in: rules).isEmpty && RouteTable.warnings(in: Self.base).isEmpty)
        let table = try RouteTable(rules)
        guard case .found(let found) = try table.resolve("x", lists: { _ in nil }) else {
            Issue.record("x is no route")
            return
        }
        #expect(found.policy.targets.map(\.description) == ["a/m", "b/unheard"])
    }

    @Test("Each is told with its place, and nothing else is", arguments: cases)
    func problems(_ test: Case) {
        var rules = Self.base
        test.change(&rules)
        #expect(RouteTable.problems(in: rules).map(\.description) == test.expected)
        if test.expected.isEmpty {
            #expect(throws: Never.self) { try RouteTable(rules) }
        } else {
            let error = #expect(throws: PlexError.self) { try RouteTable(rules) }
            #expect(error?.code == .configuration)
            #expect(error?.message == test.expected.joined(separator: "\n"))
        }
    }
}
