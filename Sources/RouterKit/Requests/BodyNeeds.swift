internal import ProviderKit
internal import TransportKit

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What a request's body asks of a model, found without making values of it.
///
/// Members are found by their colons. A quote within a text has a backslash before it, so that what looks like a member is
/// one, wherever the text of a conversation speaks of such things.
struct BodyNeeds {
    /// Shorter ones cost no more to count as text than to look for.
    private static let shortestMedia = 1024

    private(set) var needs: Set<Capabilities.Feature> = []
    private(set) var session: UInt64?
    /// What of the body is no text.
    private(set) var mediaBytes = 0
    private(set) var mediaCount = 0

    /// Looks through a body.
    ///
    /// - Parameters:
    ///   - body: The body.
    ///   - operation: What is asked for, in which dialect.
    init(_ body: ScannedBody, _ operation: WireOperation) {
        if operation == .openAIEmbedding || operation == .ollamaEmbed { needs.insert(.embeddings) }
        let known = BodyMark.all(of: operation)
        let marks = known.marks
        guard !marks.isEmpty else { return }
        let bytes = body.bytes
        var maybe: Set<Capabilities.Feature> = []
        var place = 0
        while let colon = bytes.firstIndex(of: UInt8(ascii: ":"), from: place) {
            place = colon + 1
            guard let name = bytes.name(before: colon), known.hasName(ofLength: name.count),
                let value = bytes.indexPastSpace(from: place)
            else { continue }
            let initial = bytes[name.lowerBound]
            // By their places: to take each out costs more than to look at it.
            for index in marks.indices where marks[index].initial == initial {
                guard bytes.has(marks[index].name, at: name), bytes.passes(marks[index].test, at: value) else {
                    continue
                }
                switch marks[index].meaning {
                case .needs(let feature): needs.insert(feature)
                case .mayNeed(let feature): maybe.insert(feature)
                case .session: session = session ?? bytes.text(at: value).map { StableHash.hash(bytes[$0]) }
                case .media: place = skipMedia(bytes, at: value)
                }
            }
        }
        // Some clients send an empty list where there are none.
        if !body.hasTools { needs.remove(.tools) }
        if !maybe.isSubset(of: needs), Self.hasSchema(bytes, operation) { needs.formUnion(maybe) }
    }

    /// Passes over Base64, which is neither text nor has members.
    private mutating func skipMedia(_ bytes: [UInt8], at value: Int) -> Int {
        let isList = bytes[value] == UInt8(ascii: "[")
        let end = bytes.firstIndex(of: UInt8(ascii: isList ? "]" : "\""), from: value + 1) ?? bytes.count
        guard end - value >= Self.shortestMedia else { return value }
        mediaBytes += end - value
        mediaCount += isList ? bytes[value..<end].count { $0 == UInt8(ascii: ",") } + 1 : 1
        return end
    }

    /// Whether a schema for the answer stands where the dialect has it.
    private static func hasSchema(_ bytes: [UInt8], _ operation: WireOperation) -> Bool {
        let isGemini = operation == .geminiGenerate || operation == .geminiTokenCount
        var scanner = isGemini ? geminiScanner : JSONScanner([.member("format")])
        guard (try? scanner.scan(bytes.span)) != nil else { return false }
        // The configuration itself is an object too, and none of what is looked for.
        return scanner.members.dropFirst(isGemini ? 2 : 0).contains { member in
            member.notNull > 0 && bytes[member.value.lowerBound] == UInt8(ascii: "{")
        }
    }

    private static let geminiScanner = JSONScanner([
        .member("generationConfig"), .member("generation_config"),
        .member("responseSchema", under: 0), .member("response_schema", under: 0),
        .member("responseJsonSchema", under: 0), .member("response_json_schema", under: 0),
        .member("responseSchema", under: 1), .member("response_schema", under: 1),
        .member("responseJsonSchema", under: 1), .member("response_json_schema", under: 1),
    ])
}

extension [UInt8] {
    /// The next place of a byte, by the system's fast search.
    fileprivate func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        guard start < count else { return nil }
        return unsafe withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress,
                let found = unsafe memchr(base + start, Int32(byte), bytes.count - start)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - base
        }
    }

    fileprivate func indexPastSpace(from start: Int) -> Int? {
        var place = start
        while place < count, isSpace(self[place]) { place += 1 }
        return place < count ? place : nil
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }

    /// The place of the name behind which a colon stands; `nil` if there is none, or one longer than any that is looked for.
    fileprivate func name(before colon: Int) -> Range<Int>? {
        let quote = UInt8(ascii: "\"")
        var end = colon - 1
        while end > 0, isSpace(self[end]) { end -= 1 }
        guard end > 0, self[end] == quote else { return nil }
        var start = end
        while start > 0, self[start - 1] != quote {
            start -= 1
            guard end - start <= BodyMark.longestName else { return nil }
        }
        return start > 0 ? start..<end : nil
    }

    /// Whether a name stands at a place.
    fileprivate func has(_ name: StaticString, at place: Range<Int>) -> Bool {
        // Most are told apart by their length.
        place.count == name.utf8CodeUnitCount && has(name, from: place.lowerBound)
    }

    private func has(_ text: StaticString, from start: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard start + length <= count else { return false }
        return unsafe withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return false }
            return unsafe memcmp(base + start, text.utf8Start, length) == 0
        }
    }

    fileprivate func passes(_ test: BodyMark.Test, at place: Int) -> Bool {
        switch test {
        case .text(let text): isText(text, at: place)
        case .prefix(let text): self[place] == UInt8(ascii: "\"") && has(text, from: place + 1)
        case .word: isWord(at: place)
        case .yes: self[place] == UInt8(ascii: "t") || isWord(at: place)
        case .positive: (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(self[place])
        case .object: self[place] == UInt8(ascii: "{")
        case .list:
            self[place] == UInt8(ascii: "[")
                && indexPastSpace(from: place + 1).map { self[$0] != UInt8(ascii: "]") } == true
        }
    }

    private func isWord(at place: Int) -> Bool {
        self[place] == UInt8(ascii: "\"") && !isText("none", at: place) && !isText("", at: place)
    }

    private func isText(_ text: StaticString, at place: Int) -> Bool {
        let end = place + 1 + text.utf8CodeUnitCount
        return self[place] == UInt8(ascii: "\"") && end < count && self[end] == UInt8(ascii: "\"")
            && has(text, from: place + 1)
    }

    /// The place of a text up to the next quote.
    fileprivate func text(at place: Int) -> Range<Int>? {
        guard self[place] == UInt8(ascii: "\""), let end = firstIndex(of: UInt8(ascii: "\""), from: place + 1) else {
            return nil
        }
        return place + 1..<end
    }
}
