internal import Glibc

/// How a quantity spreads from one request to the next: seconds for times, counts for tokens; never below zero.
@nonexhaustive
public enum Distribution: Sendable, Hashable {
    /// Always the same.
    case fixed(Double)
    /// Everything between two bounds alike.
    case uniform(from: Double, to: Double)
    /// A bell around the median.
    case normal(median: Double, p99: Double)
    /// A bell with a long tail to the right, as latencies have.
    case logNormal(median: Double, p99: Double)
    /// As the time until something happens by chance.
    case exponential(median: Double)

    /// The mean; of a normal one without what is cut off below zero.
    public var mean: Double {
        switch self {
        case .fixed(let value): value
        case .uniform(let low, let high): (low + high) / 2
        case .normal(let median, _): median
        case .logNormal(let median, let p99):
            median * exp(Self.spread(median, p99) * Self.spread(median, p99) / 2)
        case .exponential(let median): median / 0.693_147_180_559_945_3
        }
    }

    // The deviation of the logarithm.
    fileprivate static func spread(_ median: Double, _ p99: Double) -> Double {
        median > 0 && p99 > median ? log(p99 / median) / deviationsToP99 : 0
    }

    fileprivate static let deviationsToP99 = 2.326_347_874_040_841
}

/// A distribution, ready to be drawn from very often.
struct DistributionSampler: Sendable {
    private enum Kind {
        case fixed(Double)
        case uniform(low: Double, width: Double)
        case normal(mean: Double, deviation: Double)
        case logNormal(mean: Double, deviation: Double)
        case exponential(mean: Double)
    }

    private let kind: Kind

    init(_ distribution: Distribution) {
        kind =
            switch distribution {
            case .fixed(let value): .fixed(value)
            case .uniform(let low, let high): .uniform(low: low, width: high - low)
            case .normal(let median, let p99):
                .normal(mean: median, deviation: max(p99 - median, 0) / Distribution.deviationsToP99)
            case .logNormal(let median, let p99) where median > 0:
                .logNormal(mean: log(median), deviation: Distribution.spread(median, p99))
            case .logNormal: .fixed(0)
            case .exponential: .exponential(mean: distribution.mean)
            }
    }

    /// Draws a value.
    func draw(_ generator: inout SeededGenerator) -> Double {
        switch kind {
        case .fixed(let value): value
        case .uniform(let low, let width): low + width * StableHash.fraction(generator.next())
        case .normal(let mean, let deviation): max(mean + deviation * Self.normal(&generator), 0)
        case .logNormal(let mean, let deviation): exp(mean + deviation * Self.normal(&generator))
        case .exponential(let mean): -mean * log(StableHash.fraction(generator.next()))
        }
    }

    // One of the two values of the method of Box and Muller.
    private static func normal(_ generator: inout SeededGenerator) -> Double {
        let radius = (-2 * log(StableHash.fraction(generator.next()))).squareRoot()
        return radius * cos(2 * .pi * StableHash.fraction(generator.next()))
    }
}
