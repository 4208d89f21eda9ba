import ProviderKit
import RouterKit
import Testing

@Suite("Pools of credentials in plans")
struct CredentialPoolTests {
    private func scene(
        _ pool: CompiledRoute.CredentialStrategy,
        weights: [Double] = [1, 1, 1],
        strategy: StrategyName = .ordered
    ) -> RouteScene {
        let keys = weights.enumerated().map { ("k\($0.offset)", $0.element) }
        return RouteScene([
            RouteFixture.Spec(name: "a", credentials: keys, pool: pool),
            RouteFixture.Spec(name: "b", credentials: keys, pool: pool),
        ]) { $0.strategy = strategy }
    }

    private func counts(_ scene: RouteScene, requests: Int = 12_000, query: (Int) -> RouteQuery) -> [Int] {
        var counts = [0, 0, 0]
        for request in 0..<requests {
            let first = scene.plan(query(request), sequence: request, seed: UInt64(request)).candidates[0].deployment
            counts[Int(scene.fixture.name(first).suffix(1)) ?? 0] += 1
        }
        return counts
    }

    private let plain: (Int) -> RouteQuery = { _ in RouteQuery(model: "m") }

    @Test("round-robin: each key in turn, and the others behind it")
    func roundRobin() {
        let scene = scene(.roundRobin)
        #expect(counts(scene, query: plain) == [4000, 4000, 4000])
        #expect(scene.order(sequence: 1) == ["a#k1", "a#k2", "a#k0", "b#k1", "b#k2", "b#k0"])
    }

    @Test("round-robin of targets and of keys do not fall into step", arguments: [2, 3, 4])
    func roundRobinOfBoth(keys: Int) {
        let scene = scene(.roundRobin, weights: Array(repeating: 1, count: keys), strategy: .roundRobin)
        var counts: [String: Int] = [:]
        for request in 0..<(keys * 200) { counts[scene.order(sequence: request)[0], default: 0] += 1 }
        #expect(counts.count == keys * 2 && Set(counts.values) == [100])
    }

    @Test("weighted: each key as often as its weight says")
    func weighted() {
        #expect(isLikely(counts(scene(.weighted, weights: [6, 3, 1]), query: plain), shares: [6, 3, 1]))
    }

    @Test("fill-first: the first for as long as it can be used")
    func fillFirst() {
        var scene = scene(.fillFirst)
        #expect(counts(scene, requests: 100, query: plain) == [100, 0, 0])
        scene.note("a", credential: "k0", .failure(.rateLimited, retryAfter: .seconds(9)))
        #expect(scene.order() == ["a#k1", "a#k2", "b#k0", "b#k1", "b#k2", "a#k0"])
        scene.now = .seconds(9)
        #expect(scene.order()[0] == "a#k0")
    }

    @Test("sticky: the same key for the same session, all by weight; without a session in turn")
    func sticky() {
        let scene = scene(.sticky, weights: [2, 1, 1])
        #expect(isLikely(counts(scene) { RouteQuery(model: "m", affinity: UInt64($0)) }, shares: [2, 1, 1]))
        let query = RouteQuery(model: "m", affinity: 7)
        #expect(Set((0..<30).map { scene.order(query, sequence: $0, seed: UInt64($0)) }).count == 1)
        #expect(counts(scene, query: plain) == [4000, 4000, 4000])
    }

    @Test("one dead key never stops the others", arguments: CompiledRoute.CredentialStrategy.allCases)
    func deadKey(pool: CompiledRoute.CredentialStrategy) {
        for code in [PlexError.Code.authentication, .permission, .quotaExhausted] {
            var scene = scene(pool)
            var deadRequests = 0
            for request in 0..<200 {
                scene.now = .seconds(request)
                let plan = scene.plan(sequence: request, seed: UInt64(request))
                var execution = scene.execution(plan)
                var isServed = false
                while !isServed,
                    case .send(let id, _) = execution.next(
                        table: scene.fixture.table,
                        health: scene.book,
                        at: scene.now
                    )
                {
                    let key = scene.fixture.table[id].deployment.credential
                    let model = scene.fixture.table[id].deployment.model.rawValue
                    if key == "k1", model == "a" {
                        deadRequests += 1
                        scene.note(model, credential: key, .failure(code, retryAfter: nil))
                        execution.failed(id, code, status: 403, at: scene.now)
                    } else {
                        #expect(model == "a")
                        scene.note(model, credential: key, .success)
                        isServed = true
                    }
                }
                #expect(isServed && execution.attempts <= 2)
            }
            // It is found out once, and left alone for the pause.
            #expect(deadRequests <= 1)
        }
    }
}
