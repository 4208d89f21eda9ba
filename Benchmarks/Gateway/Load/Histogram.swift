/// Counts of values in buckets whose width grows with the value, so that each is known to within one per cent.
struct Histogram: Sendable {
    private static let precision = 7

    private var buckets = [UInt32](repeating: 0, count: (65 - precision) << precision)
    private(set) var count = 0
    private(set) var maximum: UInt64 = 0

    mutating func record(_ value: UInt64) {
        buckets[Self.bucket(of: value)] += 1
        count += 1
        maximum = max(maximum, value)
    }

    /// The value that a share of all values does not exceed, as the middle of its bucket; 0 if there are none.
    func quantile(_ share: Double) -> Double {
        let rank = max(1, Int((share * Double(count)).rounded(.up)))
        var seen = 0
        for (bucket, inBucket) in buckets.enumerated() where inBucket > 0 {
            seen += Int(inBucket)
            if seen >= rank { return min(Self.middle(of: bucket), Double(maximum)) }
        }
        return 0
    }

    private static func bucket(of value: UInt64) -> Int {
        let exponent = max(0, 63 - value.leadingZeroBitCount - precision)
        return (exponent << precision) + Int(value >> UInt64(exponent))
    }

    private static func middle(of bucket: Int) -> Double {
        let exponent = max(0, (bucket >> precision) - 1)
        let start = UInt64(bucket - (exponent << precision)) << UInt64(exponent)
        return Double(start) + Double((UInt64(1) << UInt64(exponent)) - 1) / 2
    }
}
