import ProviderKit
import RouterKit
import Testing

@Suite("Plans")
struct PlannerTests {
    private typealias Spec = RouteFixture.Spec

    @Test("what cannot do what is needed is left out, with the reason")
    func capabilities() {
        let specs = [
            Spec(name: "plain"), Spec(name: "tools", features: [.tools]),
            Spec(name: "both", features: [.tools, .vision, "own"]),
            Spec(name: "short", features: [.tools, .vision, "own"], contextLength: 1000),
        ]
        let scene = RouteScene(specs)
        let query = RouteQuery(model: "m", needs: [.tools, .vision, "own"], promptTokens: 900, answerTokens: 101)
        let plan = scene.plan(query)
        #expect(scene.fixture.names(plan.candidates) == ["both"])
        #expect(
            plan.skips == [
                RoutePlan.Skip(scene.fixture.id("plain"), .lacks(.tools)),
                RoutePlan.Skip(scene.fixture.id("tools"), .lacks(.vision)),
                RoutePlan.Skip(scene.fixture.id("short"), .contextLength(tokens: 1001, limit: 1000)),
            ]
        )
        var fits = query
        fits.answerTokens = 100
        #expect(scene.order(fits) == ["both", "short"])
        #expect(scene.order(RouteQuery(model: "m", needs: ["own"])) == ["both", "short"])
        #expect(scene.order(RouteQuery(model: "m", needs: ["nobody"])) == [])
        #expect(
            scene.order(RouteQuery(model: "m", promptTokens: .max, answerTokens: .max)) == ["plain", "tools", "both"]
        )
        #expect(RouteScene(specs) { $0.checksCapabilities = false }.order(query) == specs.map(\.name))
    }

    @Test("where all are too small by estimate, the fallback for that is asked from the start")
    func contextFallback() {
        let scene = RouteScene(
            [Spec(name: "a", contextLength: 100), Spec(name: "b", contextLength: 200)],
            contextFallback: [Spec(name: "long", contextLength: 10_000), Spec(name: "mid", contextLength: 500)],
            contentFallback: [Spec(name: "frank")]
        )
        #expect(scene.order(RouteQuery(model: "m", promptTokens: 150)) == ["b"])
        #expect(scene.order(RouteQuery(model: "m", promptTokens: 600)) == ["long"])
        #expect(scene.order(RouteQuery(model: "m", promptTokens: 60_000)) == [])
        let plan = scene.plan()
        #expect(plan.contextFallback.map(\.target) == [2, 3] && plan.contentFallback.map(\.target) == [4])
    }

    @Test("ready before suspect before those that have to be left alone, by when they are back")
    func health() {
        var scene = RouteScene(RouteFixture.specs("late", "open", "suspect", "soon", "ready", "probing"))
        scene.note("late", .failure(.rateLimited, retryAfter: .seconds(60)))
        scene.note("suspect", .failure(.authentication, retryAfter: nil))
        for _ in 0..<5 { scene.note("probing", .failure(.upstream, retryAfter: nil)) }
        scene.now = .seconds(31)
        scene.book.begin(scene.fixture.id("probing"), credential: 5, at: scene.now)
        for _ in 0..<5 { scene.note("open", .failure(.upstream, retryAfter: nil)) }
        scene.note("soon", .failure(.overloaded, retryAfter: .seconds(2)))
        let plan = scene.plan()
        #expect(scene.fixture.names(plan.candidates) == ["ready", "suspect", "probing", "soon", "late", "open"])
        let reasons = Dictionary(
            uniqueKeysWithValues: plan.skips.map { (scene.fixture.name($0.deployment), $0.reason) }
        )
        #expect(
            reasons == [
                "late": .cooling(until: .seconds(60)), "open": .breakerOpen(until: .seconds(61)),
                "suspect": .refused(.authentication), "soon": .cooling(until: .seconds(33)), "probing": .probing,
            ]
        )
    }

    @Test("if all are under suspicion, the strategy still chooses among them")
    func allSuspect() {
        var scene = RouteScene([Spec(name: "a", weight: 1), Spec(name: "b", weight: 3)]) { $0.strategy = .weighted }
        for name in ["a", "b"] { scene.note(name, .failure(.quotaExhausted, retryAfter: nil)) }
        let first = (0..<4000).count { scene.order(seed: UInt64($0))[0] == "a" }
        #expect(isLikely([first, 4000 - first], shares: [1, 3]))
    }

    @Test("a hedge needs two targets, the budget and the strategy; its wait is the usual time to a first token")
    func hedgeDelay() {
        var scene = RouteScene(RouteFixture.specs("a", "b")) { $0.strategy = .hedged }
        #expect(scene.plan().hedgeDelay == nil)
        for _ in 0..<10 { _ = scene.book.nextSequence(route: 0) }
        #expect(scene.plan().hedgeDelay == .seconds(2))
        for _ in 0..<100 {
            scene.book.noteFirstToken(scene.fixture.id("a"), route: 0, after: .milliseconds(1), at: .zero)
        }
        #expect(scene.plan().hedgeDelay == .milliseconds(50))
        for _ in 0..<900 { scene.book.noteFirstToken(scene.fixture.id("a"), route: 0, after: .seconds(1), at: .zero) }
        #expect(scene.plan().hedgeDelay.map { $0 > .milliseconds(900) && $0 < .milliseconds(1200) } == true)
        var single = scene
        single.note("b", .failure(.rateLimited, retryAfter: .seconds(5)))
        #expect(single.plan().hedgeDelay == nil)
        scene.book.noteHedge(route: 0)
        #expect(scene.plan().hedgeDelay == nil)
    }

    private struct Backwards: RoutingStrategy {
        let name: StrategyName
        var keeps = 99

        func order(_ options: inout [StrategyOption], in context: inout StrategyContext) {
            options = Array(options.reversed().prefix(keeps))
            options.append(StrategyOption(target: 77))
            if let first = options.first { options.append(first) }
        }
    }

    @Test("own strategies choose; what they lose or make up is mended")
    func ownStrategies() {
        var scene = RouteScene(RouteFixture.specs("a", "b", "c")) { $0.strategy = "own" }
        #expect(scene.order() == ["a", "b", "c"])
        scene.planner = Planner(strategies: [Backwards(name: "own")])
        #expect(scene.order() == ["c", "b", "a"])
        scene.planner = Planner(strategies: [Backwards(name: "own", keeps: 1)])
        #expect(scene.order() == ["c", "a", "b"])
        scene.planner = Planner(strategies: [Backwards(name: "ordered")])
        #expect(scene.order() == ["a", "b", "c"])
        #expect(scene.planner.strategyNames == StrategyName.all)
        #expect(Planner(strategies: [Backwards(name: "own")]).strategyNames == StrategyName.all + ["own"])
    }

    @Test("every built-in name has its strategy")
    func names() {
        for name in StrategyName.all {
            #expect(RouteScene(RouteFixture.specs("a", "b", "c")) { $0.strategy = name }.order().count == 3)
        }
    }

    @Test(
        "the same seed gives the same plan; the order in which providers were added changes nothing",
        arguments: 0..<100
    )
    func pure(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let names = (0..<Int.random(in: 1...12, using: &generator)).map { "m\($0)" }
        let specs = names.map { name in
            Spec(
                name: name,
                provider: "p\(Int.random(in: 0...3, using: &generator))",
                weight: .random(in: 0.1...5, using: &generator),
                credentials: (0..<Int.random(in: 0...3, using: &generator)).map { ("k\($0)", Double($0 + 1)) },
                pool: CompiledRoute.CredentialStrategy.allCases[seed % 4],
                features: seed % 3 == 0 ? [.tools] : [.tools, .vision],
                contextLength: Bool.random(using: &generator) ? 1000 : nil,
                price: Price(input: .random(in: 0...5, using: &generator), output: 1)
            )
        }
        let strategy = StrategyName.all[seed % StrategyName.all.count]
        let scene = RouteScene(specs) { $0.strategy = strategy }
        // The same providers, added in another order: other numbers for deployments and credentials.
        var other = RouteScene(specs.shuffled(using: &generator)) { $0.strategy = strategy }
        var fixture = other.fixture
        other.route = CompiledRoute(policy: scene.route.policy, number: 0, choices: fixture.choices(specs))
        other.fixture = fixture
        var (first, second) = (scene, other)
        for _ in 0..<20 {
            let place = Int.random(in: 0..<scene.fixture.table.count, using: &generator)
            let deployment = scene.fixture.table.facts[place].deployment
            let outcomes: [AttemptOutcome] = [
                .success, .failure(.rateLimited, retryAfter: .seconds(5)), .failure(.upstream, retryAfter: nil),
                .failure(.authentication, retryAfter: nil),
            ]
            let outcome = outcomes[.random(in: outcomes.indices, using: &generator)]
            first.note(deployment.model.rawValue, credential: deployment.credential, outcome)
            second.note(deployment.model.rawValue, credential: deployment.credential, outcome)
        }
        let query = RouteQuery(
            model: "m",
            needs: [.tools],
            promptTokens: .random(in: 0...1500, using: &generator),
            affinity: seed % 2 == 0 ? 42 : nil
        )
        for request in 0..<10 {
            let plan = first.plan(query, sequence: request, seed: UInt64(request))
            #expect(plan == first.plan(query, sequence: request, seed: UInt64(request)))
            #expect(
                first.fixture.names(plan.candidates) == second.order(query, sequence: request, seed: UInt64(request))
            )
            #expect(Set(plan.candidates).count == plan.candidates.count)
            let leftOut = plan.skips.filter { if case .lacks = $0.reason { true } else { $0.reason.isLength } }
            #expect(plan.candidates.count + leftOut.count == first.fixture.table.count)
        }
    }
}

extension RoutePlan.SkipReason {
    fileprivate var isLength: Bool { if case .contextLength = self { true } else { false } }
}
