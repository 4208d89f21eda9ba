import ProviderKit
import ProviderTesting
import RouterKit
import Testing
import TransportKit

@Suite("A second request for a slow first one, in virtual time", .timeLimit(.minutes(5)))
struct RouterHedgingTests {
    private static let delay = Duration.seconds(2)

    private static func router(
        _ providers: [ScriptedProvider],
        _ clock: ManualClock,
        budget: Double = 1
    ) throws -> Router {
        var policy = RoutePolicy(
            name: "route",
            targets: providers.map { Target($0.id, "m") },
            strategy: .hedged,
            hedging: HedgingPolicy(initialDelay: delay, budget: budget)
        )
        policy.deadline = .seconds(300)
        return try Router(
            providers.map { Router.Member($0) },
            rules: RoutingRules(routes: [.init(.model("route"), policy: policy)]),
            options: Router.Options(seed: 1, clock: clock)
        )
    }

    private static func ask(_ router: Router, isStreamed: Bool) async throws(PlexError) -> ChatResponse {
        let request = ChatRequest(model: "route", prompt: "?")
        guard isStreamed else { return try await router.respond(to: request) }
        return try await router.stream(request).response()
    }

    private static func failure(of router: Router) async -> PlexError.Code? {
        do throws(PlexError) {
            _ = try await ask(router, isStreamed: false)
            return nil
        } catch {
            return error.code
        }
    }

    private static func kinds(_ response: ChatResponse) -> [Route.Step.Kind] {
        (response.route?.steps ?? []).map(\.kind)
    }

    @Test("nobody else is asked while the first is quick enough", arguments: [true, false])
    func quick(isStreamed: Bool) async throws {
        try await inVirtualTime { clock in
            let first = ScriptedProvider("a", .answers(after: .seconds(1)), clock: clock)
            let second = ScriptedProvider("b", clock: clock)
            let response = try await Self.ask(try Self.router([first, second], clock), isStreamed: isStreamed)
            #expect(response.text == ScriptedProvider.text && response.provider == "a")
            #expect(second.requests.isEmpty)
            #expect(!Self.kinds(response).contains(.hedged))
        }
    }

    @Test("the second wins over a first that says nothing, which is given up", arguments: [true, false])
    func slow(isStreamed: Bool) async throws {
        try await inVirtualTime { clock in
            let first = ScriptedProvider("a", .hangs, clock: clock)
            let second = ScriptedProvider("b", .answers(after: .seconds(1)), clock: clock)
            let start = clock.now
            let response = try await Self.ask(try Self.router([first, second], clock), isStreamed: isStreamed)
            #expect(response.text == ScriptedProvider.text && response.provider == "b")
            #expect(start.duration(to: clock.now) == Self.delay + .seconds(1))
            #expect(first.requests.count == 1 && second.requests.count == 1)
            let kinds = Self.kinds(response)
            #expect(kinds.contains(.hedged) && kinds.contains(.abandoned))
            // What was given up did not fail.
            #expect(!kinds.contains(.failed))
        }
    }

    @Test("the first may still win, and the second is given up then", arguments: [true, false])
    func firstWins(isStreamed: Bool) async throws {
        try await inVirtualTime { clock in
            let first = ScriptedProvider("a", .answers(after: .seconds(3)), clock: clock)
            let second = ScriptedProvider("b", .hangs, clock: clock)
            let router = try Self.router([first, second], clock)
            let response = try await Self.ask(router, isStreamed: isStreamed)
            #expect(response.text == ScriptedProvider.text && response.provider == "a")
            #expect(second.requests.count == 1)
            #expect(Self.kinds(response).contains(.abandoned))
            // To be slower than another is nothing that is held against anybody.
            #expect(router.healthRecords == [])
        }
    }

    @Test("a first that fails before the wait is over leads on at once", arguments: [true, false])
    func failsEarly(isStreamed: Bool) async throws {
        try await inVirtualTime { clock in
            let error = PlexError(.overloaded, "busy", status: 503)
            let first = ScriptedProvider("a", .fails(error, after: .seconds(1)), clock: clock)
            let second = ScriptedProvider("b", clock: clock)
            let start = clock.now
            let response = try await Self.ask(try Self.router([first, second], clock), isStreamed: isStreamed)
            #expect(response.provider == "b" && start.duration(to: clock.now) == .seconds(1))
            #expect(response.route?.attempts.map(\.code) == [.overloaded, nil])
        }
    }

    @Test("one that fails while both are asked leaves it to the other", arguments: [true, false], [true, false])
    func oneFails(isStreamed: Bool, isFirst: Bool) async throws {
        try await inVirtualTime { clock in
            let error = PlexError(.upstream, "broken", status: 500)
            let fails = ScriptedProvider.Behaviour.fails(error, after: .seconds(3))
            let answers = ScriptedProvider.Behaviour.answers(after: .seconds(10))
            let first = ScriptedProvider("a", isFirst ? fails : answers, clock: clock)
            let second = ScriptedProvider("b", isFirst ? answers : fails, clock: clock)
            let response = try await Self.ask(try Self.router([first, second], clock), isStreamed: isStreamed)
            #expect(response.text == ScriptedProvider.text && response.provider == (isFirst ? "b" : "a"))
            #expect(first.requests.count == 1 && second.requests.count == 1)
            #expect(Self.kinds(response).contains(.failed))
        }
    }

    @Test("when both fail a third is asked, and is not hedged again", arguments: [true, false])
    func bothFail(isStreamed: Bool) async throws {
        try await inVirtualTime { clock in
            let error = PlexError(.upstream, "broken", status: 500)
            let first = ScriptedProvider("a", .fails(error, after: .seconds(5)), clock: clock)
            let second = ScriptedProvider("b", .fails(error, after: .seconds(5)), clock: clock)
            let third = ScriptedProvider("c", .answers(after: .seconds(20)), clock: clock)
            let response = try await Self.ask(try Self.router([first, second, third], clock), isStreamed: isStreamed)
            #expect(response.provider == "c")
            #expect([first, second, third].map(\.requests.count) == [1, 1, 1])
            #expect(response.route?.attempts.map(\.code) == [.upstream, .upstream, nil])
        }
    }

    @Test("what no other target would do better ends it", arguments: [true, false])
    func wrongRequest(isStreamed: Bool) async throws {
        try await inVirtualTime { clock in
            let error = PlexError(.invalidRequest, "no such field", status: 400)
            let first = ScriptedProvider("a", .fails(error, after: .seconds(3)), clock: clock)
            let second = ScriptedProvider("b", .hangs, clock: clock)
            let router = try Self.router([first, second], clock)
            let thrown = await #expect(throws: PlexError.self) { try await Self.ask(router, isStreamed: isStreamed) }
            #expect(thrown?.code == .invalidRequest)
            #expect(thrown?.steps.map(\.kind).contains(.abandoned) == true)
            // It did not wait for the other one, which would say the same.
            #expect(clock.now.offset < .seconds(10))
        }
    }

    @Test("without another target the only one is waited for", arguments: [true, false])
    func alone(isStreamed: Bool) async throws {
        try await inVirtualTime { clock in
            let only = ScriptedProvider("a", .answers(after: .seconds(30)), clock: clock)
            let response = try await Self.ask(try Self.router([only], clock), isStreamed: isStreamed)
            #expect(response.provider == "a" && only.requests.count == 1)
        }
    }

    @Test("the budget holds: of many slow requests few get a second one")
    func budget() async throws {
        try await inVirtualTime { clock in
            let first = ScriptedProvider("a", .answers(after: .seconds(5)), clock: clock)
            let second = ScriptedProvider("b", .answers(after: .milliseconds(1)), clock: clock)
            let router = try Self.router([first, second], clock, budget: 0.1)
            for _ in 0..<100 { _ = try await Self.ask(router, isStreamed: false) }
            #expect((1...11).contains(second.requests.count))
        }
    }

    @Test("a caller who leaves takes both requests along")
    func cancelled() async throws {
        try await inVirtualTime { clock in
            let first = ScriptedProvider("a", .hangs, clock: clock)
            let second = ScriptedProvider("b", .hangs, clock: clock)
            let router = try Self.router([first, second], clock)
            let code = await withTaskGroup(of: PlexError.Code?.self) { group in
                // On the thread of the virtual time, as all that runs in it.
                group.addTask { await Self.failure(of: router) }
                while second.requests.isEmpty { await Task.yield() }
                group.cancelAll()
                return await group.next() ?? nil
            }
            #expect(code == .cancelled)
            #expect(router.healthRecords == [])
        }
    }

    @Test("a request that is handed on as it came is hedged in the same way")
    func forwarded() async throws {
        try await inVirtualTime { clock in
            let wire = ScriptedWire(clock: clock) { $0.model == "slow" ? .stall : .text("From the second.") }
            let members = try ["a", "b"].map { (id: ProviderID) in
                let endpoint = try Endpoint(parsing: "https://\(id).test/v1")
                let configuration = ProviderConfiguration(id: id, endpoint: endpoint)
                return Router.Member(OpenAIProvider(configuration: configuration, transport: wire))
            }
            let policy = RoutePolicy(
                name: "route",
                targets: [Target("a", "slow"), Target("b", "m")],
                strategy: .hedged,
                hedging: HedgingPolicy(initialDelay: Self.delay, budget: 1)
            )
            let router = try Router(
                members,
                rules: RoutingRules(routes: [.init(.model("route"), policy: policy)]),
                options: Router.Options(seed: 1, clock: clock)
            )
            let body = #"{"model":"route","messages":[{"role":"user","content":"?"}]}"#
            let request = ForwardRequest(
                operation: .openAIChat,
                model: "route",
                body: try ScannedBody(scanning: Array(body.utf8))
            )
            let answer = try #require(try await router.forward(request))
            #expect(answer.provider == "b" && answer.model == "m")
            #expect(clock.now.offset == Self.delay)
            #expect(wire.requests.map(\.model) == ["slow", "m"])
        }
    }
}
