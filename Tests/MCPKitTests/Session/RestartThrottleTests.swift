import Testing
import TransportKit

@testable import MCPKit

struct RestartThrottleTests {
    private func instant(_ seconds: Int64) -> LoopInstant { LoopInstant(nanoseconds: seconds * 1_000_000_000) }

    @Test("A server that ends soon after each start is started ever less often, successful handshakes or not")
    func backsOff() {
        var generator = SystemRandomNumberGenerator()
        var throttle = RestartThrottle(policy: BackoffPolicy(base: .seconds(1), cap: .seconds(60), jitter: .none))
        var now = instant(0)
        var waits: [Duration] = []
        for _ in 0..<8 {
            throttle.ended(at: now, since: now, using: &generator)
            let wait = throttle.wait(at: now)
            waits.append(wait)
            now = now.advanced(by: wait)
            #expect(throttle.wait(at: now) == .zero)
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 60, 60].map { .seconds($0) })
    }

    @Test("A connection that stood for a while makes the next start immediate")
    func forgets() {
        var generator = SystemRandomNumberGenerator()
        var throttle = RestartThrottle()
        throttle.failed(at: instant(0), using: &generator)
        #expect(throttle.wait(at: instant(0)) > .zero)
        throttle.ended(at: instant(100), since: instant(10), using: &generator)
        #expect(throttle.wait(at: instant(100)) == .zero)
        #expect(throttle.failures == 0)
    }
}
