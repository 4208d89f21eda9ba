import ProviderKit
import Testing

@testable import ProviderKit

@Suite("Catalogue of models")
struct ModelCatalogTests {
    private static func models(_ count: Int) -> [Model] {
        (0..<count).map { Model(id: ModelID("m\($0)"), provider: "p") }
    }

    static let boundaries: [(count: Int, limit: Int, sizes: [Int])] = [
        (0, 3, [0]), (1, 3, [1]), (3, 3, [3]), (4, 3, [3, 1]), (6, 3, [3, 3]), (7, 3, [3, 3, 1]), (2, 1, [1, 1]),
        (2, 0, [1, 1]), (2, -5, [1, 1]), (2, .max, [2]),
    ]

    @Test("Pages end where they should and hold each model once", arguments: boundaries)
    func pages(count: Int, limit: Int, sizes: [Int]) throws {
        let all = Self.models(count)
        var found: [Model] = []
        var counts: [Int] = []
        var cursor: String?
        repeat {
            let page = try ModelPage(of: all, after: cursor, limit: limit)
            counts.append(page.models.count)
            found += page.models
            cursor = page.next
        } while cursor != nil && counts.count < 10
        #expect(found == all)
        #expect(counts == sizes)
    }

    @Test("A cursor that the list does not have is refused")
    func unknownCursor() {
        let error = #expect(throws: PlexError.self) { try ModelPage(of: Self.models(2), after: "gone", limit: 2) }
        #expect(error?.code == .invalidRequest)
        #expect(throws: Never.self) { try ModelPage(of: Self.models(2), after: "m1", limit: 2) }
    }

    @Test("Collecting stops at the last page, at a circle and at a list without an end")
    func collect() async throws {
        let all = Self.models(5)
        let collected = try await ModelPage.collect { cursor throws(PlexError) in
            try ModelPage(of: all, after: cursor, limit: 2)
        }
        #expect(collected == all)
        let circle = await #expect(throws: PlexError.self) {
            try await ModelPage.collect { _ throws(PlexError) in ModelPage(models: [], next: "again") }
        }
        #expect(circle?.code == .malformedResponse)
        var count = 0
        let endless = await #expect(throws: PlexError.self) {
            try await ModelPage.collect(maximumPages: 7) { _ throws(PlexError) in
                count += 1
                return ModelPage(models: [], next: "\(count)")
            }
        }
        #expect(endless?.code == .malformedResponse && count == 7)
    }

    static let times: [(String, Int?)] = [
        ("1970-01-01T00:00:00Z", 0), ("2025-09-29T00:00:00Z", 1_759_104_000),
        ("2025-05-04T17:37:44.706015396-07:00", 1_746_405_464), ("2024-02-29T12:00:00.5+05:30", 1_709_188_200),
        ("1969-12-31T23:59:59Z", -1), ("2000-03-01t00:00:00z", 951_868_800), ("2025-09-29", nil), ("", nil),
        ("2025-09-29T00:00:00", nil), ("2025-13-29T00:00:00Z", nil), ("2025-09-29T00:00:00+0100", nil),
        ("2025-0x-29T00:00:00Z", nil), ("2025-09-29T00:00:00Zx", nil),
    ]

    @Test("Times of the wire are read as RFC 3339 writes them", arguments: times)
    func time(text: String, seconds: Int?) {
        #expect(Timestamp.seconds(rfc3339: text) == seconds)
    }
}
