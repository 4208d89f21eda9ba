import ProviderKit
import Testing
import TransportKit

@testable import RouterKit

@Suite("Prices, settings and credentials by model")
struct RouteTableFactsTests {
    @Test(
        "The price that says most counts",
        arguments: [
            ("openai/gpt-4o", 1), ("openai/gpt-4o-mini", 2), ("openai/gpt-5", 3), ("lab/x", 4), ("lab/y", 4),
            ("lab/x/y", 5), ("other/z", nil),
        ] as [(String, Double?)]
    )
    func prices(_ name: String, _ expected: Double?) throws {
        let table = try RouteTable(
            RoutingRules(
                prices: [
                    "openai/gpt-4o": Price(input: 1, output: 0), "openai/gpt-4o*": Price(input: 2, output: 0),
                    "openai/*": Price(input: 3, output: 0), "lab/*": Price(input: 4, output: 0),
                    "lab/x/*": Price(input: 5, output: 0),
                ]
            )
        )
        let slash = try #require(name.firstIndex(of: "/"))
        let target = Target(ProviderID(String(name[..<slash])), ModelID(String(name[name.index(after: slash)...])))
        #expect(table.price(of: target)?.input == expected)
    }

    @Test("The route's defaults hold before the model's, the model's overrides before the route's, first rules first")
    func parameters() throws {
        func rule(_ match: String, _ defaults: JSONObject, _ overrides: JSONObject = [:]) -> RoutingRules.ParameterRule
        {
            .init(match, parameters: ModelParameters(defaults: defaults, overrides: overrides))
        }
        let table = try RouteTable(
            RoutingRules(parameters: [
                rule("o3*", ["temperature": 1], ["top_p": .null]), rule("openai/*", ["temperature": 2, "seed": 1]),
                rule("other", ["seed": 9]),
            ])
        )
        var policy = RoutePolicy(name: "x", targets: [])
        policy.parameters = ModelParameters(defaults: ["seed": 7, "n": 1], overrides: ["top_p": 0.5, "user": "u"])
        let merged = table.parameters(for: Target("openai", "o3-mini"), in: policy)
        #expect(merged.defaults == ["temperature": 1, "seed": 7, "n": 1])
        #expect(merged.overrides == ["top_p": .null, "user": "u"])
        #expect(table.parameters(for: Target("lab", "x"), in: policy) == policy.parameters)
    }

    @Test("Credentials are numbered through over all providers")
    func pools() throws {
        let table = try RouteTable(
            RoutingRules(providers: [
                .init("b", credentials: [.init("one", weight: 2), .init("two")], credentialStrategy: .weighted),
                .init("a"),
            ])
        )
        let pool = try #require(table.pool(of: "b"))
        #expect(pool.strategy == .weighted)
        #expect(pool.members.map(\.name) == ["one", "two"])
        #expect(pool.members.map(\.weight) == [2, 1])
        #expect(pool.members.map(\.number) == [1, 2])
        #expect(table.pool(of: "a")?.members.map(\.name) == [nil])
        #expect(table.pool(of: "a")?.members.map(\.number) == [0])
        #expect(table.pool(of: "c") == nil)
    }

    @Test("The order of providers, aliases, roles and prices changes nothing", arguments: 0..<40)
    func orderDoesNotMatter(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let names: [ModelID] = ["m0", "m1", "m2", "m3", "m4", "m5"]
        func someModels() -> [ModelID] { names.filter { _ in Bool.random(using: &generator) } }
        var providers: [RoutingRules.Provider] = (0..<5).map { index in
            RoutingRules.Provider(
                ProviderID("p\(index)"),
                priority: Int.random(in: 1...2, using: &generator),
                models: Bool.random(using: &generator) ? someModels() : nil,
                exclusions: Bool.random(using: &generator) ? ["m5"] : []
            )
        }
        var aliases = (0..<6).map { ("a\($0)", $0 == 0 ? "m0" : "a\($0 - 1)") }
        var roles = (0..<4).map {
            RoutePolicy(name: "r\($0)", targets: $0 == 0 ? [] : [Target("open", ModelID("t\($0)"))])
        }
        var prices = names.map { ("p*/\($0)", Price(input: Double($0.rawValue.count), output: 1)) }
        prices += [("p1/*", Price(input: 9, output: 9)), ("p?/*", Price(input: 8, output: 8))]
        providers.append(.init("open", priority: 9))
        let lists = Dictionary(uniqueKeysWithValues: providers.map { ($0.id, ListedModels(someModels())) })

        func answers() throws -> [String] {
            let table = try RouteTable(
                RoutingRules(
                    providers: providers,
                    routes: [.init(.model("x*"), targets: [Target("open", "x")])],
                    aliases: Dictionary(uniqueKeysWithValues: aliases),
                    roles: roles,
                    prices: Dictionary(uniqueKeysWithValues: prices)
                )
            )
            let asked =
                names.map(\.rawValue) + aliases.map(\.0).sorted() + roles.map(\.name).sorted() + ["", "xy", "unknown"]
            return asked.map { name in
                var answer = name + ": "
                do {
                    let lookup = try table.resolve(name, defaultTarget: Target("open", "d")) {
                        .success(lists[$0] ?? ListedModels([]))
                    }
                    answer += "\(lookup)"
                    if case .found(let found) = lookup {
                        answer += found.policy.targets.map { "\(table.price(of: $0)?.input ?? -1)" }.joined()
                    }
                } catch {
                    answer += "\(error)"
                }
                return answer
            }
        }

        let first = try answers()
        for _ in 0..<5 {
            providers.shuffle(using: &generator)
            aliases.shuffle(using: &generator)
            roles.shuffle(using: &generator)
            prices.shuffle(using: &generator)
            #expect(try answers() == first)
        }
    }
}
