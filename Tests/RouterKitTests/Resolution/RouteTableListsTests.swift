import ProviderKit
import RouterKit
import Testing
import TransportKit

@Suite("Names that only the providers' lists explain")
struct RouteTableListsTests {
    typealias Answers = [ProviderID: Result<ListedModels, PlexError>]

    static let rules = RoutingRules(
        providers: [.init("c", priority: 3), .init("b", priority: 2), .init("a", models: ["x"])]
    )

    static func lookup(_ name: String, _ answers: Answers, _ rules: RoutingRules = rules) throws -> RouteTable.Lookup {
        try RouteTable(rules).resolve(name) { answers[$0] }
    }

    private static func list(_ models: ModelID...) -> Result<ListedModels, PlexError> { .success(ListedModels(models)) }
    private static let down: Result<ListedModels, PlexError> = .failure(PlexError(.network, "down"))

    @Test("Nobody is asked for what the configuration explains")
    func configured() throws {
        guard case .found(let found) = try Self.lookup("x", [:]) else { throw PlexError(.internal, "not found") }
        #expect(found.policy.targets == [Target("a", "x")])
        #expect(found.unasked.isEmpty)
    }

    @Test("Providers are asked as long as a preferred one may have it; who fails is passed over")
    func asks() throws {
        #expect(try Self.lookup("m", [:]) == .needsLists(["b", "c"]))
        #expect(try Self.lookup("m", ["c": Self.list("m")]) == .needsLists(["b"]))
        guard case .found(let first) = try Self.lookup("m", ["b": Self.list("m")]) else {
            throw PlexError(.internal, "not found")
        }
        #expect(first.policy.targets == [Target("b", "m")])
        #expect(first.unasked == ["c"])
        guard case .found(let second) = try Self.lookup("m", ["b": Self.down, "c": Self.list("m")]) else {
            throw PlexError(.internal, "not found")
        }
        #expect(second.policy.targets == [Target("c", "m")])
        #expect(second.unasked.isEmpty)
    }

    @Test("The error says who did not answer; where nobody did, it is theirs")
    func failures() throws {
        let error = #expect(throws: PlexError.self) { try Self.lookup("m", ["b": Self.down, "c": Self.list("n")]) }
        #expect(error?.message.contains("these did not say which they have: b") == true)
        let rules = RoutingRules(providers: [.init("b"), .init("c")])
        let all = #expect(throws: PlexError.self) { try Self.lookup("m", ["b": Self.down, "c": Self.down], rules) }
        #expect(all?.code == .network)
        let none = #expect(throws: PlexError.self) { try Self.lookup("m", [:], RoutingRules()) }
        #expect(none?.code == .configuration)
    }

    @Test("A single provider that may have anything is not asked, and gets the name without a prefix")
    func single() throws {
        let rules = RoutingRules(providers: [.init("only", exclusions: ["bad*"])])
        guard case .found(let found) = try Self.lookup("modelplex-m", [:], rules) else {
            throw PlexError(.internal, "not found")
        }
        #expect(found.policy.targets == [Target("only", "m")])
        #expect(found.origin == .onlyProvider)
        #expect(throws: PlexError.self) { try Self.lookup("bad-1", [:], rules) }
    }

    @Test("A single provider is asked what it has where unknown names are to be an error")
    func singleAsked() throws {
        let rules = RoutingRules(providers: [.init("only")], unknownModel: .error)
        #expect(try Self.lookup("m", [:], rules) == .needsLists(["only"]))
        let lists: Answers = ["only": Self.list("m")]
        guard case .found(let found) = try Self.lookup("m", lists, rules) else {
            throw PlexError(.internal, "not found")
        }
        #expect(found.origin == .list)
        let error = #expect(throws: PlexError.self) { try Self.lookup("n", lists, rules) }
        #expect(error?.code == .notFound)
    }

    @Test("A single provider is not given what names another, unless its own models have such names")
    func singleWithSlash() throws {
        let rules = RoutingRules(providers: [.init("only")])
        func target(_ name: String, _ list: Result<ListedModels, PlexError>?) throws -> Target? {
            guard case .found(let found) = try Self.lookup(name, list.map { ["only": $0] } ?? [:], rules) else {
                return nil
            }
            return found.policy.targets.first
        }
        #expect(try Self.lookup("none/hear", [:], rules) == .needsLists(["only"]))
        let error = #expect(throws: PlexError.self) { try target("none/hear", Self.list("hear")) }
        #expect(error?.code == .notFound && error?.message.contains("only/hear") == true)
        #expect(try target("none/hear", Self.list("hear", "none/hear")) == Target("only", "none/hear"))
        #expect(try target("vendor/new:free", Self.list("vendor/old")) == Target("only", "vendor/new:free"))
        #expect(try target("none/hear", Self.list()) == Target("only", "none/hear"))
        #expect(try target("none/hear", Self.down) == Target("only", "none/hear"))
        #expect(try target("only/any/name", nil) == Target("only", "any/name"))
        #expect(try target("plain", nil) == Target("only", "plain"))
    }

    @Test("A role without targets asks the default model with its own settings")
    func roles() throws {
        let role = RoutePolicy(
            name: "review",
            targets: [],
            attempts: 7,
            parameters: ModelParameters(defaults: ["temperature": 0.1])
        )
        var rules = RoutingRules(providers: [.init("only")], roles: [role])
        #expect(try Self.lookup("review", [:], rules) == .needsDefaultTarget)
        let table = try RouteTable(rules)
        guard
            case .found(let given) = try table.resolve(
                "review",
                defaultTarget: Target("only", "m"),
                lists: { _ in nil }
            )
        else { throw PlexError(.internal, "not found") }
        #expect(given.policy.targets == [Target("only", "m")])
        #expect(given.policy.attempts == 7)
        #expect(given.policy.parameters.defaults["temperature"] == 0.1)
        #expect(given.number == 0)
        rules.providers[0].models = ["first", "second"]
        guard case .found(let first) = try Self.lookup("review", [:], rules) else {
            throw PlexError(.internal, "not found")
        }
        #expect(first.policy.targets == [Target("only", "first")])
        rules.defaultModel = "second"
        guard case .found(let named) = try Self.lookup("review", [:], rules) else {
            throw PlexError(.internal, "not found")
        }
        #expect(named.policy.targets == [Target("only", "second")])
        #expect(try Self.lookup("", [:], rules) == Self.lookup("second", [:], rules))
        rules.defaultModel = "review"
        #expect(throws: PlexError.self) { try Self.lookup("review", [:], rules) }
        #expect(throws: PlexError.self) { try Self.lookup("", [:], rules) }
    }
}
