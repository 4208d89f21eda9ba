import GatewayKit
import ProviderKit
import TransportKit

/// What the gateway does for each request that it has answered: count it, judge its provider, write its line.
@Sendable
func observationBenchmarks() -> [Measurement] {
    let record = streamedChat()
    let sampler = Sampler()
    let metrics = GatewayMetrics(version: "1.0.0", loops: 2)
    let board = HealthBoard(version: "1.0.0")
    let sink = DiscardingSink()
    let (text, json) = (AccessLog(to: sink, format: .text), AccessLog(to: sink, format: .json))
    let writer = LogWriter(to: DiscardingDestination())
    let written = AccessLog(to: writer, format: .text)
    return [
        sampler.measure("observation.metrics", operations: 20_000) { metrics.record(record) },
        sampler.measure("observation.health", operations: 20_000) { board.record(record) },
        sampler.measure("observation.access-line-text", operations: 20_000) { text.record(record) },
        sampler.measure("observation.access-line-json", operations: 20_000) { json.record(record) },
        // Fewer than the buffer holds, so that the lines count and not their loss.
        sampler.measure("observation.access-line-written", operations: 1000) { written.record(record) },
        sampler.measure("observation.metrics-text", operations: 20) { keep(metrics.render().count) },
    ]
}

private func streamedChat() -> ExchangeRecord {
    var record = ExchangeRecord(
        requestID: "req_01JABCDEFGHJKMNPQRSTVWXYZ0",
        method: "POST",
        route: "/v1/chat/completions",
        peer: Peer(address: .unix(userID: 1000, groupID: 1000, processID: 4711), role: .guest),
        status: 200,
        outcome: .completed,
        timestamp: 1_769_903_998,
        duration: .milliseconds(1500)
    )
    record.operation = .openAIChat
    record.requestedModel = "fast"
    record.provider = "anthropic"
    record.model = "claude-sonnet-4-5-20250929"
    record.attempts = [
        Attempt(
            provider: "anthropic",
            model: "claude-sonnet-4-5-20250929",
            code: nil,
            status: 200,
            duration: .milliseconds(1499)
        )
    ]
    record.usage = Usage(inputTokens: 1200, outputTokens: 350)
    record.finishReason = .stop
    record.isStreaming = true
    record.requestBytes = 1024
    record.responseBytes = 40_960
    record.timeToFirstToken = .milliseconds(420)
    record.overhead = .microseconds(80)
    return record
}

private struct DiscardingSink: LogSink {
    func write(_ line: [UInt8], isUrgent: Bool) { keep(line.count) }
}

private struct DiscardingDestination: LogDestination {
    func write(_ lines: [UInt8], isGivenUp: () -> Bool) -> Int { lines.count }
    func reopen() {}
}
