import ProviderKit
import ProviderTesting
import Testing
import TransportKit

@testable import GatewayKit

@Suite("Events/EventHub", .timeLimit(.minutes(5)))
struct EventHubTests {
    private let clock = ManualClock()

    private func hub(_ source: EventSource = EventSource()) -> EventHub {
        let hub = EventHub(loops: 2, clock: clock, timestamp: { 1_769_904_000 })
        hub.setSource(source)
        return hub
    }

    private func pass(_ time: Duration = .milliseconds(50)) async throws {
        try await clock.waitForSleepers(1)
        clock.advance(by: time)
    }

    private func events(_ subscription: EventSubscription) async throws -> [ReadEvent] {
        try ReadEvent.all(in: await subscription.next() ?? [])
    }

    /// Lets somebody read, who has read the beginning.
    private func reader(_ hub: EventHub, _ types: String, after id: String? = nil) async throws -> EventSubscription {
        let subscription = try await hub.subscribe(EventFilter(parsing: types), after: id)
        let beginning = try #require(await subscription.next())
        #expect(String(decoding: beginning, as: UTF8.self).contains("retry: 1000\n"))
        return subscription
    }

    @Test("Nothing is kept while nobody reads")
    func unwatched() async throws {
        let hub = hub()
        hub.note(.chat())
        hub.note(EventDraft(.configurationReloaded))
        #expect(!hub.isWatched)
        let subscription = try await reader(hub, "request,configuration.*")
        #expect(hub.isWatched)
        hub.note(EventDraft(.configurationReloaded, at: 7))
        try await pass()
        let events = try await events(subscription)
        #expect(events.map(\.type) == ["configuration.reloaded"])
        #expect(events[0].data == ["time": "1970-01-01T00:00:07.000Z"])
    }

    @Test("A thousand readers get the same, and each who leaves is forgotten")
    func many() async throws {
        let hub = hub()
        var all: [EventSubscription] = []
        for _ in 0..<1000 { all.append(try await reader(hub, "request")) }
        #expect(hub.readers == 1000)
        hub.note(.chat())
        try await pass()
        var ids: Set<String?> = []
        for one in all {
            let events = try await events(one)
            #expect(events.map(\.type) == ["request"])
            ids.insert(events.first?.id)
        }
        #expect(ids.count == 1)
        for _ in 1000..<EventHub.maximumReaders { all.append(try await hub.subscribe()) }
        await #expect(throws: EventHub.Refusal.full) { try await hub.subscribe() }
        for one in all { one.cancel() }
        #expect(hub.readers == 0)
        #expect(await all[0].next() == nil)
        #expect(try await hub.subscribe().number > EventHub.maximumReaders)
    }

    @Test("A reader who waits and is cancelled is forgotten")
    func cancelled() async throws {
        let hub = hub()
        let subscription = try await reader(hub, "request")
        let task = Task { await subscription.next() }
        task.cancel()
        #expect(await task.value == nil)
        #expect(hub.readers == 0)
    }

    @Test("A slow reader is told what it has missed, and it is counted")
    func slow() async throws {
        let hub = hub()
        let (slow, other) = (try await reader(hub, "request"), try await reader(hub, "metrics"))
        for _ in 0..<150 { hub.note(.chat()) }
        try await pass()
        // The figures come once all were told.
        _ = try await events(other)
        let events = try await events(slow)
        #expect(events.count == 101)
        #expect(events[0].data == ["count": 50, "reason": "slow"] && hub.dropped == 50)
        for _ in 0..<1003 { hub.note(.chat()) }
        try await pass()
        let later = try await self.events(slow)
        #expect(later.count == 101 && later[0].data["count"] == 903)
    }

    @Test("A comment is sent when there was nothing for fifteen seconds")
    func keepAlive() async throws {
        let hub = hub()
        let subscription = try await reader(hub, "request")
        try await pass(.seconds(14))
        try await pass(.seconds(1))
        #expect(await subscription.next() == Array(": keep-alive\n\n".utf8))
        hub.note(.chat())
        try await pass()
        #expect(try await events(subscription).map(\.type) == ["request"])
        try await pass(.seconds(16))
        #expect(await subscription.next() == Array(": keep-alive\n\n".utf8))
    }

    @Test("The figures come at once and every five seconds")
    func figures() async throws {
        let totals = Locked(TrafficTotals())
        let hub = hub(EventSource(totals: { totals.withLock { $0 } }))
        let subscription = try await reader(hub, "metrics")
        try await pass()
        let first = try await events(subscription)
        #expect(first.count == 1 && first[0].data["total"]?["requests"] == 0 && first[0].data["rates"] == nil)
        totals.withLock { $0.requests = 10 }
        for _ in 0..<5 { try await pass(.seconds(1)) }
        let second = try await events(subscription)
        #expect(second.count == 1 && second[0].data["rates"]?["requests"]?.double == 2)
        #expect(second[0].data["minute"]?["requests"] == 10 && second[0].data["minute"]?["seconds"] == 5)
    }

    @Test("Who comes back within a minute finds what it has missed; later it is told that something is missing")
    func comingBack() async throws {
        let hub = hub()
        let first = try await reader(hub, "request")
        hub.note(.chat())
        try await pass()
        let id = try #require(try await events(first).first?.id)
        first.cancel()
        hub.note(.chat())
        try await pass(.seconds(59))
        try await clock.waitForSleepers(1)
        let second = try await hub.subscribe(EventFilter(parsing: "request"), after: id)
        let missed = try await events(second)
        #expect(missed.map(\.type) == ["request"] && missed[0].id != id)
        second.cancel()
        #expect(hub.isWatched)
        try await pass(.seconds(61))
        while hub.isWatched { await Task.yield() }
        hub.note(.chat())
        let third = try await hub.subscribe(after: missed[0].id)
        #expect(try await events(third) == [ReadEvent(type: "dropped", data: ["count": nil, "reason": "not_kept"])])
    }

    @Test("When the gateway stops, readers get what there is, are told, and are at the end")
    func stop() async throws {
        let hub = hub()
        let subscription = try await reader(hub, "request,gateway.stopping")
        hub.note(.chat())
        hub.stop(drain: .seconds(5))
        let last = try await events(subscription)
        #expect(last.map(\.type) == ["request", "gateway.stopping"] && last[1].data["drain_s"]?.double == 5)
        #expect(await subscription.next() == nil)
        #expect(hub.readers == 0 && !hub.isWatched)
        await #expect(throws: EventHub.Refusal.stopping) { try await hub.subscribe() }
        hub.stop(drain: .zero)
    }

    @Test("A change between two looks is told once, with what was before")
    func changes() async throws {
        let provider = Locked(WatchedStates.Provider(name: "up", state: "healthy"))
        let tools = Locked(ToolFigures(servers: [.init(name: "time", state: "idle")]))
        let hub = hub(EventSource(providers: { [provider.withLock { $0 }] }, tools: { tools.withLock { $0 } }))
        let subscription = try await reader(hub, "*.state")
        provider.withLock { $0 = .init(name: "up", state: "unavailable", reason: "network: it cannot be reached") }
        // A request that was sent to somebody is a reason to look at once.
        hub.note(.chat(attempts: [.failed(.network)]))
        try await pass()
        let first = try await events(subscription)
        #expect(first.map(\.type) == ["provider.state"])
        #expect(first[0].data["state"] == "unavailable" && first[0].data["previous"] == "healthy")
        tools.withLock { $0.servers[0].state = "ready" }
        try await pass(.seconds(1))
        #expect(try await events(subscription).map { $0.data["server"] } == ["time"])
    }
}
