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
    }

    private static let scanner = JSONScanner([
        .member("error"), .member("object"), .member("usage"), .member("choices"), .member("data"),
        .member("finish_reason", under: Place.choices),
    ])

    func summary(ofWhole body: [UInt8]) throws(ForwardRefusal) -> ForwardSummary {
        var scanner = Self.scanner
        do {
            try scanner.scan(body.span)
        } catch {
            throw refusal(of: body)
        }
        let members = scanner.members
        let list = members[operation == .openAIEmbedding ? Place.data : Place.choices]
        // What speaks for an answer spares the whole parse; an error may stand beside it.
        guard list.notNull > 0, body[list.value.lowerBound] == UInt8(ascii: "["), members[Place.error].notNull == 0,
            !isErrorObject(body, members[Place.object])
        else { throw refusal(of: body) }
        do {
            let finish = members[Place.finishReason]
            return ForwardSummary(
                usage: OpenAIVocabulary.usage(try body.value(of: members[Place.usage])),
                finishReason: try body.value(of: finish)?.string
                    .flatMap { raw throws(PlexError) in
                        raw.isEmpty ? nil : try OpenAIVocabulary.finishReason(raw)
                    }
            )
        } catch {
            throw .failed(error)
        }
    }

    private func isErrorObject(_ body: [UInt8], _ member: JSONScanner.Member) -> Bool {
        member.count > 0 && member.value.count == 7 && body[member.value.lowerBound + 1] | 0x20 == UInt8(ascii: "e")
    }

    // Rare, so it may cost a whole parse.
    private func refusal(of body: [UInt8]) -> ForwardRefusal {
        do {
            let value = try JSONValue(parsing: body)
            if let details = OpenAIErrorReader.read(value) { return .refused(details) }
            let list = operation == .openAIEmbedding ? "data" : "choices"
            return .failed(
                PlexError(
                    .malformedResponse,
                    "the answer has no \(list); is base_url that of an OpenAI-compatible server?"
                )
            )
        } catch {
            return .malformed(error)
        }
    }
}

extension [UInt8] {
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
