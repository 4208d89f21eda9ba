import Testing
import TransportKit

@testable import MCPKit

@Suite("Sessions with a server behind a pass-through", .timeLimit(.minutes(5)))
struct SessionPoolTests {
    private static let caller = SessionPool.Key.caller(.init(listener: "a"), capabilities: ["roots": [:]])

    @Test("Sessions are shared, a client's own, or a request's at a time")
    func keys() {
        var pool = SessionPool(limit: 10)
        #expect(pool.acquire(.shared) == .new(1, closing: nil))
        #expect(pool.acquire(.shared) == .existing(1))
        #expect(pool.acquire(.client("a")) == .new(2, closing: nil))
        #expect(pool.acquire(.client("a")) == .existing(2))
        #expect(pool.acquire(Self.caller) == .new(3, closing: nil))
        #expect(pool.acquire(Self.caller) == .new(4, closing: nil))
        pool.release(3)
        #expect(pool.acquire(Self.caller) == .existing(3))
        #expect(pool.busy == 4)
    }

    @Test("When there are too many, the one that was used longest ago gives way; with all in use there is no more")
    func limit() {
        var pool = SessionPool(limit: 2)
        _ = pool.acquire(.shared)
        pool.release(1)
        _ = pool.acquire(.client("a"))
        _ = pool.acquire(.client("b"))
        #expect(pool.acquire(.client("c")) == .full)
        pool.release(2)
        pool.release(3)
        _ = pool.acquire(.client("a"))
        pool.release(2)
        #expect(pool.acquire(.client("c")) == .new(4, closing: 3))
        #expect(pool.id(of: .client("b")) == nil && pool.id(of: .shared) == 1)
        // The shared one is beside the limit.
        pool.remove(1)
        #expect(pool.acquire(.shared) == .new(5, closing: nil))
    }

    @Test("Idle is what nobody used from one look to the next, and nothing keeps")
    func idle() {
        var pool = SessionPool(limit: 5)
        _ = pool.acquire(.client("a"))
        _ = pool.acquire(.client("b"))
        _ = pool.acquire(.client("c"))
        pool.pin(3, 1)
        (1...3).forEach { pool.release($0) }
        #expect(pool.idleSinceLastLook().isEmpty)
        _ = pool.acquire(.client("b"))
        pool.release(2)
        #expect(pool.idleSinceLastLook() == [1])
        pool.remove(1)
        #expect(pool.idleSinceLastLook() == [2])
        pool.remove(2)
        pool.pin(3, -1)
        #expect(pool.idleSinceLastLook().isEmpty)
        #expect(pool.idleSinceLastLook() == [3])
    }

    @Test("Tasks are those of who made them, until that one leaves, and not too many are known")
    func tasks() {
        var tasks = TaskOwners()
        tasks.add("s+1", .client("a"))
        tasks.add("s+2", .caller(.init(name: "key", listener: "x")))
        #expect(tasks.owns(.client("a"), "s+1") && !tasks.owns(.client("b"), "s+1") && !tasks.owns(.client("a"), "s+2"))
        tasks.leave("a")
        #expect(!tasks.owns(.client("a"), "s+1"))
        for number in 0..<10_001 { tasks.add("t+\(number)", .client("c")) }
        #expect(!tasks.owns(.client("c"), "t+0") && tasks.owns(.client("c"), "t+10000"))
    }

    @Test("Servers that end at the same time count once, however many connections they had")
    func sharedThrottle() {
        let throttle = SharedRestartThrottle()
        let now = LoopInstant(nanoseconds: 1_000_000_000)
        for _ in 0..<50 { throttle.ended(at: now, since: now) }
        #expect(throttle.failures == 1)
        #expect(throttle.wait(at: now) > .zero)
        let later = now.advanced(by: .seconds(2))
        #expect(throttle.wait(at: later) == .zero)
        throttle.failed(at: later)
        throttle.failed(at: later)
        #expect(throttle.failures == 2)
    }
}
