/// Counts of times by their size, of which percentiles are read; it forgets nothing.
struct FineHistogram: Sendable, Hashable {
    /// How many halvings each doubling is cut into: 6 is exact to a hundredth.
    private let bits: Int
    private var counts: [UInt32] = []
    private(set) var total = 0
    private(set) var maximum: Int64 = 0
    private var sum = 0.0

    init(bits: Int = 6) {
        self.bits = bits
    }

    /// Counts a time in nanoseconds.
    mutating func note(_ time: Int64) {
        let time = max(time, 0)
        let bucket = bucket(of: Int(time / 1000))
        if bucket >= counts.count {
            counts.append(contentsOf: repeatElement(0, count: bucket + 1 - counts.count))
        }
        counts[bucket] += 1
        total += 1
        sum += Double(time)
        maximum = max(maximum, time)
    }

    var mean: Duration { total > 0 ? .nanoseconds(Int64(sum / Double(total))) : .zero }

    /// The time that a share of the observations did not exceed.
    func percentile(_ share: Double) -> Duration {
        guard total > 0 else { return .zero }
        let rank = share * Double(total)
        var below = 0.0
        for (index, count) in counts.enumerated() where count > 0 {
            if below + Double(count) >= rank {
                let (low, width) = range(of: index)
                let inside = max(rank - below, 0) / Double(count)
                return .nanoseconds(min(Int64((Double(low) + Double(width) * inside) * 1000), maximum))
            }
            below += Double(count)
        }
        return .nanoseconds(maximum)
    }

    // Microseconds: one bucket each at first, then 2^bits to a power of two.
    private func bucket(of value: Int) -> Int {
        guard value >= 1 << (bits + 1) else { return value }
        let exponent = Int.bitWidth - 1 - value.leadingZeroBitCount
        return ((exponent - bits + 1) << bits) + ((value >> (exponent - bits)) & ((1 << bits) - 1))
    }

    private func range(of bucket: Int) -> (low: Int, width: Int) {
        guard bucket >= 1 << (bits + 1) else { return (bucket, 1) }
        let exponent = (bucket >> bits) + bits - 1
        let width = 1 << (exponent - bits)
        return ((1 << exponent) + (bucket & ((1 << bits) - 1)) * width, width)
    }
}
