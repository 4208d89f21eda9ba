internal import TransportKit

/// The answers of OpenAI's audio and image interfaces, as they are handed on: whatever they are, only their events are looked at.
struct MediaForwardDialect: ForwardDialect {
    func makeObserver() -> any ForwardObserver {
        MediaForwardObserver()
    }

    func summary(ofWhole body: [UInt8]) throws(ForwardRefusal) -> ForwardSummary {
        // Sound, pictures and plain text are answers too.
        guard body.first == UInt8(ascii: "{"), let value = try? JSONValue(parsing: body) else {
            return ForwardSummary()
        }
        if value["error"]?.isNull == false, let details = OpenAIErrorReader.read(value) { throw .refused(details) }
        return ForwardSummary(usage: ResponsesVocabulary.usage(value["usage"]))
    }

    func events(ofWhole body: [UInt8]) throws(PlexError) -> [UInt8] {
        body
    }
}

/// Looks at the events of a stream of sound, pictures or a transcript: the last one's type ends in `.done` or `.completed`.
struct MediaForwardObserver: ForwardObserver {
    private(set) var hasAnswer = false
    private(set) var summary = ForwardSummary()
    private var scanner = Self.scanner

    private(set) var isComplete = false
    let endMark: [UInt8] = []

    private static let scanner = JSONScanner([.member("type"), .member("error"), .member("usage")])

    mutating func observe(_ data: Span<UInt8>) throws(PlexError) -> ForwardVerdict {
        if data.begins(with: "[DONE]") { return .end }
        try scanner.scan(piece: data)
        let members = scanner.members
        let type = members[0].notNull > 0 ? try data.extracting(members[0].value).value().string ?? "" : ""
        if members[1].notNull > 0 || type == "error" {
            throw (ResponsesVocabulary.error(try data.value()) ?? DialectError()).asPlexError()
        }
        hasAnswer = true
        guard type.hasSuffix(".done") || type.hasSuffix(".completed") else { return .forward }
        if members[2].notNull > 0 {
            summary.usage = ResponsesVocabulary.usage(try data.extracting(members[2].value).value())
        }
        // Of several pictures each has such an event.
        isComplete = true
        return .forward
    }
}
