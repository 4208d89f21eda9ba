import ProviderKit
import ProviderTesting
import RouterKit
import Testing

@Suite("Who is asked when the first cannot, in virtual time")
struct RouterFallbackTests {
    private static func error(_ code: PlexError.Code, status: Int, retryAfter: Duration? = nil) -> PlexError {
        PlexError(code, "\(code)", status: status, retryAfter: retryAfter)
    }

    private static func router(
        _ members: [Router.Member],
        _ clock: ManualClock,
        failover: FailoverPolicy = FailoverPolicy(),
        policy change: (inout RoutePolicy) -> Void = { _ in }
    ) throws -> Router {
        var policy = RoutePolicy(name: "route", targets: [Target("a", "m"), Target("b", "m")])
        change(&policy)
        return try Router(
            members,
            rules: RoutingRules(routes: [.init(.model("route"), policy: policy)]),
            options: Router.Options(failover: failover, seed: 1, clock: clock)
        )
    }

    private static func ask(_ router: Router, isStreamed: Bool) async throws(PlexError) -> String {
        let request = ChatRequest(model: "route", prompt: "?")
        guard isStreamed else { return try await router.respond(to: request).text }
        var text = ""
        for try await event in try await router.stream(request) {
            if case .text(let piece) = event { text += piece }
        }
        return text
    }

    @Test(
        "what is too long or filtered goes to those listed for that, and to nobody else",
        arguments: [PlexError.Code.contextLengthExceeded, .contentFiltered],
        RoutePolicy.StreamCut.allCases.flatMap { [($0, true), ($0, false)] }
    )
    func listed(code: PlexError.Code, way: (RoutePolicy.StreamCut, Bool)) async throws {
        try await inVirtualTime { clock in
            let first = ScriptedProvider("a", .fails(Self.error(code, status: 400)), clock: clock)
            let second = ScriptedProvider("b", clock: clock)
            let third = ScriptedProvider("c", clock: clock)
            let router = try Self.router([first, second, third].map { Router.Member($0) }, clock) { policy in
                policy.onStreamCut = way.0
                if code == .contextLengthExceeded { policy.contextFallback = [Target("c", "m")] }
                if code == .contentFiltered { policy.contentFallback = [Target("c", "m")] }
            }
            #expect(try await Self.ask(router, isStreamed: way.1) == ScriptedProvider.text)
            #expect([first, second, third].map(\.requests.count) == [1, 0, 1])
        }
    }

    @Test("a dead key in a pool costs one request, and no caller an answer", arguments: [true, false])
    func deadKey(isStreamed: Bool) async throws {
        try await inVirtualTime { clock in
            let dead = ScriptedProvider("a", .fails(Self.error(.authentication, status: 401)), clock: clock)
            let alive = ScriptedProvider("a", clock: clock)
            let other = ScriptedProvider("b", clock: clock)
            let pool = Router.Member(
                id: "a",
                accounts: [.init(dead, credential: "dead"), .init(alive, credential: "alive")]
            )
            let router = try Self.router([pool, Router.Member(other)], clock)
            for _ in 0..<20 {
                #expect(try await Self.ask(router, isStreamed: isStreamed) == ScriptedProvider.text)
            }
            #expect(dead.requests.count == 1 && alive.requests.count == 20 && other.requests.isEmpty)
        }
    }

    @Test("a pool of nothing but dead keys stops nobody", arguments: [true, false], 2...6)
    func deadPool(isStreamed: Bool, keys: Int) async throws {
        try await inVirtualTime { clock in
            let dead = (0..<keys).map { _ in
                ScriptedProvider("a", .fails(Self.error(.authentication, status: 401)), clock: clock)
            }
            let other = ScriptedProvider("b", clock: clock)
            let pool = Router.Member(
                id: "a",
                accounts: dead.enumerated().map { .init($0.element, credential: "k\($0.offset)") }
            )
            let router = try Self.router([pool, Router.Member(other)], clock)
            for _ in 0..<20 {
                #expect(try await Self.ask(router, isStreamed: isStreamed) == ScriptedProvider.text)
            }
            // Each key is found out once.
            #expect(dead.map(\.requests.count) == Array(repeating: 1, count: keys) && other.requests.count == 20)
        }
    }

    @Test("a primary that flaps: every caller is answered, and it is asked again within the breaker's time")
    func flapping() async throws {
        try await inVirtualTime { clock in
            let down = ScriptedProvider.Behaviour.fails(Self.error(.upstream, status: 500))
            let script = Array(repeating: down, count: 5) + [.answers(), down, .answers(), down, .answers()]
            let first = ScriptedProvider("a", script, clock: clock)
            let second = ScriptedProvider("b", clock: clock)
            let router = try Self.router([first, second].map { Router.Member($0) }, clock)
            var answeredByFirst: [Duration] = []
            for _ in 0..<60 {
                let response = try await router.respond(to: ChatRequest(model: "route", prompt: "?"))
                #expect(response.text == ScriptedProvider.text)
                if response.provider == "a" { answeredByFirst.append(clock.now.offset) }
                try await clock.sleep(for: .seconds(1))
            }
            // Five failures in five seconds open it for thirty; then one request finds it well.
            let back = try #require(answeredByFirst.first)
            #expect(back >= .seconds(34) && back < .seconds(35), "\(back)")
            // One failure now and then opens nothing.
            #expect(first.requests.count == 5 + 60 - 34)
        }
    }

    @Test("18 days of Retry-After end after the cap, with one request and no flood")
    func longRetryAfter() async throws {
        try await inVirtualTime { clock in
            let asked = Self.error(.rateLimited, status: 429, retryAfter: .seconds(18 * 86_400))
            let first = ScriptedProvider("a", [.fails(asked), .answers()], clock: clock)
            let second = ScriptedProvider("b", clock: clock)
            let router = try Self.router([first, second].map { Router.Member($0) }, clock)
            _ = try await Self.ask(router, isStreamed: false)
            try await clock.sleep(for: .seconds(890))
            _ = try await Self.ask(router, isStreamed: false)
            #expect(first.requests.count == 1)
            try await clock.sleep(for: .seconds(11))
            _ = try await Self.ask(router, isStreamed: false)
            #expect(first.requests.count == 2)
        }
    }

    @Test("no healthy target: one error at once that names all and says when to try again", arguments: [true, false])
    func nobody(isStreamed: Bool) async throws {
        try await inVirtualTime { clock in
            let busy = Self.error(.rateLimited, status: 429, retryAfter: .seconds(300))
            let providers = ["a", "b"].map { ScriptedProvider($0, .fails(busy), clock: clock) }
            let router = try Self.router(providers.map { Router.Member($0) }, clock)
            for round in 0..<2 {
                do throws(PlexError) {
                    _ = try await Self.ask(router, isStreamed: isStreamed)
                    Issue.record("somebody answered")
                } catch {
                    #expect(error.code == (round == 0 ? .rateLimited : .overloaded))
                    #expect(error.attempts.count == (round == 0 ? 2 : 0))
                    #expect(error.retryAfter == .seconds(300))
                    #expect(round == 0 || (error.message.contains("a/m") && error.message.contains("b/m")))
                }
            }
            #expect(clock.now.offset == .zero && providers.map(\.requests.count) == [1, 1])
        }
    }
}
