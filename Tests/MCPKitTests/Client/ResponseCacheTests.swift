import Testing
import TransportKit

@testable import MCPKit

struct ResponseCacheTests {
    private let key = ResponseCache.Key(method: "tools/list", params: [:])

    private func instant(_ seconds: Int64) -> LoopInstant { LoopInstant(nanoseconds: seconds * 1_000_000_000) }

    @Test("An answer is used until its time is over, and not without one", arguments: [nil, 0, -5, 10_000] as [Int?])
    func keeps(milliseconds: Int?) {
        var cache = ResponseCache()
        var result: JSONObject = ["tools": []]
        result["ttlMs"] = milliseconds.map { .number(JSONNumber($0)) }
        cache.keep(result, for: key, at: instant(0), generation: cache.generation)
        #expect((cache.result(for: key, at: instant(9)) != nil) == (milliseconds == 10_000))
        #expect(cache.result(for: key, at: instant(10)) == nil)
    }

    @Test("A notification makes answers stale, also those that are on their way")
    func invalidates() {
        var cache = ResponseCache()
        let result: JSONObject = ["ttlMs": 10_000]
        let read = ResponseCache.Key(method: "resources/read", params: ["uri": "a"])
        let generation = cache.generation
        cache.keep(result, for: key, at: instant(0), generation: generation)
        cache.keep(result, for: read, at: instant(0), generation: generation)
        cache.invalidate(by: "notifications/resources/updated", ["uri": "b"])
        #expect(cache.result(for: read, at: instant(1)) != nil)
        cache.invalidate(by: "notifications/resources/updated", ["uri": "a"])
        #expect(cache.result(for: read, at: instant(1)) == nil)
        #expect(cache.result(for: key, at: instant(1)) != nil)
        cache.invalidate(by: "notifications/tools/list_changed", nil)
        #expect(cache.result(for: key, at: instant(1)) == nil)
        cache.keep(result, for: key, at: instant(1), generation: generation)
        #expect(cache.result(for: key, at: instant(1)) == nil)
    }

    @Test("What is kept is few and small")
    func bounds() {
        var cache = ResponseCache()
        for number in 0..<1000 {
            let key = ResponseCache.Key(method: "resources/read", params: ["uri": .string("\(number)")])
            cache.keep(["ttlMs": 10_000], for: key, at: instant(0), generation: cache.generation)
        }
        let kept = (0..<1000).count { number in
            cache.result(for: .init(method: "resources/read", params: ["uri": .string("\(number)")]), at: instant(0))
                != nil
        }
        #expect(kept == 128)
        let large: JSONObject = ["ttlMs": 10_000, "x": .string(String(repeating: "x", count: 1 << 20))]
        cache.keep(large, for: key, at: instant(0), generation: cache.generation)
        #expect(cache.result(for: key, at: instant(0)) == nil)
    }
}
