import GatewayKit
import ProviderKit
import Testing

@testable import TransportKit

@Suite("Gateway metrics")
struct GatewayMetricsTests {
    @Test("A chat is counted under the conventions' names")
    func chat() {
        let metrics = GatewayMetrics(version: "1.2", loops: 1)
        metrics.record(.chat())
        metrics.record(.chat())
        let samples = samples(of: metrics)
        let labels = """
            gen_ai_operation_name="chat",gen_ai_provider_name="openai",\
            gen_ai_request_model="fast",gen_ai_response_model="gpt-4o-mini"
            """
        let expected = [
            #"modelplex_http_requests_total{route="/v1/chat/completions",method="POST",status="200"}"#: "2",
            #"modelplex_attempts_total{provider="openai",model="gpt-4o-mini",outcome="ok"}"#: "2",
            "gen_ai_server_request_duration_seconds_bucket{\(labels),le=\"1.28\"}": "0",
            "gen_ai_server_request_duration_seconds_bucket{\(labels),le=\"2.56\"}": "2",
            "gen_ai_server_request_duration_seconds_bucket{\(labels),le=\"+Inf\"}": "2",
            "gen_ai_server_request_duration_seconds_sum{\(labels)}": "3",
            "gen_ai_server_request_duration_seconds_count{\(labels)}": "2",
            "gen_ai_server_time_to_first_token_seconds_bucket{\(labels),le=\"0.25\"}": "0",
            "gen_ai_server_time_to_first_token_seconds_bucket{\(labels),le=\"0.5\"}": "2",
            // 1.5 s less 0.5 s, for 100 tokens after the first.
            "gen_ai_server_time_per_output_token_seconds_sum{\(labels)}": "0.02",
            "gen_ai_client_token_usage_sum{\(labels),gen_ai_token_type=\"input\"}": "24",
            "gen_ai_client_token_usage_sum{\(labels),gen_ai_token_type=\"output\"}": "202",
            "gen_ai_client_token_usage_bucket{\(labels),gen_ai_token_type=\"input\",le=\"16\"}": "2",
            #"modelplex_overhead_seconds_bucket{le="5e-05"}"#: "0",
            #"modelplex_overhead_seconds_bucket{le="0.0001"}"#: "2",
            "modelplex_callers_gone_total": "0",
            #"modelplex_build_info{version="1.2"}"#: "1",
        ]
        for (name, value) in expected { #expect(samples[name] == value, "\(name)") }
    }

    @Test("Errors, attempts and callers who left are counted by kind")
    func failures() {
        let metrics = GatewayMetrics(version: "1", loops: 1)
        metrics.record(.chat())
        let attempts: [Attempt] = [.failed(.timeout(.firstByte)), .failed(.overloaded, status: 503)]
        metrics.record(.chat(status: 503, outcome: .failed, error: "overloaded", attempts: attempts, usage: nil))
        metrics.record(.chat(outcome: .callerGone, attempts: [.failed(.cancelled)], usage: nil))
        metrics.record(.chat(outcome: .stopped, error: "stopping", usage: nil))
        let samples = samples(of: metrics)
        let expected = [
            #"modelplex_http_requests_total{route="/v1/chat/completions",method="POST",status="503"}"#: "1",
            #"modelplex_attempts_total{provider="openai",model="gpt-4o-mini",outcome="timeout_first_byte"}"#: "1",
            #"modelplex_attempts_total{provider="openai",model="gpt-4o-mini",outcome="overloaded"}"#: "1",
            #"modelplex_attempts_total{provider="openai",model="gpt-4o-mini",outcome="cancelled"}"#: "1",
            #"modelplex_errors_total{code="overloaded"}"#: "1",
            #"modelplex_errors_total{code="stopping"}"#: "1",
            "modelplex_callers_gone_total": "1",
        ]
        for (name, value) in expected { #expect(samples[name] == value, "\(name)") }
        let durations = samples.keys.filter { $0.hasPrefix("gen_ai_server_request_duration_seconds_count") }
        #expect(durations.count == 4)
        #expect(durations.contains { $0.contains(#",error_type="overloaded""#) })
        #expect(durations.contains { $0.contains(#",error_type="stopping""#) })
        #expect(durations.contains { $0.contains(#",error_type="caller_gone""#) })
    }

    @Test("A model that no provider has answered for is no label, whatever callers ask for")
    func unknownModels() {
        let metrics = GatewayMetrics(version: "1", loops: 1)
        for number in 0..<50 {
            let model = ModelID("made-up-\(number)")
            metrics.record(
                .chat(
                    status: 404,
                    outcome: .failed,
                    model: model,
                    requested: model,
                    error: "not_found",
                    attempts: [.failed(.notFound, "openai", model, status: 404)]
                )
            )
        }
        let text = String(decoding: metrics.render(), as: UTF8.self)
        #expect(!text.contains("made-up"))
        #expect(
            text.contains(#"modelplex_attempts_total{provider="openai",model="other",outcome="not_found"} 50"#)
        )
    }

    @Test("A model that is known stays a label when it fails, also on another loop")
    func knownModels() async {
        let metrics = GatewayMetrics(version: "1", loops: 2)
        let group = EventLoopGroup(count: 2)
        await group.loops[0].run { metrics.record(.chat()) }
        await group.loops[1].run {
            metrics.record(.chat(status: 502, outcome: .failed, error: "network", attempts: [.failed(.network)]))
        }
        await group.shutdown()
        let samples = samples(of: metrics)
        #expect(
            samples[#"modelplex_attempts_total{provider="openai",model="gpt-4o-mini",outcome="network"}"#] == "1"
        )
        #expect(samples[#"modelplex_attempts_total{provider="openai",model="gpt-4o-mini",outcome="ok"}"#] == "1")
    }

    @Test("Series stay bounded, and what has none of its own is counted as other")
    func bounds() {
        var limits = GatewayMetrics.Limits()
        limits.models = 3
        limits.attemptSeries = 4
        limits.operationSeries = 4
        limits.requestSeries = 4
        limits.errorSeries = 4
        let metrics = GatewayMetrics(version: "1", loops: 1, limits: limits)
        for number in 0..<100 {
            let provider = ProviderID("p\(number)")
            var record = ExchangeRecord.chat(
                status: 200 + number,
                provider: provider,
                model: ModelID("m\(number)"),
                requested: ModelID(String(repeating: "x", count: 1000)),
                attempts: [.ok(provider, ModelID("m\(number)"))]
            )
            record.method = "METHOD\(number)"
            metrics.record(record)
            record.errorCode = "code\(number)"
            metrics.record(record)
        }
        let samples = samples(of: metrics)
        func names(_ prefix: String) -> [String] { samples.keys.filter { $0.hasPrefix(prefix) } }
        #expect(names("modelplex_attempts_total").count == 5)
        #expect(names("modelplex_errors_total").count == 5)
        #expect(names("modelplex_http_requests_total").count <= 6)
        #expect(names("gen_ai_server_request_duration_seconds_count").count <= 6)
        #expect(!samples.keys.contains { $0.contains("xxx") || $0.contains("METHOD") })
        #expect(samples[#"modelplex_errors_total{code="other"}"#] == "96")
        #expect(Int(samples["modelplex_label_overflows_total"] ?? "") ?? 0 > 300)
        let total = names("modelplex_attempts_total").compactMap { Int(samples[$0] ?? "") }.reduce(0, +)
        #expect(total == 200)
    }

    @Test("Values now are asked for at each fetch")
    func gauges() {
        let metrics = GatewayMetrics(version: "1", loops: 1)
        let connections = Locked(3)
        metrics.setGauges {
            var gauges = GatewayGauges()
            gauges.connections = connections.withLock { $0 }
            gauges.requestsInFlight = 2
            gauges.openStreams = 1
            gauges.isDraining = true
            gauges.droppedLogLines = 9
            gauges.providers = ["a": true, "b": false]
            gauges.upstream = HTTPClient.Statistics(open: 5, idle: 2, created: 7, reused: 8)
            return gauges
        }
        connections.withLock { $0 = 4 }
        let samples = samples(of: metrics)
        let expected = [
            "modelplex_connections": "4", "modelplex_requests_in_flight": "2", "modelplex_open_streams": "1",
            "modelplex_draining": "1", "modelplex_log_lines_dropped_total": "9",
            #"modelplex_provider_available{provider="a"}"#: "1",
            #"modelplex_provider_available{provider="b"}"#: "0",
            #"modelplex_upstream_connections{state="idle"}"#: "2",
            #"modelplex_upstream_connections{state="used"}"#: "3",
        ]
        for (name, value) in expected { #expect(samples[name] == value, "\(name)") }
    }

    @Test("Label values cannot break out of their quotes")
    func escaping() {
        let metrics = GatewayMetrics(version: "1", loops: 1)
        metrics.record(.chat(model: "a\"b\\c\nd", requested: "a\"b\\c\nd", attempts: []))
        let text = String(decoding: metrics.render(), as: UTF8.self)
        #expect(
            text.contains(#"gen_ai_response_model="a\"b\\c\nd","#)
                || text.contains(#"gen_ai_response_model="a\"b\\c\nd"}"#)
        )
    }

    @Test("Counting on several threads loses nothing")
    func threads() async {
        let metrics = GatewayMetrics(version: "1", loops: 2)
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<250 { metrics.record(.chat()) }
                }
            }
        }
        let text = String(decoding: await metrics.rendered(), as: UTF8.self)
        #expect(text.contains(#"{provider="openai",model="gpt-4o-mini",outcome="ok"} 1000"#))
    }

    @Test("The process's own figures are those of a running process")
    func process() throws {
        let samples = samples(of: GatewayMetrics(version: "1", loops: 1))
        func value(_ name: String) throws -> Double { try #require(samples[name].flatMap(Double.init)) }
        #expect(try value("process_resident_memory_bytes") > 1_048_576)
        #expect(try value("process_virtual_memory_bytes") > value("process_resident_memory_bytes"))
        #expect(try value("process_open_fds") >= 3)
        #expect(try value("process_max_fds") >= value("process_open_fds"))
        #expect(try value("process_cpu_seconds_total") > 0)
        let now = LogEvent.now
        let age = Double(now.components.seconds) - (try value("process_start_time_seconds"))
        #expect(age > -2 && age < 86_400)
    }

    /// Each sample's value by its name and labels.
    private func samples(of metrics: GatewayMetrics) -> [String: String] {
        var samples: [String: String] = [:]
        for line in String(decoding: metrics.render(), as: UTF8.self).split(separator: "\n") where !line.hasPrefix("#")
        {
            guard let space = line.lastIndex(of: " ") else { continue }
            let name = String(line[..<space])
            #expect(samples[name] == nil, "\(name) stands twice")
            samples[name] = String(line[line.index(after: space)...])
        }
        return samples
    }
}
