internal import TransportKit

/// Responses, as they are handed on.
struct ResponsesForwardDialect: ForwardDialect {
    func makeObserver() -> any ForwardObserver {
        ResponsesForwardObserver()
    }

    // Numbers of the names below.
    private enum Place {
        static let error = 0, output = 1, usage = 2, status = 3, incomplete = 4
    }

    private static let scanner = JSONScanner([
        .member("error"), .member("output"), .member("usage"), .member("status"), .member("incomplete_details"),
    ])

    func summary(ofWhole body: [UInt8]) throws(ForwardRefusal) -> ForwardSummary {
        guard let members = Self.scanner.members(of: body) else { throw refusal(of: body) }
        let output = members[Place.output]
        guard members[Place.error].notNull == 0, output.notNull > 0,
            body[output.value.lowerBound] == UInt8(ascii: "[")
        else { throw refusal(of: body) }
        do {
            let end: JSONValue = [
                "status": try body.value(of: members[Place.status]) ?? .null,
                "incomplete_details": try body.value(of: members[Place.incomplete]) ?? .null,
            ]
            let hasCalls = body.span.extracting(output.value).mentions("\"function_call\"")
            return ForwardSummary(
                usage: ResponsesVocabulary.usage(try body.value(of: members[Place.usage])),
                finishReason: ResponsesVocabulary.finish(end, hasCalls: hasCalls, hasRefusal: false)?.reason
            )
        } catch {
            throw .failed(error)
        }
    }

    private func refusal(of body: [UInt8]) -> ForwardRefusal {
        ForwardRefusal(
            of: body,
            readingError: ResponsesVocabulary.error,
            otherwise: "the answer has no output; is base_url that of a server of the Responses API?"
        )
    }

    /// Writes a whole answer as the events of its stream: each item at once.
    func events(ofWhole body: [UInt8]) throws(PlexError) -> [UInt8] {
        guard case .object(let response) = try body.span.value() else {
            throw PlexError(.malformedResponse, "the answer is no object")
        }
        var writer = WholeResponseWriter()
        writer.write(response)
        return writer.bytes
    }
}

/// Writes the events of a response that is there as a whole.
private struct WholeResponseWriter {
    private(set) var bytes: [UInt8] = []
    private var sequence = 0

    mutating func write(_ response: JSONObject) {
        var begun = response
        begun["output"] = []
        begun["usage"] = .null
        begun["status"] = "in_progress"
        begun["incomplete_details"] = .null
        append("response.created", ["response": .object(begun)])
        for (index, item) in (response["output"]?.array ?? []).enumerated() {
            write(item, ["output_index": .number(JSONNumber(index))])
        }
        let end: StaticString = response["status"] == "incomplete" ? "response.incomplete" : "response.completed"
        append(end, ["response": .object(response)])
    }

    // A reader of streams joins the pieces, so what comes in pieces must not stand in the beginning too.
    private mutating func write(_ item: JSONValue, _ place: JSONObject) {
        var begun = item.object ?? [:]
        var place = place
        let isMessage = item["type"] == "message"
        let isCall = item["type"] == "function_call"
        if isMessage { begun["content"] = [] }
        if isCall { begun["arguments"] = "" }
        append("response.output_item.added", place.adding(["item": .object(begun)]))
        var ended = place
        ended["item"] = item
        place["item_id"] = item["id"] ?? ""
        if isCall {
            let arguments = item["arguments"] ?? "{}"
            append("response.function_call_arguments.delta", place.adding(["delta": arguments]))
            append("response.function_call_arguments.done", place.adding(["arguments": arguments]))
        }
        if isMessage {
            for (index, part) in (item["content"]?.array ?? []).enumerated() {
                place["content_index"] = .number(JSONNumber(index))
                writePart(part, place)
            }
        }
        append("response.output_item.done", ended)
    }

    private mutating func writePart(_ part: JSONValue, _ place: JSONObject) {
        let isRefusal = part["type"] == "refusal"
        let name = isRefusal ? "refusal" : "text"
        var begun = part.object ?? [:]
        begun[name] = ""
        append("response.content_part.added", place.adding(["part": .object(begun)]))
        var delta = place.adding(["delta": part[name] ?? ""])
        var done = place.adding([name: part[name] ?? ""])
        if !isRefusal {
            delta["logprobs"] = []
            done["logprobs"] = []
        }
        append(isRefusal ? "response.refusal.delta" : "response.output_text.delta", delta)
        append(isRefusal ? "response.refusal.done" : "response.output_text.done", done)
        append("response.content_part.done", place.adding(["part": part]))
    }

    private mutating func append(_ type: StaticString, _ members: JSONObject) {
        let head: JSONObject = ["sequence_number": .number(JSONNumber(sequence))]
        sequence += 1
        bytes.append(eventOfType: type, head.adding(members))
    }
}

/// Looks at the events of a streamed response: errors, the end, usage.
struct ResponsesForwardObserver: ForwardObserver {
    private(set) var hasAnswer = false
    private(set) var summary = ForwardSummary()
    private var hasCalls = false
    private var scanner = Self.scanner

    var isAnnouncing: Bool { !hasAnswer }

    /// Nothing but the last event says that a response is whole.
    let isComplete = false
    let endMark: [UInt8] = []

    // Numbers of the names below.
    private enum Place {
        static let type = 0, response = 1, item = 2, itemType = 3, error = 4
    }

    private static let scanner = JSONScanner([
        .member("type"), .member("response"), .member("item"), .member("type", under: Place.item), .member("error"),
    ])

    mutating func observe(_ data: Span<UInt8>) throws(PlexError) -> ForwardVerdict {
        // Some servers end as chat completions do; what counts has come before.
        if data.begins(with: "[DONE]") { return .forward }
        try scanner.scan(piece: data)
        let members = scanner.members
        switch Self.kind(members[Place.type], data) {
        case .announced: break
        case .begun: hasAnswer = true
        case .item:
            hasAnswer = true
            if let type = Self.text(members[Place.itemType], data),
                data.extracting(type).begins(with: "function_call")
            {
                hasCalls = true
            }
        case .end:
            hasAnswer = true
            try readEnd(data, members)
            return .end
        case .failed:
            let response = try data.extracting(members[Place.response].value).value()
            throw (ResponsesVocabulary.error(response) ?? DialectError()).asPlexError()
        case .error: throw (ResponsesVocabulary.error(try data.value()) ?? DialectError()).asPlexError()
        case .other:
            if members[Place.error].notNull > 0, let error = ResponsesVocabulary.error(try data.value()) {
                throw error.asPlexError()
            }
        }
        return .forward
    }

    private mutating func readEnd(_ data: Span<UInt8>, _ members: [JSONScanner.Member]) throws(PlexError) {
        guard members[Place.response].notNull > 0 else { return }
        let response = try data.extracting(members[Place.response].value).value()
        summary.usage = ResponsesVocabulary.usage(response["usage"])
        summary.finishReason = ResponsesVocabulary.finish(response, hasCalls: hasCalls, hasRefusal: false)?.reason
    }

    private enum Kind {
        case announced, begun, item, end, failed, error, other
    }

    // Where a member's text stands, if it is one.
    private static func text(_ member: JSONScanner.Member, _ data: Span<UInt8>) -> Range<Int>? {
        guard member.notNull > 0, data[member.value.lowerBound] == UInt8(ascii: "\"") else { return nil }
        return member.value.lowerBound + 1..<member.value.upperBound - 1
    }

    private static func kind(_ member: JSONScanner.Member, _ data: Span<UInt8>) -> Kind {
        guard let place = text(member, data) else { return .other }
        let text = data.extracting(place)
        guard text.begins(with: "response.") else { return text.begins(with: "error") ? .error : .other }
        let rest = text.extracting(9..<text.count)
        if rest.begins(with: "output_item.") { return .item }
        if rest.begins(with: "completed") || rest.begins(with: "incomplete") { return .end }
        if rest.begins(with: "failed") { return .failed }
        // The response is made before its model has said a word.
        if rest.begins(with: "created") || rest.begins(with: "in_progress") || rest.begins(with: "queued") {
            return .announced
        }
        return .begun
    }
}
