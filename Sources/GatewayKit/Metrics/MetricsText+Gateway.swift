internal import ProviderKit
internal import TransportKit

extension MetricsText {
    /// Writes what was counted.
    mutating func append(_ total: MetricsShard) {
        appendRequests(total)
        appendOperations(total.operations.elements.sorted { $0.key.order < $1.key.order })
    }

    private mutating func appendRequests(_ total: MetricsShard) {
        family("modelplex_http_requests_total", .counter, "Requests answered or given up, by route, method and status.")
        for (key, count) in total.requests.elements.sorted(by: { $0.key.order < $1.key.order }) {
            sample(
                "modelplex_http_requests_total",
                ["route": key.route, "method": key.method, "status": String(key.status)],
                String(count)
            )
        }
        family("modelplex_attempts_total", .counter, "Requests sent to providers, by what came of them.")
        for (key, count) in total.attempts.elements.sorted(by: { $0.key.order < $1.key.order }) {
            sample(
                "modelplex_attempts_total",
                ["provider": key.provider, "model": key.model, "outcome": key.outcome],
                String(count)
            )
        }
        family("modelplex_errors_total", .counter, "Errors told to callers, by code.")
        for (code, count) in total.errors.sorted(by: { $0.key < $1.key }) {
            sample("modelplex_errors_total", ["code": code], String(count))
        }
        single(
            "modelplex_callers_gone_total",
            .counter,
            "Callers who left before their answer's end.",
            String(total.callersGone)
        )
        single(
            "modelplex_label_overflows_total",
            .counter,
            "Requests counted as other because there were too many different labels.",
            String(total.overflows)
        )
        let name = "modelplex_overhead_seconds"
        family(name, .histogram, "The time until an answer began in which no provider was waited for.")
        histogram(name, [:], total.overhead, .overhead)
    }

    private typealias Operations = [(key: MetricsShard.OperationKey, value: MetricsShard.Operation)]

    private mutating func appendOperations(_ operations: Operations) {
        append(
            operations,
            "gen_ai_server_request_duration_seconds",
            "From a whole request to the end of its answer.",
            .requestDuration,
            \.duration
        )
        append(
            operations,
            "gen_ai_server_time_to_first_token_seconds",
            "From a whole request to the first event of its streamed answer.",
            .timeToFirstToken,
            \.timeToFirstToken
        )
        append(
            operations,
            "gen_ai_server_time_per_output_token_seconds",
            "Time for each token after the first of a whole streamed answer.",
            .timePerOutputToken,
            \.timePerOutputToken
        )
        let usage = "gen_ai_client_token_usage"
        family(usage, .histogram, "Tokens of a request and its answer, as the provider counted them.")
        for (key, operation) in operations {
            for (type, histogram) in [("input", operation.inputTokens), ("output", operation.outputTokens)]
            where !histogram.counts.isEmpty {
                self.histogram(usage, key.labels(tokenType: type), histogram, .tokenUsage)
            }
        }
    }

    private mutating func append(
        _ operations: Operations,
        _ name: String,
        _ help: String,
        _ buckets: HistogramBuckets,
        _ part: KeyPath<MetricsShard.Operation, Histogram>
    ) {
        family(name, .histogram, help)
        for (key, operation) in operations where !operation[keyPath: part].counts.isEmpty {
            histogram(name, key.labels(), operation[keyPath: part], buckets)
        }
    }

    /// Writes what the gateway holds now.
    mutating func append(_ gauges: GatewayGauges) {
        single("modelplex_connections", .gauge, "Open connections of callers.", String(gauges.connections))
        single("modelplex_requests_in_flight", .gauge, "Requests being answered.", String(gauges.requestsInFlight))
        single("modelplex_open_streams", .gauge, "Streamed answers being sent.", String(gauges.openStreams))
        single("modelplex_draining", .gauge, "1 while the gateway is stopping.", gauges.isDraining ? "1" : "0")
        single(
            "modelplex_log_lines_dropped_total",
            .counter,
            "Lines of the log given up because it could not be written fast enough.",
            String(gauges.droppedLogLines)
        )
        single("modelplex_event_readers", .gauge, "Readers of the stream of events.", String(gauges.eventReaders))
        single(
            "modelplex_events_dropped_total",
            .counter,
            "Events that readers of their stream did not get because they were too slow.",
            String(gauges.droppedEvents)
        )
        if !gauges.providers.isEmpty {
            family("modelplex_provider_available", .gauge, "1 unless the provider is known to be unavailable.")
            for (name, isAvailable) in gauges.providers.sorted(by: { $0.key < $1.key }) {
                sample("modelplex_provider_available", ["provider": name], isAvailable ? "1" : "0")
            }
        }
        if let upstream = gauges.upstream { append(upstream) }
    }

    private mutating func append(_ upstream: HTTPClient.Statistics) {
        let name = "modelplex_upstream_connections"
        family(name, .gauge, "Open connections to providers.")
        sample(name, ["state": "idle"], String(upstream.idle))
        sample(name, ["state": "used"], String(max(0, upstream.open - upstream.idle)))
        single(
            "modelplex_upstream_connections_created_total",
            .counter,
            "Connections made to providers.",
            String(upstream.created)
        )
        single(
            "modelplex_upstream_requests_reused_total",
            .counter,
            "Requests to providers on a connection made before.",
            String(upstream.reused)
        )
    }

    /// Writes what program this is.
    mutating func appendBuild(version: String) {
        family("modelplex_build_info", .gauge, "The running program; always 1.")
        sample("modelplex_build_info", ["version": version], "1")
    }
}

extension MetricsShard.RequestKey {
    fileprivate var order: (String, String, Int) { (route, method, status) }
}

extension MetricsShard.AttemptKey {
    fileprivate var outcome: String { code?.description ?? "ok" }
    fileprivate var order: (String, String, String) { (provider, model, outcome) }
}

extension MetricsShard.OperationKey {
    fileprivate var order: (String, String, String, String, String) {
        (operation, provider, requestModel, responseModel, errorType ?? "")
    }

    fileprivate func labels(tokenType: String? = nil) -> KeyValuePairs<String, String?> {
        [
            "gen_ai_operation_name": operation, "gen_ai_provider_name": provider, "gen_ai_request_model": requestModel,
            "gen_ai_response_model": responseModel, "error_type": errorType, "gen_ai_token_type": tokenType,
        ]
    }
}
