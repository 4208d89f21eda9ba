internal import CRE2

/// A regular expression that a whole text must match.
///
/// It is RE2's: no pattern takes longer than linear in the text, so that a pattern of a configuration cannot stop a gateway.
/// Back references and look-around, which need more, are refused.
// `@safe`: the pointer is made here, freed in `deinit`, and never leaves.
// `@unchecked Sendable`: RE2 documents that a compiled pattern may be matched from several threads at once, and nothing
// else is done with it between `init` and `deinit`.
@safe package final class RegularExpression: @unchecked Sendable {
    /// The most memory that a compiled pattern may have, and half of what RE2 has by itself.
    private static let memory = 1 << 20
    /// The longest pattern.
    package static let maximumLength = 1024

    private let pattern: OpaquePointer

    /// Compiles a pattern.
    ///
    /// - Parameter text: The pattern in RE2's syntax; `^` and `$` around it change nothing.
    /// - Throws: `PatternError` that says what is wrong and where.
    package init(_ text: String) throws(PatternError) {
        guard !text.isEmpty else { throw PatternError("expected a regular expression, found nothing") }
        guard text.utf8.count <= Self.maximumLength else {
            throw PatternError("a regular expression has at most \(Self.maximumLength) bytes")
        }
        var bytes = text
        let compiled = bytes.withUTF8 { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
                unsafe cre2_compile(characters.baseAddress, characters.count, Self.memory)
            }
        }
        guard let compiled = unsafe compiled else { throw PatternError("no memory for this regular expression") }
        var fragment: UnsafePointer<CChar>?
        var length = 0
        if let message = unsafe cre2_error(compiled, &fragment, &length) {
            let error = unsafe Self.error(
                String(cString: message),
                UnsafeBufferPointer(start: fragment, count: length),
                text
            )
            unsafe cre2_free(compiled)
            throw error
        }
        unsafe pattern = compiled
    }

    deinit {
        unsafe cre2_free(pattern)
    }

    /// Whether the whole text matches.
    package func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
                unsafe cre2_matches(pattern, characters.baseAddress, characters.count)
            }
        }
    }

    // RE2 repeats the fragment behind a colon; it is told as a place instead, as a pattern may come from a variable.
    private static func error(_ message: String, _ fragment: UnsafeBufferPointer<CChar>, _ text: String) -> PatternError
    {
        let message = message.split(separator: ":", maxSplits: 1).first.map(String.init) ?? "not valid"
        let words = "this is no regular expression: \(message)"
        let part = unsafe fragment.map { UInt8(bitPattern: $0) }
        let bytes = Array(text.utf8)
        // The whole pattern as the fragment says nothing of the place.
        guard !part.isEmpty, part.count < bytes.count,
            let start = bytes.indices.first(where: { bytes[$0...].starts(with: part) })
        else { return PatternError(words) }
        // Bytes that continue a character are not counted.
        let position = bytes[..<start].reduce(1) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
        return PatternError(words, at: position)
    }
}
