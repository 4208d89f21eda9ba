import ProviderKit
import RouterKit
import Testing
import TransportKit

@Suite("What is held against deployments")
struct HealthBookTests {
    private static let eighteenDays = Duration.seconds(18 * 24 * 3600)

    private func scene() -> RouteScene {
        RouteScene([
            RouteFixture.Spec(name: "a", credentials: [("k1", 1), ("k2", 1)]), RouteFixture.Spec(name: "b"),
        ])
    }

    @Test(
        "a failure leaves its deployment alone for as long as it asks, up to the cap",
        arguments: [
            (PlexError.Code.rateLimited, Duration.seconds(7), Duration.seconds(7)),
            (.overloaded, .milliseconds(1500), .milliseconds(1500)), (.upstream, .seconds(30), .seconds(30)),
            (.rateLimited, .seconds(900), .seconds(900)), (.rateLimited, .seconds(901), .seconds(900)),
            (.rateLimited, eighteenDays, .seconds(900)), (.rateLimited, nil, .milliseconds(500)),
            (.rateLimited, .zero, nil), (.rateLimited, .seconds(-5), nil), (.overloaded, nil, nil),
            (.upstream, nil, nil),
        ] as [(PlexError.Code, Duration?, Duration?)]
    )
    func cooldowns(code: PlexError.Code, retryAfter: Duration?, expected: Duration?) {
        var scene = scene()
        scene.now = .seconds(100)
        scene.note("b", .failure(code, retryAfter: retryAfter))
        guard let expected else {
            #expect(scene.availability("b") == .ready)
            return
        }
        let until = Duration.seconds(100) + expected
        #expect(scene.availability("b") == .cooling(until: until))
        scene.now = until - .nanoseconds(1)
        #expect(scene.availability("b") == .cooling(until: until))
        scene.now = until
        #expect(scene.availability("b") == .ready)
        #expect(scene.availability("a", credential: "k1") == .ready)
    }

    @Test("a shorter wait does not replace a longer one")
    func longestWaitCounts() {
        var scene = scene()
        scene.note("b", .failure(.rateLimited, retryAfter: .seconds(60)))
        scene.note("b", .failure(.rateLimited, retryAfter: .seconds(2)))
        scene.note("b", .success)
        #expect(scene.availability("b") == .cooling(until: .seconds(60)))
    }

    @Test("after a wait that was cut to the cap one request finds out, and not a flood")
    func eighteenDaysEndInAProbe() {
        var scene = scene()
        scene.note("b", .failure(.rateLimited, retryAfter: Self.eighteenDays))
        scene.now = .seconds(900)
        let id = scene.fixture.id("b")
        #expect(scene.availability("b") == .ready)
        #expect(scene.book.begin(id, credential: 0, at: scene.now) == true)
        #expect(scene.availability("b") == .probing)
        #expect(scene.book.begin(id, credential: 0, at: scene.now) == false)
        scene.book.end(id, credential: 0, .success, isProbe: true, at: scene.now)
        #expect(scene.availability("b") == .ready)
        #expect(scene.book.begin(id, credential: 0, at: scene.now) == false)
    }

    @Test("a wait that was obeyed in full ends without a probe")
    func obeyedWaitEndsPlainly() {
        var scene = scene()
        scene.note("b", .failure(.rateLimited, retryAfter: .seconds(10)))
        scene.now = .seconds(10)
        #expect(scene.book.begin(scene.fixture.id("b"), credential: 0, at: scene.now) == false)
    }

    @Test(
        "a refused credential is under suspicion, and no other",
        arguments: [
            (PlexError.Code.authentication, nil, Duration.seconds(300)), (.permission, nil, .seconds(300)),
            (.quotaExhausted, nil, .seconds(300)), (.quotaExhausted, eighteenDays, .seconds(900)),
        ] as [(PlexError.Code, Duration?, Duration)]
    )
    func suspicion(code: PlexError.Code, retryAfter: Duration?, expected: Duration) {
        var scene = scene()
        scene.note("a", credential: "k1", .failure(code, retryAfter: retryAfter))
        if retryAfter == nil { #expect(scene.availability("a", credential: "k1") == .suspect(code)) }
        #expect(scene.availability("a", credential: "k2") == .ready)
        #expect(scene.availability("b") == .ready)
        scene.now = expected - .milliseconds(1)
        #expect(scene.availability("a", credential: "k1") != .ready)
        scene.now = expected
        #expect(scene.availability("a", credential: "k1") == .ready)
    }

    @Test("a credential that works is trusted again, but a permission only where it was missing")
    func trust() {
        var fixture = RouteFixture()
        let choices = fixture.choices([
            RouteFixture.Spec(name: "small", provider: "p"), RouteFixture.Spec(name: "large", provider: "p"),
        ])
        let (small, large) = (choices[0].deployments[0], choices[1].deployments[0])
        for code in [PlexError.Code.authentication, .quotaExhausted, .permission] {
            var book = HealthBook()
            book.end(large, credential: 0, .failure(code, retryAfter: nil), at: .zero)
            #expect(book.availability(of: small, credential: 0, at: .zero) == .suspect(code))
            book.end(small, credential: 0, .success, at: .zero)
            let isTrusted = book.availability(of: large, credential: 0, at: .zero) == .ready
            #expect(isTrusted == (code != .permission))
            book.end(large, credential: 0, .success, at: .zero)
            #expect(book.availability(of: large, credential: 0, at: .zero) == .ready)
        }
    }

    @Test("failures within the window open the breaker; others, successes and harmless ones do not")
    func breaker() {
        var scene = scene()
        for _ in 0..<50 { scene.note("b", .failure(.rateLimited, retryAfter: .zero)) }
        for _ in 0..<50 { scene.note("b", .failure(.invalidRequest, retryAfter: nil)) }
        for second in 0..<20 {
            scene.now = .seconds(second * 10)
            scene.note("b", .failure(.upstream, retryAfter: nil))
            #expect(scene.availability("b") == .ready)
        }
        scene.now = .seconds(1000)
        for _ in 0..<4 { scene.note("b", .failure(.timeout(.firstByte), retryAfter: nil)) }
        scene.note("b", .success)
        for _ in 0..<4 { scene.note("b", .failure(.streamCut, retryAfter: nil)) }
        #expect(scene.availability("b") == .ready)
        scene.note("b", .failure(.network, retryAfter: nil))
        #expect(scene.availability("b") == .breakerOpen(until: .seconds(1030)))
    }

    @Test("late outcomes neither open nor close a breaker, and do not end its probe")
    func lateOutcomes() {
        var scene = scene()
        let id = scene.fixture.id("b")
        for _ in 0..<3 { scene.book.begin(id, credential: 0, at: .zero) }
        for _ in 0..<5 { scene.note("b", .failure(.upstream, retryAfter: nil)) }
        scene.book.end(id, credential: 0, .success, isProbe: false, at: .seconds(1))
        scene.now = .seconds(2)
        #expect(scene.availability("b") == .breakerOpen(until: .seconds(30)))
        scene.now = .seconds(30)
        #expect(scene.book.begin(id, credential: 0, at: scene.now) == true)
        scene.book.end(id, credential: 0, .failure(.upstream, retryAfter: nil), isProbe: false, at: scene.now)
        scene.book.end(id, credential: 0, .abandoned, isProbe: false, at: scene.now)
        #expect(scene.availability("b") == .probing)
        #expect(scene.book.inFlight(id) == 1)
        scene.book.end(id, credential: 0, .abandoned, isProbe: true, at: scene.now)
        #expect(scene.availability("b") == .ready)
        #expect(scene.book.begin(id, credential: 0, at: scene.now) == true)
    }

    @Test("what is forgotten by a reset is forgotten; what is in flight is not")
    func reset() {
        var scene = scene()
        let id = scene.fixture.id("b")
        scene.book.begin(id, credential: 2, at: .zero)
        func spoil(_ scene: inout RouteScene) {
            scene.note("b", .failure(.rateLimited, retryAfter: Self.eighteenDays))
            scene.note("b", .failure(.authentication, retryAfter: nil))
            scene.note("a", credential: "k1", .failure(.authentication, retryAfter: nil))
            for _ in 0..<5 { scene.note("a", credential: "k2", .failure(.upstream, retryAfter: nil)) }
        }
        spoil(&scene)
        scene.book.reset(id, credential: 2)
        #expect(scene.availability("b") == .ready)
        #expect(scene.availability("a", credential: "k1") == .suspect(.authentication))
        #expect(scene.availability("a", credential: "k2") == .breakerOpen(until: .seconds(30)))
        spoil(&scene)
        scene.book.reset(nil)
        for (name, key) in [("a", "k1"), ("a", "k2"), ("b", nil)] {
            #expect(scene.availability(name, credential: key) == .ready)
        }
        #expect(scene.book.inFlight(id) == 1)
        #expect(scene.book.records(table: scene.fixture.table, at: .zero).isEmpty)
    }

    @Test("a reset deployment does not wait for a probe of before")
    func resetWhileProbing() {
        var scene = scene()
        let id = scene.fixture.id("b")
        for _ in 0..<5 { scene.note("b", .failure(.upstream, retryAfter: nil)) }
        scene.now = .seconds(30)
        #expect(scene.book.begin(id, credential: 2, at: scene.now) == true)
        scene.book.reset(id)
        #expect(scene.availability("b") == .ready)
        scene.book.end(id, credential: 2, .failure(.upstream, retryAfter: nil), isProbe: true, at: scene.now)
        #expect(scene.availability("b") == .ready)
    }
}
