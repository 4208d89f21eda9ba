import ProviderKit
import RouterKit
import Testing

@Suite("Steps in words")
struct RouteStepTests {
    private static let rows: [(RouteStep, String)] = {
        let id = DeploymentID(0)
        return [
            (.chosen(id, .strategy(.weighted)), "p/a#k: asked, chosen by weighted"),
            (.chosen(id, .round(2)), "p/a#k: asked, round 2"),
            (.chosen(id, .hedge), "p/a#k: asked, beside the first, which is slow to begin"),
            (.skipped(id, .lacks(.tools), at: .zero), "p/a#k: left out, it cannot do tools"),
            (
                .skipped(id, .contextLength(tokens: 9000, limit: 8192), at: .zero),
                "p/a#k: left out, it takes 8192 tokens and this has about 9000"
            ),
            (
                .skipped(id, .cooling(until: .seconds(12)), at: .milliseconds(500)),
                "p/a#k: left alone for 11.5 s more, as it asked"
            ),
            (.skipped(id, .breakerOpen(until: .seconds(30)), at: .zero), "p/a#k: its breaker is open for 30 s more"),
            (
                .skipped(id, .refused(.authentication), at: .zero),
                "p/a#k: put last, its credential was refused lately (authentication)"
            ),
            (
                .waited(.milliseconds(1005), for: id, .retryAfter),
                "waited 1.005 s for p/a#k: it had said when to come again"
            ),
            (
                .failed(id, .rateLimited, status: 429, retryAfter: .seconds(7)),
                "p/a#k: failed, rate_limited (HTTP 429), asks to wait 7 s"
            ),
            (.failed(id, .network, status: nil, retryAfter: nil), "p/a#k: failed, network"),
            (.abandoned(id), "p/a#k: given up, another was faster"),
            (
                .gaveUp(.init(.noneAvailable, retryAt: .seconds(61)), at: .seconds(1)),
                "gave up: nobody can be asked in time; the next can be asked in 60 s"
            ),
            (.gaveUp(.init(.deadline), at: .zero), "gave up: the time is over"),
            (.waited(.seconds(-3), for: id, .backoff), "waited 0 s for p/a#k: a pause before another round"),
            (
                .waited(.seconds(Int64.max), for: id, .unavailable),
                "waited 1000000000000 s for p/a#k: nobody could be asked before"
            ),
        ]
    }()

    @Test("each step has a line", arguments: rows)
    func lines(step: RouteStep, expected: String) {
        var table = DeploymentTable()
        let facts = DeploymentFacts(
            Deployment("p", "a", credential: "k"),
            capabilities: Capabilities(features: []),
            credential: 0
        )
        _ = table.insert(facts)
        #expect(step.description(table: table) == expected)
    }
}
