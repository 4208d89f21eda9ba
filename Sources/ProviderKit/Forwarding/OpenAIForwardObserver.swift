internal import TransportKit

/// Looks at the chunks of an OpenAI stream: errors, finish reasons, usage, the end mark.
///
/// Every chunk is checked to be JSON; values are made only of what marks an end, an error or usage.
struct OpenAIForwardObserver: ForwardObserver {
    static let done = Array("data: [DONE]\n\n".utf8)

    // More choices than this are no answer but an attack on memory.
    private static let maximumChoices = 4096

    private(set) var hasAnswer = false
    private(set) var summary = ForwardSummary()
    var endMark: [UInt8] { Self.done }

    private let hidesUsage: Bool
    private var scanner = Self.scanner
    private var finished: Set<Int> = []
    private var lastChoice = 0

    /// Makes an observer.
    ///
    /// - Parameter hidesUsage: Whether usage was asked for in the caller's stead, who is not to see it.
    init(hidesUsage: Bool) {
        self.hidesUsage = hidesUsage
    }

    /// Whether every choice that was begun has its finish reason.
    var isComplete: Bool { finished.count > lastChoice }

    // Numbers of the names below.
    private enum Place {
        static let error = 0, choices = 1, usage = 2, groq = 3, finishReason = 4, index = 5
    }

    private static let scanner = JSONScanner([
        .member("error"), .member("choices"), .member("usage"), .member("x_groq"),
        .member("finish_reason", under: Place.choices), .member("index", under: Place.choices),
    ])

    mutating func observe(_ data: Span<UInt8>) throws(PlexError) -> ForwardVerdict {
        if Self.isDone(data) { return .end }
        do {
            try scanner.scan(data)
        } catch {
            throw Self.failure(try data.value())
                ?? PlexError(.malformedResponse, "an event of the stream is no object")
        }
        let members = scanner.members
        let hasChoices = Self.isFilledList(members[Place.choices], data)
        if members[Place.error].notNull > 0 || members[Place.choices].count == 0 {
            if let failure = Self.failure(try data.value()) { throw failure }
        }
        if hasChoices {
            hasAnswer = true
            try readChoices(members, data)
        }
        try readUsage(members, data)
        return hidesUsage ? verdict(members[Place.usage], hasChoices: hasChoices, data) : .forward
    }

    private static func failure(_ value: JSONValue) -> PlexError? {
        OpenAIErrorReader.read(value)?.asPlexError()
    }

    private static func isDone(_ data: Span<UInt8>) -> Bool {
        guard data.count >= 6, data.count < 16 else { return false }
        var text: [UInt8] = []
        for index in 0..<data.count where data[index] != 0x20 { text.append(data[index]) }
        return text == Array("[DONE]".utf8)
    }

    private static func isFilledList(_ member: JSONScanner.Member, _ data: Span<UInt8>) -> Bool {
        guard member.notNull > 0, data[member.value.lowerBound] == UInt8(ascii: "[") else { return false }
        var place = member.value.lowerBound + 1
        while data[place].isSpace { place += 1 }
        return data[place] != UInt8(ascii: "]")
    }
}

extension OpenAIForwardObserver {
    private mutating func readChoices(_ members: [JSONScanner.Member], _ data: Span<UInt8>) throws(PlexError) {
        let index = members[Place.index]
        if members[Place.finishReason].notNull == 0 {
            guard index.notNull > 0 else { return }
            // Nearly always one choice with one digit, which needs no parse.
            if index.count == 1, index.value.count == 1 {
                lastChoice = max(lastChoice, Int(data[index.value.lowerBound]) - 0x30)
                return
            }
        }
        for choice in try data.extracting(members[Place.choices].value).value().array ?? [] {
            let index = choice["index"]?.int ?? 0
            guard (0..<Self.maximumChoices).contains(index) else { continue }
            lastChoice = max(lastChoice, index)
            guard let raw = choice["finish_reason"]?.string, !raw.isEmpty else { continue }
            let reason = try OpenAIVocabulary.finishReason(raw)
            finished.insert(index)
            if index == 0 || summary.finishReason == nil { summary.finishReason = reason }
        }
    }

    private mutating func readUsage(_ members: [JSONScanner.Member], _ data: Span<UInt8>) throws(PlexError) {
        let usage = members[Place.usage]
        if usage.notNull > 0 { add(try data.extracting(usage.value).value()) }
        let groq = members[Place.groq]
        if groq.notNull > 0 { add(try data.extracting(groq.value).value()["usage"]) }
    }

    private mutating func add(_ value: JSONValue?) {
        guard let usage = OpenAIVocabulary.usage(value) else { return }
        summary.usage = summary.usage?.merging(usage) ?? usage
    }

    // A server that is asked for usage adds a chunk without choices that has it, and `"usage":null` to all others.
    private func verdict(_ usage: JSONScanner.Member, hasChoices: Bool, _ data: Span<UInt8>) -> ForwardVerdict {
        guard usage.count > 0 else { return .forward }
        if usage.notNull > 0, !hasChoices { return .drop }
        var start = usage.nameStart
        while data[start - 1].isSpace { start -= 1 }
        if data[start - 1] == UInt8(ascii: ",") { return .forwardWithout(start - 1..<usage.value.upperBound) }
        var end = usage.value.upperBound
        while data[end].isSpace { end += 1 }
        if data[end] == UInt8(ascii: ",") { end += 1 }
        return .forwardWithout(start..<end)
    }
}

extension UInt8 {
    fileprivate var isSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
}
