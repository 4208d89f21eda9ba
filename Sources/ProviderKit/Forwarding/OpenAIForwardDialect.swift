internal import TransportKit

/// OpenAI's answers, as they are handed on.
struct OpenAIForwardDialect: ForwardDialect {
    /// What was asked for.
    var operation: WireOperation
    /// Whether usage was asked for in the caller's stead, who is not to see it.
    var hidesUsage: Bool

    func makeObserver() -> any ForwardObserver {
        OpenAIForwardObserver(hidesUsage: hidesUsage)
    }

    // Numbers of the names below.
    private enum Place {
        static let error = 0, object = 1, usage = 2, choices = 3, data = 4, finishReason = 5
        static let input = 6, answer = 7, total = 8, answerDetails = 9, inputDetails = 10, cacheHit = 11
        static let reasoning = 12, cachedRead = 13, cachedWrite = 14
    }

    private static let scanner = JSONScanner([
        .member("error"), .member("object"), .member("usage"), .member("choices"), .member("data"),
        .member("finish_reason", under: Place.choices),
        .member("prompt_tokens", under: Place.usage), .member("completion_tokens", under: Place.usage),
        .member("total_tokens", under: Place.usage), .member("completion_tokens_details", under: Place.usage),
        .member("prompt_tokens_details", under: Place.usage), .member("prompt_cache_hit_tokens", under: Place.usage),
        .member("reasoning_tokens", under: Place.answerDetails), .member("cached_tokens", under: Place.inputDetails),
        .member("cache_write_tokens", under: Place.inputDetails),
    ])

    func summary(ofWhole body: [UInt8]) throws(ForwardRefusal) -> ForwardSummary {
        guard let members = Self.scanner.members(of: body) else { throw refusal(of: body) }
        let list = members[operation == .openAIEmbedding ? Place.data : Place.choices]
        // What speaks for an answer spares the whole parse; an error may stand beside it.
        guard list.notNull > 0, body[list.value.lowerBound] == UInt8(ascii: "["), members[Place.error].notNull == 0,
            !isErrorObject(body, members[Place.object])
        else { throw refusal(of: body) }
        do {
            return ForwardSummary(
                usage: try usage(body, members),
                finishReason: try finishReason(body, members[Place.finishReason])
            )
        } catch {
            throw .failed(error)
        }
    }

    private func finishReason(_ body: [UInt8], _ member: JSONScanner.Member) throws(PlexError) -> FinishReason? {
        guard let text = try body.text(of: member), !text.isEmpty else { return nil }
        return try OpenAIVocabulary.finishReason(text)
    }

    private func usage(_ body: [UInt8], _ members: [JSONScanner.Member]) throws(PlexError) -> Usage? {
        let usage = members[Place.usage]
        guard usage.notNull > 0 else { return nil }
        // Of two objects the scan would mix the members.
        var isPlain = usage.count == 1 && body[usage.value.lowerBound] == UInt8(ascii: "{")
        func count(_ place: Int) -> Int? { body.count(of: members[place], &isPlain) }
        let counts = OpenAIVocabulary.TokenCounts(
            input: count(Place.input),
            answer: count(Place.answer),
            total: count(Place.total),
            reasoning: count(Place.reasoning),
            cachedRead: count(Place.cachedRead) ?? count(Place.cacheHit),
            cachedWrite: count(Place.cachedWrite)
        )
        // Numbers that are not written as usual cost a parse.
        return isPlain ? counts.usage : OpenAIVocabulary.usage(try body.value(of: usage))
    }

    private func isErrorObject(_ body: [UInt8], _ member: JSONScanner.Member) -> Bool {
        member.count > 0 && member.value.count == 7 && body[member.value.lowerBound + 1] | 0x20 == UInt8(ascii: "e")
    }

    private func refusal(of body: [UInt8]) -> ForwardRefusal {
        let list = operation == .openAIEmbedding ? "data" : "choices"
        return ForwardRefusal(
            of: body,
            readingError: OpenAIErrorReader.read,
            otherwise: "the answer has no \(list); is base_url that of an OpenAI-compatible server?"
        )
    }
}

extension [UInt8] {
    /// The number of tokens that a member says; `isPlain` becomes false if it says anything else, or more than once.
    fileprivate func count(of member: JSONScanner.Member, _ isPlain: inout Bool) -> Int? {
        guard member.notNull > 0 else { return nil }
        guard member.count == 1, member.value.count <= 15 else {
            isPlain = false
            return nil
        }
        var count = 0
        for index in member.value {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self[index]) else {
                isPlain = false
                return nil
            }
            count = count * 10 + Int(self[index] - UInt8(ascii: "0"))
        }
        return count
    }

    /// The text of a member that a scan has found, if it is one.
    fileprivate func text(of member: JSONScanner.Member) throws(PlexError) -> String? {
        guard member.notNull > 0, self[member.value.lowerBound] == UInt8(ascii: "\"") else { return nil }
        let inner = self[member.value.lowerBound + 1..<member.value.upperBound - 1]
        guard inner.contains(UInt8(ascii: "\\")) else { return String(decoding: inner, as: UTF8.self) }
        return try value(of: member)?.string
    }

    /// The value of a member that a scan has found, if it is there.
    func value(of member: JSONScanner.Member) throws(PlexError) -> JSONValue? {
        guard member.notNull > 0 else { return nil }
        return try span.extracting(member.value).value()
    }
}

extension Span<UInt8> {
    /// The value that a text within a stream or answer is.
    func value() throws(PlexError) -> JSONValue {
        do {
            return try JSONValue(parsing: self)
        } catch {
            throw PlexError(
                .malformedResponse,
                "the answer holds a piece that is not JSON: \(error)",
                underlyingError: error
            )
        }
    }
}
