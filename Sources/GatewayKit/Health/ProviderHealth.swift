internal import ProviderKit

/// How a provider is, judged by what came of the requests to it; a pure value.
struct ProviderHealth: Sendable {
    /// What is known of a provider.
    enum State: Sendable, Hashable {
        /// It was not asked yet.
        case unknown
        /// It answers.
        case healthy
        /// It answers, but not always or not at once.
        case degraded(HealthReason)
        /// It does not answer.
        case unavailable(HealthReason)
    }

    /// The last thing that went wrong.
    struct Failure: Sendable {
        var code: PlexError.Code
        var status: Int?
        /// Seconds since 1970.
        var time: Double
    }

    /// Errors in a row after which a provider counts as unavailable.
    private static let tolerance = 3
    /// How many outcomes the share of errors is judged by, at least.
    private static let minimumSample = 10

    private enum Latest: Sendable {
        case success
        case failure(PlexError.Code, isCertain: Bool)
    }

    private var latest: Latest?
    private var window = OutcomeWindow()
    /// When it last answered, in seconds since 1970.
    private(set) var lastSuccess: Double?
    private(set) var lastFailure: Failure?
    private(set) var consecutiveFailures = 0

    /// Notes that it answered.
    ///
    /// - Parameters:
    ///   - time: When, on the clock that only moves forward.
    ///   - timestamp: When, in seconds since 1970.
    mutating func succeeded(at time: Duration, timestamp: Double) {
        latest = .success
        consecutiveFailures = 0
        lastSuccess = timestamp
        window.add(isSuccess: true, at: time)
    }

    /// Notes an error, if it says something about the provider.
    ///
    /// - Parameters:
    ///   - code: The error.
    ///   - status: The HTTP status, where there was one.
    ///   - isProbe: Whether the provider was asked only to see how it is.
    ///   - time: When, on the clock that only moves forward.
    ///   - timestamp: When, in seconds since 1970.
    mutating func failed(_ code: PlexError.Code, status: Int?, isProbe: Bool, at time: Duration, timestamp: Double) {
        let bearing = HealthBearing(code)
        guard bearing != .none else { return }
        lastFailure = Failure(code: code, status: status, time: timestamp)
        // Who answers real requests is up, even if it cannot list its models.
        let isCertain = bearing == .certain || (isProbe && window.counts(at: time).successes == 0)
        latest = .failure(code, isCertain: isCertain && bearing != .slowdown)
        guard bearing != .slowdown else { return }
        consecutiveFailures += 1
        window.add(isSuccess: false, at: time)
    }

    /// The judgement at a time.
    func state(at time: Duration) -> State {
        switch latest {
        case nil: return .unknown
        case .success:
            let (successes, failures) = window.counts(at: time)
            let isBad = successes + failures >= Self.minimumSample && failures > successes
            return isBad ? .degraded(.failingOften) : .healthy
        case .failure(let code, let isCertain):
            let reason = HealthReason(code)
            return isCertain || consecutiveFailures >= Self.tolerance ? .unavailable(reason) : .degraded(reason)
        }
    }

    /// The share of good outcomes in the last minute; `nil` if there were none.
    func successRatio(at time: Duration) -> Double? {
        let (successes, failures) = window.counts(at: time)
        return successes + failures == 0 ? nil : Double(successes) / Double(successes + failures)
    }
}
