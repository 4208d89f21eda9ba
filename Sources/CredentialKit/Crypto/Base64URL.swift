internal import FoundationEssentials

/// Base64 in the alphabet of RFC 4648, section 5, without padding.
enum Base64URL {
    /// The text of bytes.
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        let plain = Data(bytes).base64EncodedString()
        var result = ""
        for character in plain.unicodeScalars where character != "=" {
            switch character {
            case "+": result.unicodeScalars.append("-")
            case "/": result.unicodeScalars.append("_")
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    /// The bytes of a text; anything that `text` would not write is refused, so that a token has one spelling.
    static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        var plain: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "-"): plain.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): plain.append(UInt8(ascii: "/"))
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                plain.append(byte)
            default: return nil
            }
        }
        guard plain.count % 4 != 1 else { return nil }
        plain += [UInt8](repeating: UInt8(ascii: "="), count: (4 - plain.count % 4) % 4)
        return Data(base64Encoded: Data(plain)).map { Array($0) }
    }
}
