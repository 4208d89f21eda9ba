internal import TransportKit

/// Counts of times by their size, eight steps to each doubling, of which percentiles are read.
///
/// Old counts lose weight, so that it follows a provider that gets slower or faster.
struct LatencyHistogram: Sendable, Hashable {
    /// The observations without which a percentile is a guess.
    static let fewest = 20
    // Beyond it all counts are halved.
    private static let most = 2000
    private static let bucketCount = 240

    private var counts: [UInt32] = []
    private var total = 0

    mutating func note(_ time: Duration) {
        if counts.isEmpty { counts = Array(repeating: 0, count: Self.bucketCount) }
        counts[Self.bucket(of: time)] += 1
        total += 1
        if total >= Self.most {
            for index in counts.indices { counts[index] /= 2 }
            total = counts.reduce(0) { $0 + Int($1) }
        }
    }

    /// The time that a share of the observations did not exceed.
    ///
    /// - Parameter share: The share, 0 to 1.
    /// - Returns: The time, to about a tenth; `nil` while too little was seen.
    func percentile(_ share: Double) -> Duration? {
        guard total >= Self.fewest else { return nil }
        let rank = min(max(share.isFinite ? share : 1, 0), 1) * Double(total)
        var below = 0.0
        for (index, count) in counts.enumerated() where count > 0 {
            if below + Double(count) >= rank {
                let (low, width) = Self.range(of: index)
                return .microseconds(low + Int(Double(width) * max(rank - below, 0) / Double(count)))
            }
            below += Double(count)
        }
        return nil
    }

    // Microseconds: one bucket each up to 7, then eight to a power of two.
    private static func bucket(of time: Duration) -> Int {
        let value = Int(min(max(time.wholeNanoseconds / 1000, 0), 4_294_967_295))
        guard value >= 8 else { return value }
        let exponent = Int.bitWidth - 1 - value.leadingZeroBitCount
        return (exponent - 2) * 8 + ((value >> (exponent - 3)) & 7)
    }

    private static func range(of bucket: Int) -> (low: Int, width: Int) {
        guard bucket >= 8 else { return (bucket, 1) }
        let exponent = bucket / 8 + 2
        return ((8 + bucket % 8) << (exponent - 3), 1 << (exponent - 3))
    }
}
