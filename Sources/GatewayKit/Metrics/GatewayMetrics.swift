package import TransportKit

/// Counts what the gateway does, for Prometheus to fetch.
///
/// Each event loop counts for itself, behind a lock that only a fetch ever contends for. No label grows without limit: models
/// become labels once a provider has answered for them, and every family has a greatest number of series.
package final class GatewayMetrics: Sendable {
    /// How many series each family may have on a loop; beyond that they are counted as `other`.
    package struct Limits: Sendable {
        package var models = 256
        package var requestSeries = 512
        package var attemptSeries = 512
        package var operationSeries = 256
        package var errorSeries = 64

        package init() {}
    }

    private final class Shard: Sendable {
        let state = Locked(MetricsShard())
    }

    let version: String
    private let limits: Limits
    private let labels: ModelLabels
    private let shards: [Shard]
    private let gauges = Locked<(@Sendable () -> GatewayGauges)?>(nil)

    /// Makes metrics that have counted nothing.
    ///
    /// - Parameters:
    ///   - version: The program's version, for the build's information.
    ///   - loops: How many event loops will count.
    ///   - limits: How many series there may be.
    package init(version: String, loops: Int, limits: Limits = Limits()) {
        self.version = version
        self.limits = limits
        labels = ModelLabels(limit: limits.models)
        shards = (0..<max(1, loops)).map { _ in Shard() }
    }

    /// Sets what the current values are read from, each time that they are fetched.
    package func setGauges(_ read: @escaping @Sendable () -> GatewayGauges) {
        gauges.withLock { $0 = read }
    }

    /// Counts an exchange.
    package func record(_ record: ExchangeRecord) {
        let index = EventLoop.current?.index ?? 0
        shards[index % shards.count].state.withLock { $0.add(record, limits: limits, labels: labels) }
    }

    /// All metrics in the text format that Prometheus reads, version 0.0.4.
    ///
    /// With very many series this takes some milliseconds, so it is made off the event loops.
    ///
    /// - Parameter tools: What is told of the tools, if there are any.
    /// - Returns: The text.
    package func rendered(with tools: ToolFigures? = nil) async -> [UInt8] {
        await withTaskExecutorPreference(globalConcurrentExecutor) {
            render(with: tools)
        }
    }

    /// All metrics in the text format that Prometheus reads, version 0.0.4.
    package func render(with tools: ToolFigures? = nil) -> [UInt8] {
        let total = self.total
        var text = MetricsText()
        text.append(total)
        text.append(currentGauges)
        if let tools { text.append(tools) }
        text.append(ProcessFigures.current)
        text.appendBuild(version: version)
        return text.bytes
    }

    /// What all loops have counted.
    var total: MetricsShard {
        var total = MetricsShard()
        for shard in shards {
            // One at a time, and nothing is made to text meanwhile.
            shard.state.withLock { total.merge($0) }
        }
        return total
    }

    /// The current values.
    var currentGauges: GatewayGauges { gauges.withLock { $0 }?() ?? GatewayGauges() }

    /// The media type of what `render` makes.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"
}

/// What the gateway holds at the moment.
package struct GatewayGauges: Sendable {
    /// Connections of callers that are open.
    package var connections = 0
    /// Requests that are being answered.
    package var requestsInFlight = 0
    /// Streamed answers that are being sent.
    package var openStreams = 0
    /// Whether the gateway is stopping.
    package var isDraining = false
    /// Whether each provider can be asked, by its name.
    package var providers: [String: Bool] = [:]
    /// The connections to providers.
    package var upstream: HTTPClient.Statistics?
    /// Lines of the log that were given up, since the start.
    package var droppedLogLines = 0
    /// Readers of `GET /events`.
    package var eventReaders = 0
    /// Events that readers were too slow for, since the start.
    package var droppedEvents = 0

    package init() {}
}
