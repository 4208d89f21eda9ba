import Testing
import TransportKit

@Suite("Backoff policy")
struct BackoffPolicyTests {
    private struct Always: RandomNumberGenerator {
        let value: UInt64
        func next() -> UInt64 { value }
    }

    private func delays(_ policy: BackoffPolicy, attempts: ClosedRange<Int>, random: UInt64 = 0) -> [Duration] {
        var generator = Always(value: random)
        return attempts.map { policy.delay(forAttempt: $0, using: &generator) }
    }

    @Test("Event streams wait 1, 2, 4, 8, then always 16 seconds")
    func sse() {
        #expect(delays(.sse, attempts: 1...7) == [1, 2, 4, 8, 16, 16, 16].map { .seconds($0) })
    }

    @Test("Jitter spans what it says and never passes the cap")
    func jitter() {
        let full = BackoffPolicy(base: .milliseconds(500), cap: .seconds(20), jitter: .full)
        #expect(delays(full, attempts: 1...3) == [.zero, .zero, .zero])
        let highest = delays(full, attempts: 1...9, random: .max)
        for (delay, limit) in zip(highest, [0.5, 1, 2, 4, 8, 16, 20, 20, 20]) {
            #expect(delay <= .seconds(limit) && delay > .seconds(limit * 0.99))
        }
        #expect(delays(.mcp, attempts: 1...2) == [.milliseconds(900), .milliseconds(1800)])
        #expect(delays(.mcp, attempts: 10...10, random: .max) == [.seconds(60)])
        var generator = SeededGenerator(seed: 1)
        let sampled = (0..<200).map { _ in BackoffPolicy.mcp.delay(forAttempt: 1, using: &generator) }
        #expect(sampled.allSatisfy { $0 >= .milliseconds(900) && $0 <= .milliseconds(1100) })
        #expect(Set(sampled).count > 100)
    }

    @Test(
        "Odd values stay in range",
        arguments: [
            (BackoffPolicy(base: .seconds(1), cap: .seconds(5), jitter: .none), Int.max, 5.0),
            (BackoffPolicy(base: .seconds(1), cap: .seconds(5), jitter: .none), 0, 1),
            (BackoffPolicy(base: .seconds(1), cap: .seconds(5), jitter: .none), .min, 1),
            (BackoffPolicy(base: .seconds(9), cap: .seconds(5), jitter: .none), 1, 5),
            (BackoffPolicy(base: .seconds(-1), cap: .seconds(5), jitter: .none), 3, 0),
            (BackoffPolicy(base: .seconds(1), cap: .seconds(-5), jitter: .none), 3, 0),
            (BackoffPolicy(base: .seconds(1), multiplier: 0, cap: .seconds(5), jitter: .none), 3, 1),
            (BackoffPolicy(base: .seconds(1), multiplier: .nan, cap: .seconds(5), jitter: .none), 3, 1),
            (BackoffPolicy(base: .seconds(1), multiplier: .infinity, cap: .seconds(5), jitter: .none), 3, 5),
            (BackoffPolicy(base: .seconds(1), multiplier: 1e300, cap: .seconds(5), jitter: .none), 3, 5),
            (BackoffPolicy(base: .seconds(1), cap: .seconds(5), jitter: .proportional(.nan)), 1, 1),
            (BackoffPolicy(base: .seconds(1), cap: .seconds(5), jitter: .proportional(7)), 1, 0),
        ]
    )
    func oddValues(policy: BackoffPolicy, attempt: Int, seconds: Double) {
        #expect(delays(policy, attempts: attempt...attempt) == [.seconds(seconds)])
    }
}
