import ProviderKit
import RouterKit
import Testing
import TransportKit

@Suite("A request's way through its plan")
struct ExecutionTests {
    private typealias Spec = RouteFixture.Spec
    typealias Row = (failure: Reply, next: [String], reason: Execution.Failure.Reason?)

    private static let keys = [(name: "1", weight: 1.0), (name: "2", weight: 1.0)]

    /// Two keys of one provider for two models, and a provider without a pool.
    private func scene(
        failover: FailoverPolicy = FailoverPolicy(),
        policy: (inout RoutePolicy) -> Void = { $0.attempts = 8 }
    ) -> RouteScene {
        RouteScene(
            [
                Spec(name: "a", provider: "p", credentials: Self.keys, pool: .fillFirst),
                Spec(name: "b", provider: "p", credentials: Self.keys, pool: .fillFirst), Spec(name: "c"),
            ],
            contextFallback: RouteFixture.specs("long"),
            contentFallback: RouteFixture.specs("frank"),
            failover: failover,
            policy: policy
        )
    }

    @Test(
        "whoever may do better is asked next",
        arguments: [
            // What concerns the whole target: another target before another key.
            (.failure(.upstream, status: 500), ["b#1", "c", "a#2", "b#2"], nil),
            (.failure(.network), ["b#1", "c", "a#2", "b#2"], nil),
            (.failure(.timeout(.connect)), ["b#1", "c", "a#2", "b#2"], nil),
            // A limit on one key: the other first.
            (.failure(.rateLimited, status: 429), ["a#2", "b#1", "b#2", "c"], nil),
            (.failure(.rateLimited, status: 429, retryAfter: .seconds(30)), ["a#2", "b#1", "b#2", "c"], .lastError),
            // The same target will not do better.
            (.failure(.notFound, status: 404), ["b#1", "c"], .lastError),
            (.failure(.timeout(.firstByte)), ["b#1", "c"], .lastError),
            (.failure(.unsupported), ["b#1", "c"], .lastError),
            // A dead key is dead for the other model too; one that lacks a permission may have it there.
            (.failure(.authentication, status: 401), ["a#2", "c"], .lastError),
            (.failure(.quotaExhausted, status: 429), ["a#2", "c"], .lastError),
            (.failure(.permission, status: 403), ["a#2", "c", "b#1", "b#2"], .lastError),
            // Only those that are listed for it.
            (.failure(.contextLengthExceeded, status: 400), ["long"], .lastError),
            (.failure(.contentFiltered, status: 400), ["frank"], .lastError),
            // The request is at fault.
            (.failure(.invalidRequest, status: 400), [], .lastError), (.failure(.cancelled), [], .lastError),
        ] as [Row]
    )
    func order(row: Row) throws {
        var scene = scene()
        let result = scene.drive { _, _ in row.failure }
        #expect(Array(result.names.prefix(row.next.count + 1)) == ["a#1"] + row.next)
        // The first round takes no time.
        #expect(result.sendings[row.next.count].at == .zero)
        if let reason = row.reason {
            #expect(result.sendings.count == row.next.count + 1)
            #expect(result.failure?.reason == reason)
        } else {
            #expect(result.sendings.count == 8 && result.failure?.reason == .attemptsExhausted)
        }
    }

    @Test("on the way to success one step is noted")
    func success() {
        var scene = scene()
        let result = scene.drive { _, _ in .success() }
        #expect(result.sendings == [Sending("a#1")] && result.execution.attempts == 1)
        #expect(result.execution.steps == [.chosen(scene.fixture.id("a", credential: "1"), .strategy(.ordered))])
    }

    @Test("without a fallback, a conversation that is too long or refused fails with that", arguments: [true, false])
    func noFallback(isLength: Bool) {
        var scene = RouteScene(RouteFixture.specs("a", "b"))
        let result = scene.drive { _, _ in .failure(isLength ? .contextLengthExceeded : .contentFiltered, status: 400) }
        #expect(result.names == ["a"] && result.failure == .init(.lastError))
    }

    @Test("fallbacks are tried one after the other, and lead to the other list once")
    func fallbacks() {
        var scene = RouteScene(
            RouteFixture.specs("a", "b"),
            contextFallback: RouteFixture.specs("long1", "long2"),
            contentFallback: RouteFixture.specs("frank1", "frank2")
        ) { $0.attempts = 20 }
        let codes: [String: PlexError.Code] = [
            "a": .contextLengthExceeded, "long1": .contextLengthExceeded, "long2": .contentFiltered,
            "frank1": .contextLengthExceeded, "frank2": .contentFiltered,
        ]
        let result = scene.drive { name, _ in .failure(codes[name] ?? .internal, status: 400) }
        #expect(result.names == ["a", "long1", "long2", "frank1", "frank2"])
        #expect(result.failure?.reason == .lastError)
    }

    @Test("attempts are bounded, also at odd bounds", arguments: [(3, 3), (1, 1), (0, 1), (-5, 1)])
    func attempts(limit: Int, expected: Int) {
        var scene = scene { $0.attempts = limit }
        let result = scene.drive { _, _ in .failure(.upstream, status: 500) }
        #expect(result.sendings.count == expected && result.execution.attempts == expected)
        #expect(result.failure == .init(.attemptsExhausted))
    }

    @Test("one that is under suspicion is asked when nobody else is left")
    func lastResort() {
        var scene = scene()
        scene.note("a", credential: "1", .failure(.authentication, retryAfter: nil))
        scene.note("a", credential: "2", .failure(.authentication, retryAfter: nil))
        let result = scene.drive { name, _ in name == "c" ? .failure(.notFound, status: 404) : .success() }
        #expect(result.names == ["c", "a#1"])
        #expect(result.execution.steps.last == .chosen(scene.fixture.id("a", credential: "1"), .lastResort))
    }

    @Test("what became unready since the plan was made is passed over, and told of once")
    func unreadySincePlan() {
        var scene = RouteScene(RouteFixture.specs("a", "b", "c"))
        let plan = scene.plan()
        scene.note("a", .failure(.rateLimited, retryAfter: .seconds(9)))
        for _ in 0..<5 { scene.note("b", .failure(.upstream, retryAfter: nil)) }
        let result = scene.drive(plan) { _, count in count == 0 ? .failure(.upstream, status: 500) : .success() }
        #expect(result.names == ["c", "c"])
        let skips = result.execution.steps.filter { if case .skipped = $0 { true } else { false } }
        #expect(
            skips == [
                .skipped(scene.fixture.id("a"), .cooling(until: .seconds(9)), at: .zero),
                .skipped(scene.fixture.id("b"), .breakerOpen(until: .seconds(30)), at: .zero),
            ]
        )
    }

    @Test("a candidate that was only put last comes back in time")
    func comesBack() {
        var scene = RouteScene(RouteFixture.specs("a", "b"))
        scene.note("a", .failure(.rateLimited, retryAfter: .seconds(1)))
        let result = scene.drive { name, _ in name == "b" ? .failure(.upstream, after: .seconds(2)) : .success() }
        #expect(result.sendings == [Sending("b"), Sending("a", at: .seconds(2))])
    }

    @Test("nobody who is able, nobody at all")
    func noneCapable() {
        var scene = scene()
        let result = scene.drive(query: RouteQuery(model: "m", needs: [.vision])) { _, _ in .success() }
        #expect(result.sendings.isEmpty && result.failure == .init(.noneCapable))
        #expect(result.execution.steps.count == 5 + 2 + 1)
    }

    @Test("it stays given up, and tells so once")
    func staysGivenUp() {
        var scene = scene()
        var execution = scene.drive { _, _ in .failure(.invalidRequest, status: 400) }.execution
        let steps = execution.steps
        for second in 0..<3 {
            let action = execution.next(table: scene.fixture.table, health: scene.book, at: .seconds(second))
            #expect(action == .fail(.init(.lastError)))
        }
        #expect(execution.steps == steps)
    }

    // MARK: - Second requests

    @Test("a second request goes to another target, once, and counts")
    func hedge() {
        var scene = scene {
            $0.attempts = 3
            $0.strategy = .hedged
        }
        for _ in 0..<100 { _ = scene.book.nextSequence(route: 0) }
        var execution = scene.execution()
        let (table, book) = (scene.fixture.table, scene.book)
        let (first, second) = (scene.fixture.id("a", credential: "1"), scene.fixture.id("b", credential: "1"))
        #expect(execution.hedge(table: table, health: book, at: .zero) == nil)
        #expect(execution.next(table: table, health: book, at: .zero) == .send(first, hedgeAfter: .seconds(2)))
        #expect(execution.hedge(table: table, health: book, at: .seconds(2)) == second)
        #expect(execution.hedge(table: table, health: book, at: .seconds(3)) == nil)
        #expect(execution.attempts == 2)
        execution.failed(first, .upstream, status: 500, at: .seconds(4))
        execution.failed(second, .upstream, status: 500, at: .seconds(4))
        let third = execution.next(table: table, health: book, at: .seconds(4))
        #expect(third == .send(scene.fixture.id("c"), hedgeAfter: nil))
        execution.failed(scene.fixture.id("c"), .upstream, status: 500, at: .seconds(5))
        #expect(execution.next(table: table, health: book, at: .seconds(5)) == .fail(.init(.attemptsExhausted)))
    }

    @Test("no second request without an attempt, a target or time left")
    func noHedge() {
        var last = scene { $0.attempts = 1 }
        var scene = RouteScene(RouteFixture.specs("a", "b"))
        scene.note("b", .failure(.rateLimited, retryAfter: .seconds(200)))
        for (index, (table, book)) in [(last.fixture.table, last.book), (scene.fixture.table, scene.book)].enumerated()
        {
            var execution = index == 0 ? last.execution() : scene.execution()
            _ = execution.next(table: table, health: book, at: .zero)
            #expect(execution.hedge(table: table, health: book, at: .seconds(1)) == nil)
        }
        last.route = CompiledRoute(policy: scene.route.policy, number: 0, choices: last.route.choices)
        var late = last.execution()
        _ = late.next(table: last.fixture.table, health: last.book, at: .zero)
        #expect(late.hedge(table: last.fixture.table, health: last.book, at: .seconds(120)) == nil)
        #expect(late.hedge(table: last.fixture.table, health: last.book, at: .seconds(119)) != nil)
    }

    // MARK: - Streams

    @Test("after a cut the rest of the plan goes on, if the route wants that and may")
    func streamCut() {
        for onStreamCut in RoutePolicy.StreamCut.allCases {
            let scene = scene {
                $0.attempts = 2
                $0.onStreamCut = onStreamCut
            }
            var execution = scene.execution()
            let (table, book) = (scene.fixture.table, scene.book)
            guard case .send(let first, _) = execution.next(table: table, health: book, at: .zero) else { return }
            #expect(execution.streamCut(first, at: .seconds(1)) == (onStreamCut != .fail))
            let second = scene.fixture.id("b", credential: "1")
            #expect(execution.next(table: table, health: book, at: .seconds(1)) == .send(second, hedgeAfter: nil))
            #expect(execution.streamCut(at: .seconds(2)) == false)
        }
    }

    @Test("nothing follows a cut after the deadline; whoever lost a race may follow before it")
    func streamCutLate() {
        var scene = RouteScene(RouteFixture.specs("a", "b")) { $0.onStreamCut = .restart }
        scene.now = .seconds(10)
        let (table, book) = (scene.fixture.table, scene.book)
        var execution = scene.execution()
        _ = execution.next(table: table, health: book, at: scene.now)
        var late = execution
        #expect(late.streamCut(at: .seconds(130)) == false)
        #expect(execution.hedge(table: table, health: book, at: .seconds(11)) == scene.fixture.id("b"))
        #expect(execution.streamCut(scene.fixture.id("a"), .timeout(.idle), at: .seconds(12)) == true)
        let next = execution.next(table: table, health: book, at: .seconds(12))
        #expect(next == .send(scene.fixture.id("b"), hedgeAfter: nil))
        #expect(execution.steps.contains(.abandoned(scene.fixture.id("b"))))
    }
}
