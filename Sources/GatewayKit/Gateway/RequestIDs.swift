internal import Synchronization

/// Names for requests: a part that is this process's own, and a count.
struct RequestIDs: ~Copyable, Sendable {
    private static let longest = 128

    private let prefix: [UInt8]
    private let counter = Atomic<UInt64>(0)

    init() {
        prefix = Array("req_".utf8) + (0..<16).map { _ in Self.digit(UInt64.random(in: 0..<16)) }
    }

    func next() -> String {
        let count = counter.add(1, ordering: .relaxed).newValue
        let digits = max(8, (UInt64.bitWidth - count.leadingZeroBitCount + 3) / 4)
        return unsafe String(unsafeUninitializedCapacity: prefix.count + digits) { text in
            _ = unsafe text.initialize(fromContentsOf: prefix)
            for place in 0..<digits {
                unsafe text[prefix.count + place] = Self.digit(count >> UInt64(4 * (digits - 1 - place)) & 15)
            }
            return prefix.count + digits
        }
    }

    private static func digit(_ value: UInt64) -> UInt8 {
        UInt8(truncatingIfNeeded: value < 10 ? 48 + value : 87 + value)
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
