internal import TransportKit

/// Anthropic's answers, as they are handed on.
struct AnthropicForwardDialect: ForwardDialect {
    /// What was asked for.
    var operation: WireOperation

    func makeObserver() -> any ForwardObserver {
        AnthropicForwardObserver()
    }

    // Numbers of the names below.
    private enum Place {
        static let error = 0, content = 1, usage = 2, stopReason = 3, inputTokens = 4
    }

    private static let scanner = JSONScanner([
        .member("error"), .member("content"), .member("usage"), .member("stop_reason"), .member("input_tokens"),
    ])

    func summary(ofWhole body: [UInt8]) throws(ForwardRefusal) -> ForwardSummary {
        guard let members = Self.scanner.members(of: body) else { throw refusal(of: body) }
        let isCount = operation == .anthropicTokenCount
        let answer = members[isCount ? Place.inputTokens : Place.content]
        guard members[Place.error].notNull == 0, answer.notNull > 0,
            isCount || body[answer.value.lowerBound] == UInt8(ascii: "[")
        else { throw refusal(of: body) }
        guard !isCount else { return ForwardSummary() }
        do {
            var counts = AnthropicUsage()
            if let usage = try body.value(of: members[Place.usage])?.object { counts.update(usage) }
            let reason = try body.value(of: members[Place.stopReason])?.string
            return ForwardSummary(
                usage: counts.usage,
                finishReason: reason.flatMap { FinishReason(anthropic: $0) }
            )
        } catch {
            throw .failed(error)
        }
    }

    private func refusal(of body: [UInt8]) -> ForwardRefusal {
        ForwardRefusal(
            of: body,
            readingError: AnthropicErrorBody.decode,
            otherwise: "the answer has no content; is base_url that of a server of the Messages API?"
        )
    }

    /// Writes a whole answer as the events of its stream: each block at once.
    func events(ofWhole body: [UInt8]) throws(PlexError) -> [UInt8] {
        guard case .object(var message) = try body.span.value() else {
            throw PlexError(.malformedResponse, "the answer is no object")
        }
        let blocks = message["content"]?.array ?? []
        var delta = JSONObject()
        for name in ["stop_reason", "stop_sequence"] {
            delta[name] = message[name] ?? .null
            message[name] = .null
        }
        message["content"] = []
        var events: [UInt8] = []
        events.append(eventOfType: "message_start", ["message": .object(message)])
        for (index, block) in blocks.enumerated() {
            let index = JSONValue.number(JSONNumber(index))
            let (start, deltas) = Self.pieces(of: block)
            events.append(eventOfType: "content_block_start", ["index": index, "content_block": start])
            for delta in deltas { events.append(eventOfType: "content_block_delta", ["index": index, "delta": delta]) }
            events.append(eventOfType: "content_block_stop", ["index": index])
        }
        var end: JSONObject = ["delta": .object(delta)]
        end["usage"] = message["usage"]
        events.append(eventOfType: "message_delta", end)
        return events + AnthropicForwardObserver.stop
    }

    // A reader of streams joins the pieces, so what comes in pieces must not stand in the start too.
    private static func pieces(of block: JSONValue) -> (start: JSONValue, deltas: [JSONValue]) {
        guard case .object(var start) = block else { return (block, []) }
        var deltas: [JSONValue] = []
        func move(_ name: String, _ type: String, as member: String) {
            guard let value = start[name], !value.isNull else { return }
            start[name] = ""
            deltas.append(["type": .string(type), member: value])
        }
        switch start["type"]?.string {
        case "text": move("text", "text_delta", as: "text")
        case "thinking":
            move("thinking", "thinking_delta", as: "thinking")
            move("signature", "signature_delta", as: "signature")
        case "tool_use", "server_tool_use":
            deltas.append([
                "type": "input_json_delta", "partial_json": .string((start["input"] ?? [:]).serializedString),
            ])
            start["input"] = [:]
        default: break
        }
        return (.object(start), deltas)
    }
}

/// Looks at the events of an Anthropic stream: errors, the reason for the end, usage, the end mark.
struct AnthropicForwardObserver: ForwardObserver {
    static let stop = Array("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n".utf8)

    private(set) var hasAnswer = false
    private(set) var isComplete = false
    private var counts = AnthropicUsage()
    private var reason: FinishReason?
    private var scanner = Self.scanner

    var endMark: [UInt8] { Self.stop }
    var summary: ForwardSummary { ForwardSummary(usage: counts.usage, finishReason: reason) }

    // Numbers of the names below.
    private enum Place {
        static let type = 0, message = 1, delta = 2, usage = 3, error = 4
    }

    private static let scanner = JSONScanner([
        .member("type"), .member("message"), .member("delta"), .member("usage"), .member("error"),
    ])

    mutating func observe(_ data: Span<UInt8>) throws(PlexError) -> ForwardVerdict {
        try scanner.scan(piece: data)
        let members = scanner.members
        // Most events are pieces of blocks, of which nothing has to be known.
        switch Self.kind(members[Place.type], data) {
        case .block: hasAnswer = true
        case .start:
            hasAnswer = true
            try add(usageOf: data, members[Place.message], inside: "usage")
        case .end:
            hasAnswer = true
            try readEnd(data, members)
        case .stop: return .end
        case .error:
            throw AnthropicErrorBody.decode(try data.value())?.asPlexError()
                ?? PlexError(.upstream, "the provider reported an error without a message")
        case .other:
            if members[Place.error].notNull > 0, let error = AnthropicErrorBody.decode(try data.value()) {
                throw error.asPlexError()
            }
        }
        return .forward
    }

    private mutating func readEnd(_ data: Span<UInt8>, _ members: [JSONScanner.Member]) throws(PlexError) {
        let delta = members[Place.delta]
        if delta.notNull > 0, let raw = try data.extracting(delta.value).value()["stop_reason"]?.string {
            isComplete = true
            reason = FinishReason(anthropic: raw)
        }
        let usage = members[Place.usage]
        if usage.notNull > 0, let object = try data.extracting(usage.value).value().object { counts.update(object) }
    }

    private mutating func add(
        usageOf data: Span<UInt8>,
        _ member: JSONScanner.Member,
        inside name: String
    ) throws(PlexError) {
        guard member.notNull > 0, let object = try data.extracting(member.value).value()[name]?.object else { return }
        counts.update(object)
    }

    private enum Kind {
        case start, block, end, stop, error, other
    }

    private static func kind(_ member: JSONScanner.Member, _ data: Span<UInt8>) -> Kind {
        guard member.notNull > 0, data[member.value.lowerBound] == UInt8(ascii: "\"") else { return .other }
        let text = data.extracting(member.value.lowerBound + 1..<member.value.upperBound - 1)
        if text.begins(with: "content_block_") { return .block }
        if text.begins(with: "message_start") { return .start }
        if text.begins(with: "message_delta") { return .end }
        if text.begins(with: "message_stop") { return .stop }
        return text.begins(with: "error") ? .error : .other
    }
}

extension Span<UInt8> {
    /// Whether the text begins with some ASCII.
    func begins(with word: StaticString) -> Bool {
        guard count >= word.utf8CodeUnitCount else { return false }
        for index in 0..<word.utf8CodeUnitCount where unsafe self[index] != word.utf8Start[index] { return false }
        return true
    }
}
