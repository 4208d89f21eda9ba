import ProviderKit
import RouterKit
import TransportKit

extension SimulationReport {
    /// The report for programs; times in seconds.
    var json: JSONValue {
        [
            "seconds": Self.seconds(duration), "seed": .number(JSONNumber(Int(clamping: seed))),
            "requests": Self.count(requests), "succeeded": Self.count(succeeded),
            "success_rate": .number(JSONNumber(successRate)), "failures": Self.object(failures),
            "first_token": Self.object(firstToken), "whole": Self.object(whole), "attempts": Self.count(attempts),
            "requests_by_attempts": .array(requestsByAttempts.map(Self.count)), "waits": Self.count(waits),
            "waited": Self.seconds(waited), "hedges": Self.count(hedges), "hedges_won": Self.count(hedgesWon),
            "cuts": .array(cuts.map(Self.object)), "mean_in_flight": .number(JSONNumber(meanInFlight)),
            "peak_in_flight": Self.count(peakInFlight),
            "cost": .number(JSONNumber(costs.reduce(0) { $0 + $1.cost })),
            "providers": .array(
                costs.map { ["provider": .string($0.provider.rawValue), "cost": .number(JSONNumber($0.cost))] }
            ),
            "deployments": .array(deployments.map(Self.object)), "recoveries": .array(recoveries.map(Self.object)),
            "minutes": .array(timeline.map(Self.object)),
        ]
    }

    private static func object(_ latency: Latency) -> JSONValue {
        [
            "count": count(latency.count), "mean": seconds(latency.mean), "p50": seconds(latency.p50),
            "p95": seconds(latency.p95), "p99": seconds(latency.p99), "maximum": seconds(latency.maximum),
        ]
    }

    private static func object(_ failures: [Failures]) -> JSONValue {
        .object(JSONObject(failures.map { ($0.code.description, count($0.count)) }))
    }

    private static func object(_ cuts: Cuts) -> JSONValue {
        [
            "on_stream_cut": .string(cuts.onStreamCut.rawValue), "broken": count(cuts.broken),
            "seen": count(cuts.seen), "mended": count(cuts.mended),
        ]
    }

    private static func object(_ figures: DeploymentFigures) -> JSONValue {
        [
            "deployment": .string(figures.deployment.description), "attempts": count(figures.attempts),
            "answers": count(figures.answers), "failures": object(figures.failures),
            "abandoned": count(figures.abandoned), "hedges": count(figures.hedges),
            "mean_in_flight": .number(JSONNumber(figures.meanInFlight)), "cost": .number(JSONNumber(figures.cost)),
            "breaker_openings": count(figures.breakerOpenings), "failed_probes": count(figures.failedProbes),
        ]
    }

    private static func object(_ recovery: Recovery) -> JSONValue {
        var fields: JSONObject = ["deployment": .string(recovery.deployment.description)]
        fields["recovered"] = seconds(recovery.recovered)
        fields["back_after"] = recovery.back.map(seconds) ?? .null
        return .object(fields)
    }

    private static func object(_ minute: Minute) -> JSONValue {
        [
            "requests": count(minute.requests), "succeeded": count(minute.succeeded), "p50": seconds(minute.p50),
            "p99": seconds(minute.p99), "attempts": count(minute.attempts),
            "answers": .array(minute.answers.map(count)),
        ]
    }

    private static func count(_ number: Int) -> JSONValue { .number(JSONNumber(number)) }

    // Microseconds are as fine as the times are counted.
    private static func seconds(_ time: Duration) -> JSONValue {
        .number(JSONNumber((time.inSeconds * 1e6).rounded() / 1e6))
    }
}
