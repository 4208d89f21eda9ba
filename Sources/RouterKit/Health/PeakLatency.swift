/// A moving average of times to a first token that rises at once and falls slowly (peak EWMA).
///
/// While nobody asks it falls too, so that a deployment that was slow once gets another chance.
struct PeakLatency: Sendable, Hashable {
    /// The time in which an old value loses half of its weight.
    static let halfLife = Duration.seconds(10)

    // Below zero until there is a value.
    private var seconds = -1.0
    private var time = Duration.zero

    /// The average in seconds; `nil` while nothing was seen.
    func seconds(at now: Duration) -> Double? {
        seconds < 0 ? nil : seconds * Self.weight(after: now - time)
    }

    mutating func note(_ latency: Duration, at now: Duration) {
        let new = max(latency / .seconds(1), 0)
        let weight = Self.weight(after: now - time)
        seconds = new >= seconds * weight ? new : new + max(seconds - new, 0) * weight
        time = max(time, now)
    }

    // 2^(-elapsed / halfLife), with straight lines between the whole powers: exact enough, and the same everywhere.
    private static func weight(after elapsed: Duration) -> Double {
        let halvings = max(elapsed / halfLife, 0)
        guard halvings < 64 else { return 0 }
        let whole = Int(halvings)
        return Double(sign: .plus, exponent: -whole, significand: 1 - (halvings - Double(whole)) / 2)
    }
}
