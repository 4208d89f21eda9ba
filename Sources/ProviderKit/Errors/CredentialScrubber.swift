package import TransportKit

/// Takes credentials out of text that came from a provider: some echo the key, or its ends, in their error messages.
package struct CredentialScrubber: Sendable {
    private static let windowSize = 6

    private let secrets: [Secret]

    /// Makes a scrubber.
    ///
    /// - Parameter secrets: The credentials that were sent; of `Bearer …` only the token counts.
    package init(_ secrets: [Secret]) {
        self.secrets = secrets
    }

    /// A scrubber that takes out one more.
    package func adding(_ secret: Secret) -> CredentialScrubber {
        CredentialScrubber(secrets + [secret])
    }

    /// The text with each credential, and each word that shows a part of one, replaced by `<secret>`.
    package func scrub(_ text: String) -> String {
        var text = text
        for secret in secrets {
            secret.withText { value in
                let key = value.split(separator: " ").last.map(String.init) ?? ""
                guard key.utf8.count >= 4 else { return }
                text = Self.scrub(text, key: Array(key.utf8))
            }
        }
        return text
    }

    private static func scrub(_ text: String, key: [UInt8]) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            guard isKeyByte(bytes[position]) else {
                result.append(bytes[position])
                position += 1
                continue
            }
            let end = bytes[position...].firstIndex { !isKeyByte($0) } ?? bytes.count
            let word = bytes[position..<end]
            if shows(word, partOf: key) {
                result += Array("<secret>".utf8)
                if word.last == UInt8(ascii: ".") { result.append(UInt8(ascii: ".")) }
            } else {
                result += word
            }
            position = end
        }
        return String(decoding: result, as: UTF8.self)
    }

    // Masked forms such as `sk-ab****wxyz` show the key's ends only.
    private static func shows(_ word: ArraySlice<UInt8>, partOf key: [UInt8]) -> Bool {
        if key.count < windowSize { return word.contains(key) }
        if word.contains(UInt8(ascii: "*")) || word.contains([0x2E, 0x2E, 0x2E]) || word.contains([0xE2, 0x80, 0xA6]) {
            let trimmed = word.last == UInt8(ascii: ".") ? word.dropLast() : word
            return trimmed.starts(with: key.prefix(3)) || trimmed.suffix(3) == key.suffix(3)
        }
        guard word.count >= windowSize else { return false }
        for start in 0...(key.count - windowSize) where word.contains(key[start..<(start + windowSize)]) {
            return true
        }
        return false
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "$"), 0x80...:
            true
        default: false
        }
    }
}
