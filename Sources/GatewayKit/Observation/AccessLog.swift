internal import ProviderKit
package import TransportKit

/// Writes one line for each request that was answered or given up.
///
/// A line has no text of the request or the answer, no key, and no path as it came. What a caller chose, such as the name of a
/// model, is cut to a length, escaped, and cleared of what looks like a key.
package struct AccessLog: Sendable {
    private enum Output: Sendable {
        case sink(any LogSink)
        case logger(Logger)
    }

    private static let message = "request"
    private static let label = "access"
    /// The most bytes of what a caller chose.
    private static let maximumLength = 128

    /// What can change while copies are in use.
    private final class Manner: Sendable {
        struct State: Sendable {
            var redactor: Redactor
            var format: LogFormat
        }

        let state: Locked<State>

        init(_ redactor: Redactor, _ format: LogFormat) { state = Locked(State(redactor: redactor, format: format)) }
    }

    private let output: Output
    private let manner: Manner

    /// Makes a log whose lines go straight to a sink; the cheapest way.
    ///
    /// - Parameters:
    ///   - sink: Where the lines go; its `write` must not wait.
    ///   - format: What the lines look like.
    ///   - redactor: Knows the secrets to take out.
    package init(to sink: some LogSink, format: LogFormat, redactor: Redactor = Redactor()) {
        output = .sink(sink)
        manner = Manner(redactor, format)
    }

    /// Makes a log whose entries go through a logger, at the level `info`.
    ///
    /// - Parameter logger: The logger; its handler must not wait.
    package init(to logger: Logger) {
        output = .logger(logger)
        manner = Manner(Redactor(), .text)
    }

    /// Takes another secret out from now on.
    package func register(_ secret: Secret) {
        manner.state.withLock { $0.redactor.insert(secret) }
    }

    /// Writes lines of another form from now on, where they go straight to a sink.
    package func write(as format: LogFormat) {
        manner.state.withLock { $0.format = format }
    }

    /// How many lines of the whole log were given up since the start, where that is counted.
    package var droppedLines: Int {
        if case .sink(let sink) = output { sink.droppedLines } else { 0 }
    }

    /// Writes the line of an exchange.
    package func record(_ record: ExchangeRecord) {
        let manner = manner.state.withLock { $0 }
        let redactor = manner.redactor
        switch output {
        case .sink(let sink):
            let end = Duration.seconds(record.timestamp) + record.duration
            var line = LogLine(manner.format, level: .info, label: Self.label, message: Self.message, time: end)
            add(record, to: &line, redactor)
            sink.write(line.finished(), isUrgent: false)
        case .logger(let logger):
            guard logger.isEnabled(for: .info) else { return }
            var fields = MetadataFields()
            add(record, to: &fields, redactor)
            logger.info("\(Self.message)", metadata: fields.metadata)
        }
    }

    /// Adds the fields of an exchange's line.
    func add(_ record: ExchangeRecord, to fields: inout some LogFields, _ redactor: Redactor) {
        func bounded(_ text: String) -> String { Self.bounded(text, redactor) }
        fields.add("request_id", bounded(record.requestID))
        fields.add("method", record.route == nil ? bounded(record.method) : record.method)
        fields.add("route", record.route ?? "none")
        fields.add("status", record.status)
        fields.add("outcome", record.outcome.rawValue)
        if let code = record.errorCode { fields.add("error", bounded(code)) }
        fields.add("duration_ms", milliseconds: record.duration)
        if let time = record.timeToFirstToken { fields.add("ttft_ms", milliseconds: time) }
        if let time = record.overhead { fields.add("overhead_us", Int(time.nanoseconds / 1000)) }
        addModels(of: record, to: &fields, redactor)
        if record.isStreaming { fields.add("stream", "true") }
        if let usage = record.usage {
            fields.add("input_tokens", usage.inputTokens)
            fields.add("output_tokens", usage.outputTokens)
        }
        if let reason = record.finishReason { fields.add("finish", bounded(reason.rawValue)) }
        fields.add("bytes_in", record.requestBytes)
        fields.add("bytes_out", record.responseBytes)
        fields.add("role", record.peer.role.rawValue)
        fields.addPeer(record.peer.address)
        if let caller = record.caller { fields.add("caller", bounded(caller)) }
    }

    private func addModels(of record: ExchangeRecord, to fields: inout some LogFields, _ redactor: Redactor) {
        if let provider = record.provider { fields.add("provider", provider.rawValue) }
        if let model = record.model { fields.add("model", Self.bounded(model.rawValue, redactor)) }
        if let model = record.requestedModel, model != record.model {
            fields.add("requested_model", Self.bounded(model.rawValue, redactor))
        }
        guard let first = record.attempts.first else { return }
        // The usual case says all that there is to say with the provider and the status.
        guard record.attempts.count > 1 || first.code != nil else { return }
        var text = ""
        for attempt in record.attempts.prefix(16) {
            if !text.isEmpty { text += "," }
            text += "\(attempt.provider.rawValue):\(attempt.code?.description ?? "ok")"
            if let status = attempt.status { text += ":\(status)" }
        }
        fields.add("attempts", text)
    }

    /// What knows the secrets.
    var redactor: Redactor { manner.state.withLock { $0.redactor } }

    /// A text without the secrets that are known and what looks like a key, cut to a number of bytes.
    static func bounded(_ text: String, _ redactor: Redactor, to length: Int = maximumLength) -> String {
        let isLong = text.utf8.count > length
        // Cut after redacting, lest a key lie across the cut; what is far too long is not looked through.
        let text = isLong ? String(decoding: text.utf8.prefix(8 * length), as: UTF8.self) : text
        let clean = redactor.redact(text)
        guard clean.utf8.count > length else { return clean }
        return String(decoding: clean.utf8.prefix(length), as: UTF8.self) + "…"
    }
}

/// Collects the values of an entry for a logger.
private struct MetadataFields: LogFields {
    var metadata: Logger.Metadata = [:]

    mutating func add(_ name: StaticString, _ text: String) { metadata["\(name)"] = .string(text) }
    mutating func add(_ name: StaticString, _ number: Int) { metadata["\(name)"] = .stringConvertible(number) }

    mutating func addDecimal(_ name: StaticString, whole: Int, tenth: Int) {
        metadata["\(name)"] = .string("\(whole).\(tenth)")
    }
}

extension LogFields {
    fileprivate mutating func add(_ name: StaticString, milliseconds duration: Duration) {
        // Tenths, without the cost of printing a floating-point number.
        let tenths = max(0, duration.nanoseconds / 100_000)
        addDecimal(name, whole: Int(tenths / 10), tenth: Int(tenths % 10))
    }

    fileprivate mutating func addPeer(_ address: Peer.Address) {
        switch address {
        case .unix(let userID, _, let processID):
            add("peer_uid", Int(userID))
            add("peer_pid", Int(processID))
        case .tcp(let host, let port):
            add("peer", host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)")
        default: break
        }
    }
}

extension Duration {
    /// Whole nanoseconds, for times that are not centuries.
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000
    }
}
