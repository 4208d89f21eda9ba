import GatewayKit
import Glibc
import ProviderKit
import ProviderTesting
import Testing

@testable import TransportKit

/// Prometheus's own judgement of the text.
@Suite("promtool", .timeLimit(.minutes(5)))
struct PromtoolTests {
    private static let path = "/usr/bin/promtool"
    private static var isInstalled: Bool { unsafe access(path, X_OK) == 0 }

    @Test(
        "It has nothing to complain of",
        .enabled(if: isInstalled, "promtool is not installed: run scripts/dependencies prometheus"),
        arguments: [false, true]
    )
    func check(isUsed: Bool) async throws {
        let metrics = GatewayMetrics(version: "1.0.0-\"dev\"", loops: 1)
        if isUsed {
            metrics.setGauges {
                var gauges = GatewayGauges()
                gauges.providers = ["openai": true]
                gauges.upstream = HTTPClient.Statistics()
                return gauges
            }
            metrics.record(.chat())
            metrics.record(.chat(model: "a\"b\\c\nd", requested: "ü 🦊", attempts: []))
            metrics.record(.chat(status: 502, outcome: .failed, error: "network", attempts: [.failed(.network)]))
            metrics.record(.chat(outcome: .callerGone, usage: nil))
            metrics.record(.unrouted())
        }
        let promtool = try await ChildProcess(Self.path, ["check", "metrics"])
        promtool.write(String(decoding: metrics.render(), as: UTF8.self))
        promtool.closeInput()
        let outcome = try await promtool.outcome()
        #expect(outcome == .init(status: 0, output: "", errorOutput: ""))
    }
}
