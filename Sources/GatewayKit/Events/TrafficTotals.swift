internal import TransportKit

/// What was counted since the start, as far as events and the dashboard tell it.
struct TrafficTotals: Sendable {
    var requests: UInt64 = 0
    /// Those that a provider was asked for.
    var modelRequests: UInt64 = 0
    var callersGone: UInt64 = 0
    var errors: [String: UInt64] = [:]
    var inputTokens = 0.0
    var outputTokens = 0.0
    var timeToFirstToken = Histogram()
    var duration = Histogram()
    /// Requests sent to each provider, and how many of them failed.
    var attempts: [String: Attempts] = [:]

    struct Attempts: Sendable, Hashable {
        var count: UInt64 = 0
        var failures: UInt64 = 0
    }

    init() {}

    init(_ total: MetricsShard) {
        for (_, count) in total.requests.elements { requests += count }
        callersGone = total.callersGone
        errors = total.errors
        for (_, operation) in total.operations.elements {
            modelRequests += operation.duration.counts.reduce(0, +)
            inputTokens += operation.inputTokens.sum
            outputTokens += operation.outputTokens.sum
            timeToFirstToken.merge(operation.timeToFirstToken)
            duration.merge(operation.duration)
        }
        for (key, count) in total.attempts.elements {
            attempts[key.provider, default: Attempts()].count += count
            if key.code != nil { attempts[key.provider, default: Attempts()].failures += count }
        }
    }

    /// What was counted since an earlier time.
    func since(_ earlier: TrafficTotals) -> TrafficTotals {
        var rest = self
        rest.requests -= earlier.requests
        rest.modelRequests -= earlier.modelRequests
        rest.callersGone -= earlier.callersGone
        rest.inputTokens -= earlier.inputTokens
        rest.outputTokens -= earlier.outputTokens
        for (code, count) in earlier.errors { rest.errors[code]? -= count }
        rest.errors = rest.errors.filter { $0.value > 0 }
        rest.timeToFirstToken = timeToFirstToken.since(earlier.timeToFirstToken)
        rest.duration = duration.since(earlier.duration)
        for (name, old) in earlier.attempts {
            rest.attempts[name]?.count -= old.count
            rest.attempts[name]?.failures -= old.failures
        }
        rest.attempts = rest.attempts.filter { $0.value.count > 0 }
        return rest
    }
}

/// Totals of the last minute at even distances; a value.
struct TrafficWindow: Sendable {
    static let interval = Duration.seconds(5)
    private static let length = 12

    private var samples: [(time: Duration, totals: TrafficTotals)] = []

    /// Adds the totals of a time, and tells the rates since the time before and what was counted in the last minute.
    ///
    /// - Parameters:
    ///   - totals: What was counted since the start.
    ///   - time: When.
    /// - Returns: What is told of it.
    mutating func add(_ totals: TrafficTotals, at time: Duration) -> JSONObject {
        defer {
            samples.append((time, totals))
            if samples.count > Self.length { samples.removeFirst() }
        }
        var data: JSONObject = [:]
        if let last = samples.last, let first = samples.first, last.time < time {
            data["rates"] = Self.rates(totals.since(last.totals), in: (time - last.time).inSeconds)
            data["minute"] = Self.counts(totals.since(first.totals), in: (time - first.time).inSeconds)
        }
        data["total"] = Self.counts(totals, in: nil)
        return data
    }

    private static func rates(_ counted: TrafficTotals, in seconds: Double) -> JSONValue {
        func rate(_ count: Double) -> JSONValue { .number(JSONNumber((count / seconds * 100).rounded() / 100)) }
        return [
            "interval_s": .number(JSONNumber((seconds * 1000).rounded() / 1000)),
            "requests": rate(Double(counted.requests)), "model_requests": rate(Double(counted.modelRequests)),
            "input_tokens": rate(counted.inputTokens), "output_tokens": rate(counted.outputTokens),
        ]
    }

    private static func counts(_ counted: TrafficTotals, in seconds: Double?) -> JSONValue {
        func count(_ count: UInt64) -> JSONValue { .number(JSONNumber(Int(clamping: count))) }
        var data: JSONObject = [:]
        data["seconds"] = seconds.map { .number(JSONNumber(Int($0.rounded()))) }
        data["requests"] = count(counted.requests)
        data["model_requests"] = count(counted.modelRequests)
        data["callers_gone"] = count(counted.callersGone)
        data["input_tokens"] = .number(JSONNumber(Int(counted.inputTokens)))
        data["output_tokens"] = .number(JSONNumber(Int(counted.outputTokens)))
        data["errors"] = .object(JSONObject(counted.errors.sorted { $0.key < $1.key }.map { ($0, count($1)) }))
        data["attempts"] = .object(
            JSONObject(
                counted.attempts.sorted { $0.key < $1.key }.map { name, attempts in
                    (name, ["sent": count(attempts.count), "failed": count(attempts.failures)])
                }
            )
        )
        data["ttft_ms"] = percentiles(counted.timeToFirstToken, .timeToFirstToken)
        data["duration_ms"] = percentiles(counted.duration, .requestDuration)
        return .object(data)
    }

    private static func percentiles(_ histogram: Histogram, _ buckets: HistogramBuckets) -> JSONValue {
        func milliseconds(_ share: Double) -> JSONValue {
            guard let seconds = histogram.quantile(share, in: buckets) else { return .null }
            return .number(JSONNumber((seconds * 10_000).rounded() / 10))
        }
        return ["p50": milliseconds(0.5), "p95": milliseconds(0.95)]
    }
}

extension Histogram {
    /// What was counted since an earlier time.
    func since(_ earlier: Histogram) -> Histogram {
        guard !earlier.counts.isEmpty else { return self }
        return Histogram(counts: zip(counts, earlier.counts).map { $0 - $1 }, sum: sum - earlier.sum)
    }

    /// The value below which a share of the values lies, as far as the buckets tell: evenly spread in each of them, as
    /// Prometheus's `histogram_quantile` has it.
    ///
    /// - Parameters:
    ///   - share: 0 to 1.
    ///   - buckets: The family's.
    /// - Returns: The value; the greatest bound for what lies beyond it, `nil` without any values.
    func quantile(_ share: Double, in buckets: HistogramBuckets) -> Double? {
        let total = counts.reduce(0, +)
        guard total > 0 else { return nil }
        let rank = share * Double(total)
        var before = 0.0
        for (index, bound) in buckets.bounds.enumerated() {
            let count = Double(counts[index])
            if count > 0, before + count >= rank {
                let low = index == 0 ? 0 : buckets.bounds[index - 1]
                return low + (bound - low) * max(0, rank - before) / count
            }
            before += count
        }
        return buckets.bounds.last
    }
}
