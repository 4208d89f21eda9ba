internal import TransportKit

/// Texts that say where a secret is and hold none themselves.
public enum SecretReference {
    /// What references look like, for messages.
    public static let forms = "store:NAME, file:PATH, ${VARIABLE} or Bearer ${VARIABLE}"

    /// Whether a text is a reference: `store:NAME`, `file:PATH`, or `${VARIABLE}`, with the name of a scheme before it or without.
    ///
    /// A default, as in `${VARIABLE:-text}`, is a text of its own and could be the secret; one that is empty cannot.
    public static func isReference(_ text: String) -> Bool {
        for prefix in ["store:", "file:"] where text.hasPrefix(prefix) {
            let rest = text.dropFirst(prefix.count)
            return !rest.isEmpty && !rest.utf8.contains { $0 < 0x20 || $0 == 0x7F } && !rest.contains("${")
        }
        var rest = text[...]
        for scheme in ["Bearer ", "Basic ", "Token "] where rest.hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
        }
        guard rest.hasPrefix("${"), rest.hasSuffix("}") else { return false }
        var name = rest.dropFirst(2).dropLast()
        if name.hasSuffix(":-") { name = name.dropLast(2) }
        guard let first = name.utf8.first, !isDigit(first) else { return false }
        return name.utf8.allSatisfy { isDigit($0) || isLetter($0) || $0 == UInt8(ascii: "_") }
    }

    /// The members of `env` and `headers` that are no references, by their paths.
    static func literals(in settings: JSONObject) -> [String] {
        ["env", "headers"].flatMap { member in
            (settings[member]?.object?.members ?? []).compactMap { entry in
                if let text = entry.value.string, isReference(text) { nil } else { "\(member).\(entry.name)" }
            }
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
