internal import TransportKit

/// Answers that may be used again for a while, as servers of the stateless era allow it (`ttlMs`); pure.
///
/// It belongs to one connection's server and one identity, so what is private to a caller is safe in it.
struct ResponseCache {
    struct Key: Hashable {
        var method: String
        var params: JSONObject
    }

    private struct Entry {
        var result: JSONObject
        var expiry: LoopInstant
        var use: Int
    }

    private static let capacity = 128
    /// Larger results are asked for again, so that what is kept stays small.
    private static let largestResult = 256 * 1024
    private static let methods: Set = [
        "tools/list", "prompts/list", "resources/list", "resources/templates/list", "resources/read",
    ]

    private var entries: [Key: Entry] = [:]
    private var uses = 0
    /// Counts invalidations, so that an answer that was on its way meanwhile is not kept.
    private(set) var generation = 0

    static func isCacheable(_ method: String) -> Bool { methods.contains(method) }

    mutating func result(for key: Key, at now: LoopInstant) -> JSONObject? {
        guard let entry = entries[key] else { return nil }
        guard now < entry.expiry else {
            entries[key] = nil
            return nil
        }
        uses += 1
        entries[key]?.use = uses
        return entry.result
    }

    mutating func keep(_ result: JSONObject, for key: Key, at now: LoopInstant, generation: Int) {
        guard generation == self.generation, let milliseconds = result["ttlMs"]?.int, milliseconds > 0 else { return }
        var room = Self.largestResult
        guard Self.fits(.object(result), &room) else { return }
        if entries.count >= Self.capacity, entries[key] == nil,
            let oldest = entries.min(by: { $0.value.use < $1.value.use })?.key
        {
            entries[oldest] = nil
        }
        uses += 1
        // A day is enough for anything.
        let lifetime = Duration.milliseconds(min(milliseconds, 86_400_000))
        entries[key] = Entry(result: result, expiry: now.advanced(by: lifetime), use: uses)
    }

    private static func fits(_ value: JSONValue, _ room: inout Int) -> Bool {
        room -= 16
        switch value {
        case .null, .bool, .number: break
        case .string(let text): room -= text.utf8.count
        case .array(let elements):
            for element in elements where !fits(element, &room) { return false }
        case .object(let object):
            for member in object.members {
                room -= member.name.utf8.count
                guard fits(member.value, &room) else { return false }
            }
        }
        return room > 0
    }

    /// A notification makes answers stale.
    mutating func invalidate(by notification: String, _ params: JSONValue?) {
        switch notification {
        case "notifications/tools/list_changed": remove { $0.method == "tools/list" }
        case "notifications/prompts/list_changed": remove { $0.method == "prompts/list" }
        case "notifications/resources/list_changed":
            remove { $0.method.hasPrefix("resources/") && $0.method.hasSuffix("/list") }
        case "notifications/resources/updated":
            let uri = params?["uri"]
            remove { $0.method == "resources/read" && $0.params["uri"] == uri }
        default: break
        }
    }

    /// Drops all pages of a list, after one of its cursors was refused.
    mutating func removeAll(of method: String) {
        remove { $0.method == method }
    }

    mutating func removeAll() {
        remove { _ in true }
    }

    private mutating func remove(where isStale: (Key) -> Bool) {
        generation += 1
        entries = entries.filter { !isStale($0.key) }
    }
}
