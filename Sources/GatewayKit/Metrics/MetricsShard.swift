internal import ProviderKit
internal import TransportKit

/// What one loop has counted.
struct MetricsShard: Sendable {
    struct RequestKey: Hashable, Sendable {
        var route: String
        var method: String
        var status: Int
    }

    struct AttemptKey: Hashable, Sendable {
        var provider: String
        var model: String
        /// `nil` for success.
        var code: PlexError.Code?
    }

    struct OperationKey: Hashable, Sendable {
        var operation: String
        var provider: String
        var requestModel: String
        var responseModel: String
        /// `nil` for success.
        var errorType: String?
    }

    struct Operation: Sendable {
        var duration = Histogram()
        var timeToFirstToken = Histogram()
        var timePerOutputToken = Histogram()
        var inputTokens = Histogram()
        var outputTokens = Histogram()

        mutating func merge(_ other: Operation) {
            duration.merge(other.duration)
            timeToFirstToken.merge(other.timeToFirstToken)
            timePerOutputToken.merge(other.timePerOutputToken)
            inputTokens.merge(other.inputTokens)
            outputTokens.merge(other.outputTokens)
        }
    }

    private(set) var requests = Series<RequestKey, UInt64>()
    private(set) var attempts = Series<AttemptKey, UInt64>()
    private(set) var operations = Series<OperationKey, Operation>()
    private(set) var errors: [String: UInt64] = [:]
    private(set) var callersGone: UInt64 = 0
    private(set) var overflows: UInt64 = 0
    private(set) var overhead = Histogram()
    // A copy of what the shared table knows, so that usual requests do not ask it.
    private var models: Set<String> = []
    // The one of the request before, mostly the next one's too.
    private var lastModel = ""

    /// Counts an exchange.
    mutating func add(_ record: ExchangeRecord, limits: GatewayMetrics.Limits, labels: ModelLabels) {
        count(record, limits)
        let error = record.errorCode.map { countError($0, limits) }
        if record.outcome == .callerGone { callersGone += 1 }
        if let overhead = record.overhead { self.overhead.observe(overhead.inSeconds, in: .overhead) }
        for attempt in record.attempts {
            count(attempt, limits, labels)
        }
        guard let operation = record.operation, let provider = record.provider else { return }
        let isAnswered = record.outcome != .failed && record.errorCode == nil
        let responseModel = record.model.map { label(for: $0, isAnswered, labels) } ?? ModelLabels.other
        let requestModel =
            record.requestedModel == record.model
            ? responseModel
            : record.requestedModel.map { label(for: $0, isAnswered, labels) } ?? ModelLabels.other
        let key = OperationKey(
            operation: operation.conventionalName,
            provider: provider.rawValue,
            requestModel: requestModel,
            responseModel: responseModel,
            errorType: error ?? (record.outcome == .completed ? nil : record.outcome.rawValue)
        )
        count(record, as: key, limits)
    }

    private mutating func count(_ record: ExchangeRecord, _ limits: GatewayMetrics.Limits) {
        var key = RequestKey(
            route: record.route ?? "none",
            method: Self.label(forMethod: record.method),
            status: record.status
        )
        if requests.count >= limits.requestSeries, !requests.contains(key) {
            overflows += 1
            key = RequestKey(route: ModelLabels.other, method: "other", status: record.status / 100 * 100)
        }
        requests.update(key, default: 0) { $0 += 1 }
    }

    private mutating func countError(_ code: String, _ limits: GatewayMetrics.Limits) -> String {
        var code = code
        if errors[code] == nil, errors.count >= limits.errorSeries || code.utf8.count > 64 {
            overflows += 1
            code = ModelLabels.other
        }
        errors[code, default: 0] += 1
        return code
    }

    private mutating func count(_ attempt: Attempt, _ limits: GatewayMetrics.Limits, _ labels: ModelLabels) {
        var key = AttemptKey(
            provider: attempt.provider.rawValue,
            model: label(for: attempt.model, attempt.code == nil, labels),
            code: attempt.code
        )
        if attempts.count >= limits.attemptSeries, !attempts.contains(key) {
            overflows += 1
            key.provider = ModelLabels.other
            key.model = ModelLabels.other
        }
        attempts.update(key, default: 0) { $0 += 1 }
    }

    private mutating func count(_ record: ExchangeRecord, as key: OperationKey, _ limits: GatewayMetrics.Limits) {
        var key = key
        if operations.count >= limits.operationSeries, !operations.contains(key) {
            overflows += 1
            key.provider = ModelLabels.other
            key.requestModel = ModelLabels.other
            key.responseModel = ModelLabels.other
            key.errorType = key.errorType.map { _ in ModelLabels.other }
        }
        operations.update(key, default: Operation()) { $0.add(record) }
    }

    private mutating func label(for model: ModelID, _ isAnswered: Bool, _ labels: ModelLabels) -> String {
        let name = model.rawValue
        if name == lastModel { return name }
        if models.contains(name) {
            lastModel = name
            return name
        }
        guard labels.admits(name, isAnswered: isAnswered) else {
            if isAnswered { overflows += 1 }
            return ModelLabels.other
        }
        models.insert(name)
        return name
    }

    /// Adds what another shard has counted.
    mutating func merge(_ other: MetricsShard) {
        for (key, count) in other.requests.elements { requests.update(key, default: 0) { $0 += count } }
        for (key, count) in other.attempts.elements { attempts.update(key, default: 0) { $0 += count } }
        errors.merge(other.errors) { $0 + $1 }
        for (key, operation) in other.operations.elements {
            operations.update(key, default: Operation()) { $0.merge(operation) }
        }
        callersGone += other.callersGone
        overflows += other.overflows
        overhead.merge(other.overhead)
    }

    private static func label(forMethod method: String) -> String {
        switch method {
        case "POST", "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS": method
        default: "other"
        }
    }
}

extension MetricsShard.Operation {
    fileprivate mutating func add(_ record: ExchangeRecord) {
        duration.observe(record.duration.inSeconds, in: .requestDuration)
        if let usage = record.usage {
            inputTokens.observe(Double(usage.inputTokens), in: .tokenUsage)
            outputTokens.observe(Double(usage.outputTokens), in: .tokenUsage)
        }
        guard let first = record.timeToFirstToken else { return }
        timeToFirstToken.observe(first.inSeconds, in: .timeToFirstToken)
        guard record.outcome == .completed, let count = record.usage?.outputTokens, count > 1 else { return }
        let rest = max(record.duration - first, .zero)
        timePerOutputToken.observe(rest.inSeconds / Double(count - 1), in: .timePerOutputToken)
    }
}

extension WireOperation {
    /// The operation as the conventions name it.
    var conventionalName: String {
        switch self {
        case .openAIChat: "chat"
        case .openAICompletion: "text_completion"
        case .openAIEmbedding: "embeddings"
        default: String(rawValue.split(separator: "/").last ?? "other")
        }
    }
}

extension Duration {
    /// The duration as a number of seconds.
    var inSeconds: Double {
        let (seconds, rest) = wholeNanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return Double(seconds) + Double(rest) * 1e-9
    }
}
