import ProviderKit
import RouterKit
import Testing

/// The sum of squared differences, each over what was expected; and whether it is no more than chance explains in 999 of
/// 1000 cases.
func isLikely(_ observed: [Int], shares: [Double]) -> Bool {
    let limits = [10.83, 13.82, 16.27, 18.47, 20.52, 22.46, 24.32, 26.12, 27.88]
    let total = Double(observed.reduce(0, +))
    let weight = shares.reduce(0, +)
    let sum = zip(observed, shares).reduce(0.0) { sum, pair in
        let expected = total * pair.1 / weight
        return sum + (Double(pair.0) - expected) * (Double(pair.0) - expected) / expected
    }
    return sum <= limits[observed.count - 2]
}

@Suite("How strategies distribute requests")
struct StrategyDistributionTests {
    private static let names = ["a", "b", "c", "d"]

    private func scene(_ strategy: StrategyName, weights: [Double] = [1, 1, 1, 1]) -> RouteScene {
        RouteScene(zip(Self.names, weights).map { RouteFixture.Spec(name: $0, weight: $1) }) { $0.strategy = strategy }
    }

    /// How often each target stands at a place of the order.
    private func counts(
        at place: Int = 0,
        requests: Int = 20_000,
        of scene: RouteScene,
        query: (Int) -> RouteQuery = { _ in RouteQuery(model: "m") }
    ) -> [Int] {
        var counts = [Int](repeating: 0, count: 4)
        for request in 0..<requests {
            let plan = scene.plan(query(request), sequence: request, seed: UInt64(request) &* 7919)
            if plan.candidates.indices.contains(place) { counts[plan.candidates[place].target] += 1 }
        }
        return counts
    }

    @Test("the measure of chance itself finds what is not chance")
    func measure() {
        #expect(isLikely([251, 249, 255, 245], shares: [1, 1, 1, 1]))
        #expect(!isLikely([350, 250, 200, 200], shares: [1, 1, 1, 1]))
        #expect(!isLikely([5200, 4800], shares: [1, 1]))
    }

    @Test("weighted: the first as often as its weight says, the second by the weight that is left")
    func weighted() {
        let scene = scene(.weighted, weights: [8, 4, 2, 2])
        #expect(isLikely(counts(of: scene), shares: [8, 4, 2, 2]))
        // P(second = i) = sum over first j of w_j / 16 * w_i / (16 - w_j).
        let weights = [8.0, 4, 2, 2]
        let second = weights.indices.map { place in
            weights.indices.filter { $0 != place }.reduce(0.0) {
                $0 + weights[$1] / 16 * weights[place] / (16 - weights[$1])
            }
        }
        #expect(isLikely(counts(at: 1, of: scene), shares: second))
    }

    @Test("weighted stands weights of any size", arguments: [[1e-300, 1e300, 1, 1], [1e-9, 1e-9, 1e-9, 1e-9]])
    func oddWeights(weights: [Double]) {
        let scene = scene(.weighted, weights: weights)
        for seed in 0..<100 { #expect(Set(scene.order(seed: UInt64(seed))) == Set(Self.names)) }
    }

    @Test("round-robin: each in turn, exactly, and those after it in the order of the route")
    func roundRobin() {
        var scene = scene(.roundRobin)
        #expect(counts(requests: 4000, of: scene) == [1000, 1000, 1000, 1000])
        #expect(scene.order(sequence: 6) == ["c", "d", "a", "b"])
        scene.note("b", .failure(.rateLimited, retryAfter: .seconds(5)))
        #expect(counts(requests: 3000, of: scene) == [1000, 0, 1000, 1000])
        #expect(scene.order(sequence: .max).count == 4)
    }

    @Test("ordered and hedged: always as they stand", arguments: [StrategyName.ordered, .hedged])
    func ordered(strategy: StrategyName) {
        #expect(counts(requests: 500, of: scene(strategy)) == [500, 0, 0, 0])
        #expect(scene(strategy).order() == Self.names)
    }

    @Test("least-latency: the faster of two by chance, so the slowest of all is never first")
    func leastLatency() {
        var scene = scene(.leastLatency)
        for (place, name) in Self.names.enumerated() {
            scene.book.noteFirstToken(scene.fixture.id(name), after: .milliseconds(100 * (place + 1)), at: .zero)
        }
        // Of the 6 pairs the fastest is in 3, the second best of those without it in 2, and so on.
        let counts = counts(of: scene)
        #expect(counts[3] == 0)
        #expect(isLikely(Array(counts[..<3]), shares: [3, 2, 1]))
        // Twice as fast, but with three requests in flight it takes four times as long.
        for _ in 0..<3 { scene.book.begin(scene.fixture.id("a"), credential: 0, at: .zero) }
        let busy = self.counts(of: scene)
        #expect(busy[1] > busy[0])
    }

    @Test("least-latency: one that nobody knows goes first, for one request at a time")
    func unknownLatency() {
        var scene = scene(.leastLatency)
        for name in ["b", "c", "d"] {
            scene.book.noteFirstToken(scene.fixture.id(name), after: .milliseconds(1), at: .zero)
        }
        // It is in half of the pairs, and wins them all.
        #expect(isLikely(joined(counts(of: scene)), shares: [1, 1]))
        scene.book.begin(scene.fixture.id("a"), credential: 0, at: .zero)
        #expect(counts(of: scene)[0] == 0)
    }

    private func joined(_ counts: [Int]) -> [Int] { [counts[0], counts[1...].reduce(0, +)] }

    @Test("least-busy: the fewest in flight; equals by chance")
    func leastBusy() {
        var scene = scene(.leastBusy)
        #expect(isLikely(counts(of: scene), shares: [1, 1, 1, 1]))
        for name in ["a", "a", "b", "c"] { scene.book.begin(scene.fixture.id(name), credential: 0, at: .zero) }
        #expect(counts(requests: 200, of: scene) == [0, 0, 0, 200])
        scene.book.begin(scene.fixture.id("d"), credential: 0, at: .zero)
        let counts = counts(of: scene)
        #expect(counts[0] == 0 && isLikely(Array(counts[1...]), shares: [1, 1, 1]))
    }

    @Test("least-busy keeps parallel requests level")
    func leastBusyLevels() {
        var scene = scene(.leastBusy)
        for request in 0..<400 {
            let plan = scene.plan(sequence: request, seed: UInt64(request))
            scene.book.begin(plan.candidates[0].deployment, credential: 0, at: .zero)
        }
        #expect(Self.names.map { scene.book.inFlight(scene.fixture.id($0)) } == [100, 100, 100, 100])
    }

    @Test("cheapest: by the price of prompt and answer; unknown prices last")
    func cheapest() {
        let prices: [Price?] = [
            nil, Price(input: 1, output: 20), Price(input: 4, output: 5), Price(input: 30, output: 60),
        ]
        let specs = zip(Self.names, prices).map { RouteFixture.Spec(name: $0, price: $1) }
        let scene = RouteScene(specs) { $0.strategy = .cheapest }
        let long = RouteQuery(model: "m", promptTokens: 10_000, answerTokens: 100)
        let talkative = RouteQuery(model: "m", promptTokens: 100, answerTokens: 10_000)
        #expect(scene.order(long) == ["b", "c", "d", "a"])
        #expect(scene.order(talkative) == ["c", "b", "d", "a"])
    }

    @Test("sticky: the same for the same session, and over all sessions by weight")
    func sticky() {
        let scene = scene(.sticky, weights: [4, 2, 1, 1])
        let session = { (affinity: Int) in RouteQuery(model: "m", affinity: UInt64(affinity)) }
        #expect(isLikely(counts(of: scene, query: session), shares: [4, 2, 1, 1]))
        for affinity in 0..<50 {
            let orders = Set((0..<5).map { scene.order(session(affinity), sequence: $0, seed: UInt64($0)) })
            #expect(orders.count == 1)
        }
        // Requests without a session are spread by weight too.
        #expect(isLikely(counts(of: scene), shares: [4, 2, 1, 1]))
    }

    @Test("sticky: if one is out, only its own sessions move, and they come back")
    func stickyMoves() {
        let scene = scene(.sticky)
        var without = scene
        without.note("c", .failure(.rateLimited, retryAfter: .seconds(60)))
        var moved: [String: Int] = [:]
        for affinity in 0..<2000 {
            let query = RouteQuery(model: "m", affinity: UInt64(affinity) << 32)
            let (before, after) = (scene.order(query), without.order(query))
            if before[0] == "c" {
                #expect(after[0] == before[1])
                moved[after[0], default: 0] += 1
            } else {
                #expect(after[0] == before[0])
            }
        }
        #expect(isLikely(["a", "b", "d"].map { moved[$0] ?? 0 }, shares: [1, 1, 1]))
    }
}
