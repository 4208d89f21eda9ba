import ProviderKit
import Testing
import TransportKit

@testable import GatewayKit

@Suite("Events/WatchedStates")
struct WatchedStatesTests {
    private func target(_ record: JSONValue) -> [WatchedStates.Target] {
        [WatchedStates.Target(record)].compactMap(\.self)
    }

    @Test("What is held against a target is told once, and again when it moves or ends")
    func targets() {
        var states = WatchedStates()
        let open: JSONValue = ["provider": "up", "model": "a", "breaker": "open", "breaker_open": 30]
        let first = states.note(target(open), at: 1_769_904_000)
        #expect(
            first == [
                EventDraft(
                    .targetState,
                    [
                        "provider": "up", "model": "a", "state": "breaker_open", "previous": "ready",
                        "until": "2026-02-01T00:00:30.000Z",
                    ]
                )
            ]
        )
        // Half a second later it is open for half a second less.
        let same: JSONValue = ["provider": "up", "model": "a", "breaker": "open", "breaker_open": 29.5]
        #expect(states.note(target(same), at: 1_769_904_000.6).isEmpty)
        #expect(states.note(target(open), at: 1_769_904_002).map { $0.data["previous"] } == ["breaker_open"])
        let half: JSONValue = ["provider": "up", "model": "a", "breaker": "half_open"]
        #expect(states.note(target(half), at: 1_769_904_040).map { $0.data["state"] } == ["half_open"])
        let ready = states.note([], at: 1_769_904_041)
        #expect(ready.map { $0.data["state"] } == ["ready"] && ready.map { $0.data["previous"] } == ["half_open"])
        #expect(states.note([], at: 1_769_904_042).isEmpty)
    }

    @Test(
        "A router's record is read for what it means",
        arguments: [
            (["cooling": 9], .cooling, .seconds(9)), (["breaker": "half_open"], .halfOpen, nil),
            (["breaker": "half_open", "cooling": 3], .cooling, .seconds(3)),
            (["breaker": "open", "breaker_open": 5, "cooling": 9], .cooling, .seconds(9)),
            (["breaker": "open", "breaker_open": 9, "cooling": 5], .breakerOpen, .seconds(9)),
            (["refused": "authentication", "refused_for": 300], .credentialRefused, .seconds(300)),
            (["failures": 2], .ready, nil), ([:], .ready, nil),
        ] as [(JSONObject, WatchedStates.Target.State, Duration?)]
    )
    func records(record: JSONObject, state: WatchedStates.Target.State, remaining: Duration?) throws {
        var record = record
        #expect(WatchedStates.Target(.object(record)) == nil)
        record["provider"] = "up"
        record["model"] = "a"
        let target = try #require(WatchedStates.Target(.object(record)))
        #expect(target.state == state && target.remaining == remaining)
        #expect(target.reason == record["refused"]?.string)
    }

    @Test("Providers that were not known count as unknown before, and those that are gone are forgotten")
    func providers() {
        var states = WatchedStates()
        let well = WatchedStates.Provider(name: "up", state: "healthy")
        #expect(states.note([WatchedStates.Provider(name: "up", state: "unknown")]).isEmpty)
        #expect(states.note([well]).map { $0.data["previous"] } == ["unknown"])
        #expect(states.note([well]).isEmpty)
        #expect(states.note([WatchedStates.Provider]()).isEmpty)
        #expect(states.note([well]).map { $0.data["previous"] } == ["unknown"])
    }

    @Test("MCP servers that come, change and go are told of")
    func servers() {
        var states = WatchedStates()
        var server = ToolFigures.Server(name: "time", state: "idle")
        #expect(states.note(ToolFigures(servers: [server])).map { $0.data["previous"] } == [.null])
        server.calls = ["ok": 3]
        #expect(states.note(ToolFigures(servers: [server])).isEmpty)
        server.state = "failed"
        server.problem = "it ended with status 1"
        server.restarts = 1
        let failed = states.note(ToolFigures(servers: [server]))
        #expect(failed.map { $0.data["problem"] } == ["it ended with status 1"])
        #expect(failed.map { $0.data["restarts"] } == [1])
        #expect(states.note(nil as ToolFigures?).map { $0.data["state"] } == ["removed"])
    }
}

@Suite("Events/TrafficWindow")
struct TrafficWindowTests {
    @Test(
        "A share of the values lies below a value as evenly as the buckets tell",
        arguments: [
            ([10, 0, 0, 0], 0.5, 0.5), ([10, 10, 0, 0], 0.5, 1), ([10, 10, 0, 0], 0.75, 1.5),
            ([0, 0, 4, 0], 0.25, 2.5), ([0, 0, 0, 4], 0.5, 4), ([1, 0, 0, 1], 1, 4), ([0, 0, 0, 0], 0.5, nil),
            ([], 0.5, nil),
        ] as [([UInt64], Double, Double?)]
    )
    func quantiles(counts: [UInt64], share: Double, expected: Double?) {
        let buckets = HistogramBuckets([1, 2, 4])
        #expect(Histogram(counts: counts).quantile(share, in: buckets) == expected)
    }

    @Test("Rates are those since the time before, and counts those of the last minute")
    func window() throws {
        var window = TrafficWindow()
        let metrics = GatewayMetrics(version: "1", loops: 1)
        let first = window.add(TrafficTotals(metrics.total), at: .zero)
        #expect(first["rates"] == nil && first["minute"] == nil && first["total"]?["requests"] == 0)
        for _ in 0..<10 { metrics.record(.chat()) }
        let attempts: [Attempt] = [.failed(.network)]
        metrics.record(.chat(status: 502, outcome: .failed, error: "network", attempts: attempts, usage: nil))
        metrics.record(.unrouted())
        let second = window.add(TrafficTotals(metrics.total), at: .seconds(5))
        #expect(second["rates"]?["requests"]?.double == 2.4 && second["rates"]?["model_requests"]?.double == 2.2)
        #expect(second["rates"]?["output_tokens"]?.double == 202)
        let minute = try #require(second["minute"])
        #expect(minute["errors"] == ["network": 1] && minute["input_tokens"] == 120)
        #expect(minute["attempts"] == ["openai": ["sent": 11, "failed": 1]])
        // All first tokens came after half a second, the bound of a bucket that begins at a quarter.
        #expect(minute["ttft_ms"]?["p50"]?.double == 375 && minute["ttft_ms"]?["p95"]?.double == 487.5)
        for step in 2...12 { _ = window.add(TrafficTotals(metrics.total), at: .seconds(5 * step)) }
        let later = window.add(TrafficTotals(metrics.total), at: .seconds(65))
        #expect(later["minute"]?["requests"] == 0 && later["minute"]?["seconds"] == 60)
        #expect(later["minute"]?["errors"] == [:] && later["minute"]?["attempts"] == [:])
        #expect(later["total"]?["requests"] == 12 && later["total"]?["errors"] == ["network": 1])
    }
}
