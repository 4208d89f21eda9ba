internal import CRE2

/// A regular expression of which a text must have a match somewhere.
///
/// It is RE2's, so that no pattern takes longer than linear in the text.
// `@safe`: the pointer is made here, freed in `deinit`, and never leaves.
// `@unchecked Sendable`: RE2 documents that a compiled pattern may be matched from several threads at once, and nothing
// else is done with it between `init` and `deinit`.
@safe final class SchemaPattern: @unchecked Sendable {
    private static let memory = 1 << 20

    private let pattern: OpaquePointer

    /// Compiles a pattern; `nil` if RE2 cannot have it.
    init?(_ text: String) {
        var bytes = Self.translated(text)
        let compiled = bytes.withUTF8 { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
                unsafe cre2_compile(characters.baseAddress, characters.count, Self.memory)
            }
        }
        guard let compiled = unsafe compiled else { return nil }
        var fragment: UnsafePointer<CChar>?
        var length = 0
        guard unsafe cre2_error(compiled, &fragment, &length) == nil else {
            unsafe cre2_free(compiled)
            return nil
        }
        unsafe pattern = compiled
    }

    deinit {
        unsafe cre2_free(pattern)
    }

    /// Whether the text has a match.
    func isFound(in text: String) -> Bool {
        var text = text
        return text.withUTF8 { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
                unsafe cre2_finds(pattern, characters.baseAddress, characters.count)
            }
        }
    }

    // ECMA-262 writes a code point as `\u0041` or `\u{41}`, RE2 as `\x{41}`; named groups are `(?P<…>` in older RE2.
    private static func translated(_ text: String) -> String {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), let next = rest.popFirst() {
                if next == UInt8(ascii: "u"), rest.first == UInt8(ascii: "{") {
                    result += Array("\\x".utf8)
                } else if next == UInt8(ascii: "u"), rest.count >= 4 {
                    result += Array("\\x{".utf8) + rest.prefix(4) + [UInt8(ascii: "}")]
                    rest = rest.dropFirst(4)
                } else {
                    result += [byte, next]
                }
            } else if byte == UInt8(ascii: "("), rest.starts(with: "?<".utf8),
                let mark = rest.dropFirst(2).first, mark != UInt8(ascii: "="), mark != UInt8(ascii: "!")
            {
                result += Array("(?P<".utf8)
                rest = rest.dropFirst(2)
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
