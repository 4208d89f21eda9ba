import GatewayKit
import ProviderKit

extension ExchangeRecord {
    /// A streamed chat that went well.
    static func chat(
        status: Int = 200,
        outcome: Outcome = .completed,
        provider: ProviderID? = "openai",
        model: ModelID? = "gpt-4o-mini",
        requested: ModelID? = "fast",
        error: String? = nil,
        attempts: [Attempt] = [.ok()],
        usage: Usage? = Usage(inputTokens: 12, outputTokens: 101),
        duration: Duration = .milliseconds(1500)
    ) -> ExchangeRecord {
        var record = ExchangeRecord(
            requestID: "req-1",
            method: "POST",
            route: "/v1/chat/completions",
            peer: Peer(address: .unix(userID: 1000, groupID: 1000, processID: 77), role: .guest),
            status: status,
            outcome: outcome,
            timestamp: 1_769_903_998,
            duration: duration
        )
        record.operation = .openAIChat
        record.requestedModel = requested
        record.provider = provider
        record.model = model
        record.errorCode = error
        record.attempts = attempts
        record.usage = usage
        record.isStreaming = true
        record.requestBytes = 1024
        record.responseBytes = 4096
        if outcome == .completed {
            record.timeToFirstToken = .milliseconds(500)
            record.overhead = .microseconds(60)
        }
        return record
    }

    /// A request for a path that there is not.
    static func unrouted(method: String = "GET") -> ExchangeRecord {
        ExchangeRecord(
            requestID: "req-2",
            method: method,
            route: nil,
            peer: Peer(address: .tcp(host: "::1", port: 4711), role: .host),
            status: 404,
            outcome: .failed,
            timestamp: 0,
            duration: .milliseconds(1)
        )
    }
}

extension Attempt {
    static func ok(_ provider: ProviderID = "openai", _ model: ModelID = "gpt-4o-mini") -> Attempt {
        Attempt(provider: provider, model: model, code: nil, status: 200, duration: .milliseconds(400))
    }

    static func failed(
        _ code: PlexError.Code,
        _ provider: ProviderID = "openai",
        _ model: ModelID = "gpt-4o-mini",
        status: Int? = nil
    ) -> Attempt {
        Attempt(provider: provider, model: model, code: code, status: status, duration: .milliseconds(400))
    }
}
