package import ProviderKit
package import TransportKit

extension Router: RoutingProvider {
    /// What names mean, and what is held against whom now.
    package func routingReport() async throws(PlexError) -> JSONValue {
        let rules = core.table.rules
        return [
            "routes": .array(
                rules.routes.map { route in
                    var report = route.policy.report
                    report["match"] = .string(route.match.description)
                    return .object(report)
                }
            ),
            "roles": .array(rules.roles.map { .object($0.report) }),
            "aliases": .object(
                JSONObject(rules.aliases.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
            ),
            "providers": .array(core.table.providers.map { .string($0.id.rawValue) }),
            "left_alone": .array(leftAlone),
        ]
    }

    /// What is held against whom now, as the report has it.
    package var leftAlone: [JSONValue] { healthRecords.map(\.report) }

    /// Forgets what is held against a provider; `nil` for all.
    package func forgetFailures(of provider: ProviderID?) async throws(PlexError) -> Int {
        if let provider, core.members[provider] == nil {
            throw PlexError(.notFound, "there is no provider named \(provider)")
        }
        return reset(provider)
    }
}

extension RoutePolicy {
    fileprivate var report: JSONObject {
        var report: JSONObject = [:]
        report["name"] = .string(name)
        report["strategy"] = .string(strategy.rawValue)
        report["targets"] = .array(targets.map { .string($0.description) })
        report["attempts"] = .number(JSONNumber(attempts))
        report["deadline"] = .string(deadline.words)
        report["on_stream_cut"] = .string(onStreamCut.rawValue)
        return report
    }
}

extension HealthRecord {
    /// The record as `plexctl route explain --health` reads it, with the failures that are not kept.
    fileprivate var report: JSONValue {
        guard failures > 0, case .object(var report) = json else { return json }
        report["failures"] = .number(JSONNumber(failures))
        return .object(report)
    }
}
