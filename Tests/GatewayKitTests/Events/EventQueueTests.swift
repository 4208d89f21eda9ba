import Testing
import TransportKit

@testable import GatewayKit

@Suite("Events/EventQueue")
struct EventQueueTests {
    private func read(_ queue: inout EventQueue, at now: Duration = .zero) throws -> [ReadEvent] {
        guard case .bytes(let bytes) = queue.take(at: now) else { return [] }
        return try ReadEvent.all(in: bytes)
    }

    @Test(
        "A slow reader gets the newest hundred in their order, and is told how many there were before",
        arguments: [(0, 1, 0), (1, 1, 0), (100, 1, 0), (101, 1, 1), (250, 1, 150), (250, 250, 150), (1000, 7, 900)]
    )
    func slow(count: Int, batch: Int, dropped: Int) throws {
        var queue = EventQueue()
        var sum = 0
        for start in stride(from: 0, to: count, by: batch) {
            sum += queue.offer((start..<min(start + batch, count)).map { .numbered($0) })
        }
        #expect(sum == dropped && queue.count == min(count, 100))
        var events = try read(&queue)
        if dropped > 0 {
            let first = events.removeFirst()
            // Without a name: who comes back asks for what follows the last event that it has.
            #expect(first.type == "dropped" && first.id == nil)
            #expect(first.data == ["count": .number(JSONNumber(dropped)), "reason": "slow"])
        }
        #expect(events.map { $0.data["number"]?.int } == Array(dropped..<count))
        #expect(queue.take(at: .zero) == .nothing)
        queue.offer([.numbered(count)])
        #expect(try read(&queue).map(\.type) == ["request"])
    }

    @Test("What could not be kept for anybody counts for those who wanted it", arguments: [true, false])
    func lost(wantsRequests: Bool) throws {
        var queue = EventQueue(try EventFilter(parsing: wantsRequests ? "request" : "metrics"))
        #expect(queue.offer([], lost: 3) == (wantsRequests ? 3 : 0))
        #expect(try read(&queue).first?.data["count"] == (wantsRequests ? 3 : nil))
    }

    @Test("Only what is wanted waits")
    func filtered() throws {
        var queue = EventQueue(try EventFilter(parsing: "metrics,mcp.*"))
        queue.offer(EventKind.allCases.enumerated().map { .numbered($0.offset, $0.element) })
        #expect(try read(&queue).map(\.type) == ["mcp.state", "metrics"])
    }

    @Test("A comment is due when there was nothing for long, once")
    func keepAlive() {
        var queue = EventQueue(keepAlive: .seconds(15), at: .seconds(1))
        queue.keepAlive(at: .milliseconds(15_999))
        #expect(queue.take(at: .seconds(15)) == .nothing)
        queue.keepAlive(at: .seconds(16))
        queue.keepAlive(at: .seconds(40))
        #expect(queue.take(at: .seconds(40)) == .bytes(Array(": keep-alive\n\n".utf8)))
        #expect(queue.take(at: .seconds(40)) == .nothing)
        queue.keepAlive(at: .seconds(54))
        #expect(!queue.hasNews)
        queue.offer([.numbered(1)])
        queue.keepAlive(at: .seconds(60))
        #expect(queue.take(at: .seconds(60)) == .bytes(GatewayEvent.numbered(1).bytes))
        #expect(queue.take(at: .seconds(60)) == .nothing)
    }

    @Test("A closed queue gives what is in it, and then its end")
    func closed() throws {
        var queue = EventQueue()
        queue.offer([.numbered(1)])
        queue.close()
        queue.offer([.numbered(2)])
        #expect(try read(&queue).map { $0.data["number"] } == [1])
        #expect(queue.take(at: .zero) == .end && queue.take(at: .zero) == .end)
    }

    @Test(
        "Types are names and patterns",
        arguments: [
            ("request", ["request"]), ("provider.*", ["provider.state", "provider.probe"]),
            ("*.state", ["provider.state", "target.state", "mcp.state"]),
            ("*", EventKind.allCases.map(\.rawValue)), ("m*s,request", ["metrics", "request"]),
            ("*r*.*t*", ["provider.state", "target.state"]),
            ("", nil), ("requests", nil), ("request,", nil), ("Request", nil), ("request\n", nil),
            (String(repeating: "*,", count: 40) + "*", nil),
        ] as [(String, [String]?)]
    )
    func types(list: String, expected: [String]?) throws {
        guard let expected else {
            #expect(throws: EventFilter.Problem.self) { try EventFilter(parsing: list) }
            return
        }
        let kinds = try EventFilter(parsing: list).kinds.map(\.rawValue)
        #expect(Set(kinds) == Set(expected))
    }
}

@Suite("Events/EventRing")
struct EventRingTests {
    private func ring(_ count: Int, capacity: Int = 4) -> EventRing {
        var ring = EventRing(epoch: "e", capacity: capacity)
        for number in 1..<(count + 1) { _ = ring.append(.numbered(number), at: 0) }
        return ring
    }

    private func numbers(_ replay: EventRing.Replay) throws -> [Int?] {
        try ReadEvent.all(in: replay.events.flatMap(\.bytes)).map { $0.data["number"]?.int }
    }

    @Test(
        "Who comes back gets what it has missed, or is told how much is not there any more",
        arguments: [
            (3, "e.3", [], nil), (3, "e.1", [2, 3], nil), (3, "e.0", [1, 2, 3], nil), (4, "e.0", [1, 2, 3, 4], nil),
            (9, "e.5", [6, 7, 8, 9], nil), (9, "e.4", [6, 7, 8, 9], .some(1)), (9, "e.1", [6, 7, 8, 9], .some(4)),
        ] as [(Int, String, [Int], Int?)]
    )
    func replay(count: Int, id: String, expected: [Int], gap: Int?) throws {
        let replay = ring(count).replay(after: id)
        #expect(try numbers(replay) == expected)
        #expect(replay.gap == gap.map { EventRing.Gap(count: $0) })
    }

    @Test("Whose last event is not ours gets all that there is", arguments: ["f.2", "e.4", "2", "e.x", "", "e.2.3"])
    func stranger(id: String) throws {
        let replay = ring(3).replay(after: id)
        #expect(try numbers(replay) == [1, 2, 3] && replay.gap == EventRing.Gap())
    }

    @Test("What happened while nobody listened is missing, however much it was")
    func interruption() throws {
        var ring = ring(3)
        ring.interrupt()
        #expect(ring.replay(after: "e.3") == EventRing.Replay(events: [], gap: EventRing.Gap()))
        let event = ring.append(.numbered(5), at: 0)
        #expect(ring.replay(after: "e.3") == EventRing.Replay(events: [event], gap: EventRing.Gap()))
        #expect(ring.replay(after: "e.5") == EventRing.Replay())
        for number in 6..<12 { _ = ring.append(.numbered(number), at: 0) }
        #expect(ring.replay(after: "e.3").gap == EventRing.Gap())
        #expect(ring.replay(after: "e.5").gap == EventRing.Gap(count: 2))
        #expect(ring.count == 4)
    }
}
