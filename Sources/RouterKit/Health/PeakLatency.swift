internal import TransportKit

/// A moving average of times to a first token that rises at once and falls slowly (peak EWMA).
///
/// While nobody asks it falls too, so that a deployment that was slow once gets another chance. All times are seconds as plain
/// numbers: plans ask for many averages each.
struct PeakLatency: Sendable, Hashable {
    /// The time in seconds in which an old value loses half of its weight.
    static let halfLife = 10.0

    // Below zero until there is a value.
    private var seconds = -1.0
    private var time = 0.0

    /// The average in seconds; `nil` while nothing was seen.
    func seconds(at now: Double) -> Double? {
        seconds < 0 ? nil : seconds * Self.weight(after: now - time)
    }

    /// Notes a time to a first token.
    ///
    /// - Parameters:
    ///   - latency: The time in seconds.
    ///   - now: When, in seconds.
    mutating func note(_ latency: Double, at now: Double) {
        let new = max(latency, 0)
        let weight = Self.weight(after: now - time)
        seconds = new >= seconds * weight ? new : new + max(seconds - new, 0) * weight
        time = max(time, now)
    }

    // 2^(-elapsed / halfLife), with straight lines between the whole powers: exact enough, and the same everywhere.
    private static func weight(after elapsed: Double) -> Double {
        let halvings = max(elapsed / halfLife, 0)
        guard halvings < 64 else { return 0 }
        let whole = Int(halvings)
        // The exponent of a double stands above its 52 other bits.
        return Double(bitPattern: UInt64(1023 - whole) << 52) * (1 - (halvings - Double(whole)) / 2)
    }
}

extension Duration {
    /// The duration as a number of seconds.
    // To divide one duration by another takes ten times as long, and a request needs some.
    var inSeconds: Double { Double(wholeNanoseconds) / 1e9 }
}
