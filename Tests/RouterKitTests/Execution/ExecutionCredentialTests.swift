import ProviderKit
import RouterKit
import Testing

@Suite("One bad key does not stop the rest")
struct ExecutionCredentialTests {
    private static let keys = (1...5).map { (name: "k\($0)", weight: 1.0) }

    private func scene(attempts: Int, second: Bool = true) -> RouteScene {
        let first = RouteFixture.Spec(name: "a", credentials: Self.keys, pool: .fillFirst)
        return RouteScene([first] + (second ? RouteFixture.specs("b") : [])) { $0.attempts = attempts }
    }

    struct Row: Sendable {
        var attempts: Int
        var code: PlexError.Code
        var retryAfter: Duration?
        var names: [String]
    }

    @Test(
        "however many keys fail, the last attempt is for another target",
        arguments: [
            Row(attempts: 3, code: .authentication, names: ["a#k1", "a#k2", "b"]),
            Row(attempts: 3, code: .permission, names: ["a#k1", "a#k2", "b"]),
            Row(attempts: 3, code: .quotaExhausted, names: ["a#k1", "a#k2", "b"]),
            Row(attempts: 3, code: .rateLimited, names: ["a#k1", "a#k2", "b"]),
            Row(attempts: 3, code: .rateLimited, retryAfter: .seconds(1), names: ["a#k1", "a#k2", "b"]),
            Row(attempts: 2, code: .authentication, names: ["a#k1", "b"]),
            Row(attempts: 1, code: .authentication, names: ["a#k1"]),
            Row(attempts: 9, code: .authentication, names: ["a#k1", "a#k2", "a#k3", "a#k4", "a#k5", "b"]),
        ]
    )
    func lastAttempt(row: Row) {
        var scene = scene(attempts: row.attempts)
        let result = scene.drive { name, _ in
            name == "b" ? .success() : .failure(row.code, retryAfter: row.retryAfter)
        }
        #expect(result.names == row.names)
        #expect(scene.now == .zero, "nobody had to wait")
        #expect((result.failure == nil) == (row.attempts > 1))
    }

    @Test("where no other target is ready, the keys have all attempts")
    func noOther() {
        var alone = scene(attempts: 3, second: false)
        #expect(alone.drive { _, _ in .failure(.authentication) }.names == ["a#k1", "a#k2", "a#k3"])
        var cooling = scene(attempts: 3)
        cooling.note("b", .failure(.rateLimited, retryAfter: .seconds(60)))
        #expect(cooling.drive { _, _ in .failure(.authentication) }.names == ["a#k1", "a#k2", "a#k3"])
    }

    @Test("a key that was refused is not asked by the next request while others are ready")
    func remembered() {
        var scene = scene(attempts: 3)
        let first = scene.drive { name, _ in name == "a#k3" ? .success() : .failure(.authentication) }
        #expect(first.names == ["a#k1", "a#k2", "b"])
        let second = scene.drive { name, _ in name == "a#k3" ? .success() : .failure(.authentication) }
        #expect(second.names == ["a#k3"] && second.failure == nil)
    }
}
