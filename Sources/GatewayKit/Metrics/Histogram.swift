/// Counts of observed values by size.
struct Histogram: Sendable {
    /// One count for each bound of the family, and one for what is larger; empty before the first value.
    private(set) var counts: [UInt64]
    /// The sum of the values.
    private(set) var sum: Double

    /// Makes a histogram that has counted something already.
    init(counts: [UInt64] = [], sum: Double = 0) {
        self.counts = counts
        self.sum = sum
    }

    /// Counts a value.
    mutating func observe(_ value: Double, in buckets: HistogramBuckets) {
        if counts.isEmpty { counts = [UInt64](repeating: 0, count: buckets.bounds.count + 1) }
        counts[buckets.index(of: value)] += 1
        sum += value
    }

    /// Adds what another one of the same family has counted.
    mutating func merge(_ other: Histogram) {
        guard !other.counts.isEmpty else { return }
        guard !counts.isEmpty else {
            self = other
            return
        }
        for index in counts.indices { counts[index] += other.counts[index] }
        sum += other.sum
    }
}

/// The upper bounds of a family's buckets.
struct HistogramBuckets: Sendable {
    let bounds: [Double]
    /// The bounds as the text format writes them, the endless one included.
    let labels: [String]

    init(_ bounds: [Double]) {
        self.bounds = bounds
        labels = bounds.map { Int(exactly: $0).map(String.init) ?? "\($0)" } + ["+Inf"]
    }

    func index(of value: Double) -> Int {
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        return index
    }

    // What OpenTelemetry's semantic conventions for generative AI recommend for each of their metrics.
    static let requestDuration = HistogramBuckets([
        0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
    ])
    static let timeToFirstToken = HistogramBuckets([
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
    ])
    static let timePerOutputToken = HistogramBuckets([
        0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5,
    ])
    static let tokenUsage = HistogramBuckets([
        1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
    ])
    // The gateway's own part is tens of microseconds when all is well.
    static let overhead = HistogramBuckets([
        0.000_025, 0.000_05, 0.000_1, 0.000_2, 0.000_4, 0.000_8, 0.001_6, 0.003_2, 0.006_4, 0.012_8, 0.05, 0.2, 1,
    ])
}
