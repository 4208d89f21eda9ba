internal import Synchronization

/// Names for requests: a part that is this process's own, and a count.
struct RequestIDs: ~Copyable, Sendable {
    private static let longest = 128

    private let prefix: String
    private let counter = Atomic<UInt64>(0)

    init() {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        prefix = "req_" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    func next() -> String {
        let count = String(counter.add(1, ordering: .relaxed).newValue, radix: 16)
        return prefix + String(repeating: "0", count: max(0, 8 - count.count)) + count
    }

    /// A caller's own name for its request, if it is one that can stand in a log and a header as it is.
    static func accepted(_ id: String?) -> String? {
        guard let id, (1...longest).contains(id.utf8.count) else { return nil }
        let isLegal = id.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: ":"):
                true
            default: false
            }
        }
        return isLegal ? id : nil
    }
}
