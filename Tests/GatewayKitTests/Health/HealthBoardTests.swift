import GatewayKit
import ProviderKit
import ProviderTesting
import Testing
import TransportKit

@Suite("Health board", .timeLimit(.minutes(5)))
struct HealthBoardTests {
    private let clock = ManualClock()

    @Test("Real outcomes alone make the picture, with no request sent")
    func outcomes() async {
        let (a, b) = (ListedProvider("a"), ListedProvider("b"))
        let board = board([a, b])
        #expect(board.isReady)
        board.record(.chat(attempts: [.failed(.authentication, "a", status: 401), .ok("b")]))
        let report = await board.report(probing: .none)
        #expect(report.status == .degraded)
        let json = report.json
        #expect(json["status"] == "degraded" && json["version"] == "1.2" && json["uptime_s"] == 0)
        #expect(
            json["providers"]?.array?.first == [
                "name": "a", "state": "unavailable", "reason": "authentication: it refuses the key",
                "last_success": nil,
                "last_failure": ["at": "2026-01-31T23:59:59.500Z", "code": "authentication", "status": 401],
                "consecutive_failures": 1, "latency_ms": nil, "models": nil,
            ]
        )
        #expect(json["providers"]?.array?.last?["state"] == "healthy")
        #expect(json["providers"]?.array?.last?["last_success"] == "2026-01-31T23:59:59.500Z")
        #expect(a.count == 0 && b.count == 0)
        #expect(board.availability == ["a": false, "b": true])
    }

    @Test("A provider recovers with its next answer")
    func recovery() async {
        let board = board([ListedProvider("a")])
        for _ in 0..<3 { board.record(.chat(attempts: [.failed(.network, "a")])) }
        #expect(!board.isReady)
        #expect(await board.report(probing: .none).status == .unavailable)
        board.record(.chat(attempts: [.ok("a")]))
        #expect(board.isReady)
        #expect(await board.report(probing: .none).status == .ok)
    }

    @Test("A plain report probes what is unknown or failing, and not again within ten seconds")
    func staleProbes() async {
        let (good, bad) = (
            ListedProvider("good"), ListedProvider("bad", .failure(PlexError(.network, "down at 10.0.0.1")))
        )
        let board = board([good, bad])
        let report = await board.report(probing: .stale)
        #expect(report.status == .degraded)
        #expect(!report.json.serializedString.contains("10.0.0.1"))
        #expect(report.json["providers"]?.array?.map { $0["models"] } == [1, .null])
        #expect(good.count == 1 && bad.count == 1)
        clock.advance(by: .milliseconds(9999))
        _ = await board.report(probing: .stale)
        #expect(good.count == 1 && bad.count == 1)
        clock.advance(by: .milliseconds(1))
        bad.answer(.success(["m", "n"]))
        #expect(await board.report(probing: .stale).status == .ok)
        #expect(good.count == 1 && bad.count == 2)
    }

    @Test("A deep report asks every provider anew, all at once")
    func deepProbes() async throws {
        let providers = [ListedProvider("a", isHeld: true), ListedProvider("b", isHeld: true)]
        let board = board(providers)
        async let report = board.report(probing: .all)
        // Both are asked, and wait, before either is let go.
        try await clock.waitForSleepers(2)
        for provider in providers { provider.release() }
        #expect(await report.status == .ok)
        _ = await board.report(probing: .all)
        #expect(providers.map(\.count) == [2, 2])
    }

    @Test("Who asks while a probe is under way waits for that one")
    func singleFlight() async throws {
        let provider = ListedProvider("a", isHeld: true)
        let board = board([provider])
        let loops = EventLoopGroup(count: 1)
        let statuses = await withTaskGroup(of: HealthReport.Status.self) { group in
            for probing in [HealthBoard.Probing.all, .all, .stale, .all] {
                group.addTask(executorPreference: loops.loops[0]) { await board.report(probing: probing).status }
            }
            // The loop runs one thing after another, so that all of them wait now.
            await loops.loops[0].run {}
            // This one waits for nobody.
            #expect(await state(of: "a", board) == "unknown")
            provider.release()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == [.ok, .ok, .ok, .ok])
        #expect(provider.count == 1)
        await loops.shutdown()
    }

    @Test("A provider that does not answer within five seconds is unavailable")
    func timeLimit() async throws {
        let provider = ListedProvider("a", isHeld: true)
        let board = board([provider])
        async let report = board.report(probing: .all)
        try await clock.waitForSleepers(1)
        clock.advance(by: .seconds(5))
        let json = await report.json
        #expect(json["status"] == "unavailable")
        #expect(
            json["providers"]?.array?.first?["reason"] == "timeout_total: it does not answer in time"
        )
    }

    @Test(
        "A provider that cannot list its models is there all the same",
        arguments: [.notFound, .unsupported] as [PlexError.Code]
    )
    func noListing(code: PlexError.Code) async {
        let board = board([ListedProvider("a", .failure(PlexError(code, "no list", status: 404)))])
        let json = await board.report(probing: .stale).json
        #expect(json["status"] == "ok")
        #expect(json["providers"]?.array?.first?["models"] == .null)
    }

    @Test("After a new configuration every provider is unknown, and probes of the old one count no more")
    func replacing() async throws {
        let old = ListedProvider("a", .failure(PlexError(.network, "down")), isHeld: true)
        let board = board([old])
        board.record(.chat(attempts: [.failed(.authentication, "a")]))
        async let report = board.report(probing: .all)
        try await clock.waitForSleepers(1)
        board.replaceProviders([ListedProvider("a"), ListedProvider("b")])
        old.release()
        _ = await report
        #expect(await state(of: "a", board) == "unknown")
        #expect(await state(of: "b", board) == "unknown")
        #expect(board.isReady)
    }

    @Test("Without providers nothing is ready")
    func none() async {
        let board = board([])
        #expect(!board.isReady)
        #expect(await board.report(probing: .all).status == .unavailable)
    }

    @Test("Providers behind a router show too, up to a number")
    func routed() async {
        let board = board([ListedProvider("router")])
        for number in 0..<1000 { board.record(.chat(attempts: [.ok(ProviderID("inner-\(number)"))])) }
        let names = await board.report(probing: .all).json["providers"]?.array?.compactMap { $0["name"]?.string }
        #expect(names?.prefix(2) == ["router", "inner-0"])
        #expect(names?.count == 256)
        #expect(board.counters.array?[1]["successes"] == 1)
    }

    private func board(_ providers: [any Provider]) -> HealthBoard {
        HealthBoard(providers: providers, version: "1.2", clock: clock, timestamp: { 1000 })
    }

    private func state(of name: String, _ board: HealthBoard) async -> String? {
        let providers = await board.report(probing: .none).json["providers"]?.array
        return providers?.first { $0["name"]?.string == name }?["state"]?.string
    }
}
