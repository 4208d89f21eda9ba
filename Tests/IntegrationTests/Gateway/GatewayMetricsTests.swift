import ProviderTesting
import Testing
import TransportKit

@Suite(.timeLimit(.minutes(5))) struct GatewayMetricsTests {
    @Test func prometheusFindsNothingWrongWithThem() async throws {
        try await ScriptedUpstream.run(answer: { request in
            if request.isModelListing { return .models(["m"]) }
            // A name that is to be escaped in a label.
            return request.model == "m" ? .text("Hello") : .error(429, fields: ["Retry-After": "7"])
        }) { upstream in
            let gateway = try await GatewayProcess.start(providers: upstream.providers())
            for dialect in WireDialect.allCases {
                _ = try await gateway.chat("\(dialect.rawValue)/m")
                _ = try await gateway.chat("\(dialect.rawValue)/a \"b\"\\\n")
                var stream = try await gateway.stream("\(dialect.rawValue)/m")
                await stream.readToEnd()
            }
            let metrics = try await gateway.ask("GET", "/metrics", at: .tcpHost).text
            let tool = try await ChildProcess("/usr/bin/env", ["promtool", "check", "metrics"])
            tool.write(metrics)
            tool.closeInput()
            let outcome = try await tool.outcome()
            #expect(outcome.status == 0, "\(outcome.errorOutput)")
            #expect(outcome.errorOutput == "")
            for name in [
                "gen_ai_client_token_usage", "gen_ai_server_request_duration", "gen_ai_server_time_to_first_token",
            ] {
                #expect(metrics.contains(name), "\(name) is missing")
            }
        }
    }
}
