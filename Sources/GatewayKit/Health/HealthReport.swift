internal import ProviderKit
package import TransportKit

/// How the gateway's providers are, in a form that guests may read.
package struct HealthReport: Sendable {
    /// The whole in one word.
    package enum Status: String, Sendable, Hashable {
        /// Every provider answers, or was not asked yet.
        case ok
        /// Some provider does not answer, or not always.
        case degraded
        /// No provider answers.
        case unavailable
    }

    /// The whole in one word.
    package var status: Status
    /// The report for `GET /v1/health`.
    package var json: JSONValue
}

extension HealthBoard {
    /// Reports how each provider is.
    ///
    /// - Parameter probing: What is asked anew before.
    /// - Returns: The report.
    package func report(probing: Probing) async -> HealthReport {
        await probe(probing)
        let time = elapsed()
        let entries = state.withLock { state in
            state.order.compactMap { id in state.entries[id].map { (id, $0) } }
        }
        let states = entries.map { $0.1.health.state(at: time) }
        let status = HealthReport.Status(of: states)
        return HealthReport(
            status: status,
            json: [
                "status": .string(status.rawValue),
                "providers": .array(entries.map { $0.1.json(id: $0.0.rawValue, at: time) }),
                "version": .string(version),
                "uptime_s": .number(JSONNumber(Int(time.components.seconds))),
            ]
        )
    }

    /// How each provider is, without asking.
    var conditions: [WatchedStates.Provider] {
        let time = elapsed()
        return state.withLock { state in
            state.order.compactMap { id in
                guard let state = state.entries[id]?.health.state(at: time) else { return nil }
                return WatchedStates.Provider(name: id.rawValue, state: state.word, reason: state.reason?.description)
            }
        }
    }

    /// What was counted for each provider, for the operator.
    package var counters: JSONValue {
        let time = elapsed()
        return state.withLock { state in
            .array(
                state.order.compactMap { id in
                    guard let entry = state.entries[id] else { return nil }
                    return [
                        "name": .string(id.rawValue), "state": .string(entry.health.state(at: time).word),
                        "successes": .number(JSONNumber(entry.successes)),
                        "failures": .number(JSONNumber(entry.failures)),
                        "success_ratio_1m": entry.health.successRatio(at: time).map { .number(JSONNumber($0)) }
                            ?? .null,
                    ]
                }
            )
        }
    }
}

extension HealthReport.Status {
    fileprivate init(of states: [ProviderHealth.State]) {
        if !states.contains(where: \.isAvailable) {
            self = .unavailable
        } else if states.contains(where: { $0 != .healthy && $0 != .unknown }) {
            self = .degraded
        } else {
            self = .ok
        }
    }
}

extension HealthBoard.Entry {
    fileprivate func json(id: String, at time: Duration) -> JSONValue {
        let state = health.state(at: time)
        return [
            "name": .string(id), "state": .string(state.word),
            "reason": state.reason.map { .string($0.description) } ?? .null,
            "last_success": health.lastSuccess.map(Self.timestamp) ?? .null,
            "last_failure": health.lastFailure.map { failure in
                [
                    "at": Self.timestamp(failure.time), "code": .string(failure.code.description),
                    "status": failure.status.map { .number(JSONNumber($0)) } ?? .null,
                ]
            } ?? .null,
            "consecutive_failures": .number(JSONNumber(health.consecutiveFailures)),
            "latency_ms": latency.map { .number(JSONNumber(($0.inSeconds * 10_000).rounded() / 10)) } ?? .null,
            "models": modelCount.map { .number(JSONNumber($0)) } ?? .null,
        ]
    }

    private static func timestamp(_ seconds: Double) -> JSONValue {
        .string(LogEvent.timestamp(of: .milliseconds(Int64(seconds * 1000))))
    }
}

extension ProviderHealth.State {
    var word: String {
        switch self {
        case .unknown: "unknown"
        case .healthy: "healthy"
        case .degraded: "degraded"
        case .unavailable: "unavailable"
        }
    }

    fileprivate var reason: HealthReason? {
        switch self {
        case .unknown, .healthy: nil
        case .degraded(let reason), .unavailable(let reason): reason
        }
    }
}
