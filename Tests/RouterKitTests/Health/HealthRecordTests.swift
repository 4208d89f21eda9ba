import ProviderKit
import RouterKit
import Testing
import TransportKit

@Suite("Records of health")
struct HealthRecordTests {
    private func spoiled() -> RouteScene {
        var scene = RouteScene([
            RouteFixture.Spec(name: "a", credentials: [("k1", 1), ("k2", 1)]), RouteFixture.Spec(name: "b"),
            RouteFixture.Spec(name: "c"), RouteFixture.Spec(name: "d"),
        ])
        scene.note("a", credential: "k1", .failure(.authentication, retryAfter: nil))
        scene.note("b", .failure(.rateLimited, retryAfter: .seconds(60)))
        for _ in 0..<5 { scene.note("c", .failure(.upstream, retryAfter: nil)) }
        scene.now = .seconds(10)
        return scene
    }

    @Test("only what is held against a deployment is told, with the time that remains")
    func records() {
        let scene = spoiled()
        let records = scene.book.records(table: scene.fixture.table, at: scene.now)
        #expect(
            records == [
                HealthRecord(
                    Deployment("a", "a", credential: "k1"),
                    refusal: .init(.authentication, remaining: .seconds(290))
                ),
                HealthRecord(Deployment("b", "b"), cooling: .seconds(50)),
                HealthRecord(Deployment("c", "c"), breaker: .open(for: .seconds(20))),
            ]
        )
        #expect(scene.book.records(table: scene.fixture.table, at: .seconds(1000)).map(\.breaker) == [.halfOpen])
    }

    @Test("another book takes them over, less the time that went by, also where its places differ")
    func restored() {
        let old = spoiled()
        let records = old.book.records(table: old.fixture.table, at: old.now)
        var scene = RouteScene([
            RouteFixture.Spec(name: "c"), RouteFixture.Spec(name: "b"),
            RouteFixture.Spec(name: "a", credentials: [("k1", 1), ("k2", 1)]),
        ])
        scene.now = .seconds(3)
        let gone = HealthRecord(Deployment("gone", "gone"), cooling: .seconds(5))
        scene.book.restore(
            (records + [gone]).compactMap { $0.aged(by: .seconds(15)) },
            table: scene.fixture.table,
            at: scene.now
        )
        #expect(scene.availability("a", credential: "k1") == .suspect(.authentication))
        #expect(scene.availability("a", credential: "k2") == .ready)
        #expect(scene.availability("b") == .cooling(until: .seconds(38)))
        #expect(scene.availability("c") == .breakerOpen(until: .seconds(8)))
        scene.now = .seconds(8)
        #expect(scene.book.begin(scene.fixture.id("c"), credential: 0, at: scene.now) == true)
    }

    @Test("times beyond the limits are cut to them")
    func limits() {
        var scene = RouteScene(RouteFixture.specs("a", "b", "c"))
        let far = Duration.seconds(1_000_000_000)
        let records = [
            HealthRecord(Deployment("a", "a"), cooling: far),
            HealthRecord(Deployment("b", "b"), breaker: .open(for: far)),
            HealthRecord(Deployment("c", "c"), refusal: .init(.quotaExhausted, remaining: far)),
        ]
        scene.book.restore(records, table: scene.fixture.table, at: .zero)
        #expect(scene.availability("a") == .cooling(until: .seconds(900)))
        #expect(scene.availability("b") == .breakerOpen(until: .seconds(900)))
        scene.now = .seconds(900)
        #expect(scene.availability("c") == .ready)
    }

    @Test("records survive a file")
    func json() throws {
        let scene = spoiled()
        let records =
            scene.book.records(table: scene.fixture.table, at: scene.now) + [
                HealthRecord(Deployment("e", "e"), breaker: .halfOpen)
            ]
        for record in records {
            let text = record.json.serializedString
            #expect(HealthRecord(json: try JSONValue(parsing: text)) == record)
        }
    }

    @Test(
        "odd files do no harm",
        arguments: [
            (#"{}"#, nil), (#"[]"#, nil), (#"{"provider":"p"}"#, nil), (#"{"provider":1,"model":"m"}"#, nil),
            (#"{"provider":"p","model":"m","cooling":-5}"#, HealthRecord(Deployment("p", "m"))),
            (#"{"provider":"p","model":"m","cooling":"x","breaker":"broken"}"#, HealthRecord(Deployment("p", "m"))),
            (
                #"{"provider":"p","model":"m","cooling":1e300}"#,
                HealthRecord(Deployment("p", "m"), cooling: .seconds(3_155_760_000))
            ),
            (#"{"provider":"p","model":"m","refused":"network","refused_for":5}"#, HealthRecord(Deployment("p", "m"))),
            (
                #"{"provider":"p","model":"m","breaker":"open"}"#,
                HealthRecord(Deployment("p", "m"), breaker: .open(for: .zero))
            ),
        ] as [(String, HealthRecord?)]
    )
    func oddFiles(text: String, expected: HealthRecord?) throws {
        #expect(HealthRecord(json: try JSONValue(parsing: text)) == expected)
    }
}
