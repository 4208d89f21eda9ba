import ProviderKit
import RouterKit
import Testing

@Suite("Waits on a request's way")
struct ExecutionWaitTests {
    private func limited(_ retryAfter: Duration?) -> Reply {
        .failure(.rateLimited, status: 429, retryAfter: retryAfter)
    }

    // MARK: - The first target

    @Test(
        "a first target that asks for a short wait is waited for exactly, once; for a longer one it is not",
        arguments: [
            (Duration.seconds(1), [Sending("a"), Sending("a", at: .seconds(1)), Sending("b", at: .seconds(1))]),
            (
                .milliseconds(2500),
                [Sending("a"), Sending("a", at: .milliseconds(2500)), Sending("b", at: .milliseconds(2500))]
            ),
            (.milliseconds(2501), [Sending("a"), Sending("b")]), (.seconds(1_555_200), [Sending("a"), Sending("b")]),
            (.zero, [Sending("a"), Sending("a"), Sending("b")]),
        ]
    )
    func first(retryAfter: Duration, expected: [Sending]) {
        var scene = RouteScene(RouteFixture.specs("a", "b", "c"))
        let result = scene.drive { name, _ in name == "a" ? limited(retryAfter) : .success() }
        #expect(result.sendings == expected)
    }

    @Test("any failure that says when to come again is waited for", arguments: [PlexError.Code.overloaded, .upstream])
    func otherCodes(code: PlexError.Code) {
        var scene = RouteScene(RouteFixture.specs("a", "b"))
        let result = scene.drive { name, count in
            name == "a" && count == 0 ? .failure(code, status: 503, retryAfter: .seconds(2)) : .success()
        }
        #expect(result.sendings == [Sending("a"), Sending("a", at: .seconds(2))])
        #expect(result.execution.steps.contains(.waited(.seconds(2), for: scene.fixture.id("a"), .retryAfter)))
    }

    @Test("no wait for the first while another of its keys is free, and none for a second target")
    func noWait() {
        let keys = [(name: "1", weight: 1.0), (name: "2", weight: 1.0)]
        var scene = RouteScene([
            RouteFixture.Spec(name: "a", credentials: keys), RouteFixture.Spec(name: "b"), RouteFixture.Spec(name: "c"),
        ]) { $0.attempts = 5 }
        let replies = ["a#1": limited(.seconds(1)), "a#2": .failure(.upstream), "b": limited(.seconds(1))]
        let result = scene.drive { name, _ in replies[name] ?? .success() }
        #expect(result.sendings == ["a#1", "a#2", "b", "c"].map { Sending($0) })
    }

    @Test("whoever is kept away by others meanwhile is not asked")
    func firstIsTaken() {
        var scene = RouteScene(RouteFixture.specs("a", "b"))
        var execution = scene.execution()
        _ = execution.next(table: scene.fixture.table, health: scene.book, at: .zero)
        scene.note("a", limited(.seconds(1)).outcome)
        execution.failed(scene.fixture.id("a"), .rateLimited, retryAfter: .seconds(1), at: .zero)
        let wait = execution.next(table: scene.fixture.table, health: scene.book, at: .zero)
        #expect(wait == .wait(until: .seconds(1), for: scene.fixture.id("a")))
        // Asked too early, it says the same again.
        #expect(execution.next(table: scene.fixture.table, health: scene.book, at: .milliseconds(999)) == wait)
        scene.note("a", limited(.seconds(30)).outcome)
        let action = execution.next(table: scene.fixture.table, health: scene.book, at: .seconds(1))
        #expect(action == .send(scene.fixture.id("b"), hedgeAfter: nil))
    }

    // MARK: - The only target

    @Test(
        "what the only target asks for is obeyed exactly, if that is soon enough; else its word is passed on",
        arguments: [
            (Duration.seconds(1), Duration.seconds(1)), (.milliseconds(2700), .milliseconds(2700)),
            (.seconds(20), .seconds(20)),
            (.milliseconds(20_001), nil), (.seconds(1_555_200), nil),
        ] as [(Duration, Duration?)]
    )
    func only(retryAfter: Duration, at expected: Duration?) {
        for late in [Duration.zero, .milliseconds(3)] {
            var scene = RouteScene(RouteFixture.specs("a")) { $0.attempts = 2 }
            let result = scene.drive(lateness: late) { _, count in count == 0 ? limited(retryAfter) : .success() }
            if let expected {
                #expect(result.sendings == [Sending("a"), Sending("a", at: expected + late)])
            } else {
                #expect(result.names == ["a"])
                #expect(result.failure == .init(.lastError, retryAt: retryAfter))
            }
        }
    }

    @Test("on every attempt, and without chance on top, however many failed before")
    func exactOnEveryAttempt() {
        var scene = RouteScene(RouteFixture.specs("a")) { $0.attempts = 6 }
        let result = scene.drive { _, count in
            count % 2 == 0 ? .failure(.upstream, status: 500) : limited(.seconds(3))
        }
        #expect(result.sendings.count == 6)
        for place in [1, 3] { #expect(result.sendings[place + 1].at - result.sendings[place].at == .seconds(3)) }
    }

    @Test("rounds without a word are spread by full jitter, doubled each time, up to the longest wait")
    func backoff() {
        var waits: [[Double]] = Array(repeating: [], count: 7)
        for seed in 0..<400 {
            var scene = RouteScene(
                RouteFixture.specs("a"),
                failover: FailoverPolicy(breaker: .init(failures: 100))
            ) {
                $0.attempts = 8
                $0.deadline = .seconds(1000)
            }
            let result = scene.drive(seed: UInt64(seed)) { _, _ in .failure(.upstream, status: 500) }
            #expect(result.sendings.count == 8)
            for round in 0..<7 {
                waits[round].append((result.sendings[round + 1].at - result.sendings[round].at) / .seconds(1))
            }
        }
        for (round, limit) in [0.5, 1, 2, 4, 8, 16, 20].enumerated() {
            let mean = waits[round].reduce(0, +) / 400
            #expect(waits[round].allSatisfy { $0 >= 0 && $0 <= limit })
            #expect(abs(mean - limit / 2) < limit / 10)
        }
    }

    @Test("the earliest of several is waited for, and told where that is too late")
    func earliest() {
        let waits: [String: Duration] = ["a": .seconds(15), "b": .seconds(10)]
        var scene = RouteScene(RouteFixture.specs("a", "b"))
        let result = scene.drive { name, count in count == 0 ? limited(waits[name]) : .success() }
        #expect(result.sendings == [Sending("a"), Sending("b"), Sending("b", at: .seconds(10))])
        var slow = RouteScene(RouteFixture.specs("a", "b"))
        let failed = slow.drive { name, _ in limited((waits[name] ?? .zero) * 6) }
        #expect(failed.names == ["a", "b"] && failed.failure == .init(.lastError, retryAt: .seconds(60)))
    }

    // MARK: - Nobody at the start

    @Test("if nobody can be asked now, the first to be back is waited for, or the caller is told when")
    func noneAvailable() {
        for (wait, isWaited) in [(Duration.seconds(20), true), (.milliseconds(20_001), false)] {
            var scene = RouteScene(RouteFixture.specs("a", "b"))
            scene.now = .seconds(5)
            scene.note("a", limited(.seconds(400)).outcome)
            scene.note("b", limited(wait).outcome)
            let result = scene.drive { _, _ in .success() }
            if isWaited {
                #expect(result.sendings == [Sending("b", at: .seconds(5) + wait)])
            } else {
                #expect(result.sendings.isEmpty)
                #expect(result.failure == .init(.noneAvailable, retryAt: .seconds(5) + wait))
            }
        }
    }

    @Test("a probe that is under way is waited for, but not for ever")
    func probing() {
        for isFreed in [true, false] {
            var scene = RouteScene(RouteFixture.specs("a"))
            let id = scene.fixture.id("a")
            for _ in 0..<5 { scene.note("a", .failure(.upstream, retryAfter: nil)) }
            scene.now = .seconds(30)
            #expect(scene.book.begin(id, credential: 0, at: scene.now) == true)
            var execution = scene.execution()
            var waits = 0
            loop: while waits < 10_000 {
                switch execution.next(table: scene.fixture.table, health: scene.book, at: scene.now) {
                case .wait(let until, _):
                    #expect(until > scene.now)
                    scene.now = until
                    waits += 1
                case .send(let sent, _):
                    #expect(isFreed && sent == id)
                    break loop
                case .fail(let failure):
                    #expect(!isFreed && failure.reason == .noneAvailable)
                    #expect(failure.retryAt.map { $0 > scene.now } == true)
                    break loop
                }
                if isFreed, waits == 10 { scene.book.end(id, credential: 0, .success, isProbe: true, at: scene.now) }
            }
            #expect(waits > 0 && scene.now <= .seconds(50))
            // However often it looked.
            #expect(execution.steps.count <= 4)
        }
    }

    // MARK: - The deadline

    @Test("a wait that would pass the deadline is not begun")
    func deadlineBeforeWait() {
        var scene = RouteScene(RouteFixture.specs("a")) { $0.deadline = .seconds(10) }
        let result = scene.drive { _, _ in limited(.seconds(10)) }
        #expect(result.names == ["a"] && scene.now == .zero)
        #expect(result.failure == .init(.lastError, retryAt: .seconds(10)))
        var first = RouteScene(RouteFixture.specs("a", "b")) { $0.deadline = .seconds(2) }
        #expect(first.drive { name, _ in name == "a" ? limited(.seconds(2)) : .success() }.names == ["a", "b"])
    }

    @Test("nothing is sent at the deadline or after it", arguments: [(1999, 2), (2000, 1), (5000, 1)])
    func deadline(milliseconds: Int, sendings: Int) {
        var scene = RouteScene(RouteFixture.specs("a", "b", "c", "d")) {
            $0.deadline = .seconds(2)
            $0.attempts = 4
        }
        scene.now = .seconds(77)
        let result = scene.drive { _, _ in .failure(.upstream, after: .milliseconds(milliseconds)) }
        #expect(result.sendings.count == sendings && result.failure?.reason == .deadline)
    }
}

extension Reply {
    /// What the health book is told.
    fileprivate var outcome: AttemptOutcome { code.map { .failure($0, retryAfter: retryAfter) } ?? .success }
}
