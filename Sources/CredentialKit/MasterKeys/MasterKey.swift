internal import FoundationEssentials
internal import TransportKit

/// The key that the store's own key is locked with.
struct MasterKey: Sendable {
    let secret: Secret

    var fingerprint: [UInt8] { Seal.fingerprint(of: secret) }

    static func fresh() -> MasterKey {
        MasterKey(secret: Seal.makeKey())
    }

    private init(secret: Secret) {
        self.secret = secret
    }

    /// Reads the keys that stand in a file or variable, the first of which is the one for new stores.
    ///
    /// Each is a line, or a word, of 32 bytes in base64 or hexadecimal digits; lines that begin with `#` are comments. A
    /// content of exactly 32 bytes is a key itself.
    ///
    /// - Parameters:
    ///   - content: The content.
    ///   - origin: What errors call it.
    /// - Returns: The keys; at least one.
    /// - Throws: `CredentialError`, if there is none or something else.
    static func parse(_ content: Secret, origin: String) throws(CredentialError) -> [MasterKey] {
        if content.withBytes({ $0.count }) == Seal.keyLength, content.withBytes({ !isText($0) }) {
            return [MasterKey(secret: content)]
        }
        let keys = content.withText { text -> [MasterKey]? in
            var keys: [MasterKey] = []
            for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
                for word in line.split(whereSeparator: { $0.isWhitespace || $0 == "," }) {
                    guard let key = decode(word) else { return nil }
                    keys.append(key)
                }
            }
            return keys
        }
        guard let keys, !keys.isEmpty else {
            throw CredentialError(
                .noMasterKey,
                "\(origin) holds no master key: it has to be 32 bytes in base64, for example of openssl rand -base64 32"
            )
        }
        return keys
    }

    /// The content of a key file.
    ///
    /// - Parameter keys: The keys, the one for new stores first.
    /// - Returns: The content.
    static func fileContent(_ keys: [MasterKey]) -> Secret {
        var lines = [
            "# The master key of the credential store. Whoever has this file and the store has every credential."
        ]
        for key in keys {
            lines.append(
                key.secret.withBytes { bytes in unsafe Data(bytes.withUnsafeBytes { unsafe Array($0) }) }
                    .base64EncodedString()
            )
        }
        return Secret(lines.joined(separator: "\n") + "\n")
    }

    private static func isText(_ bytes: Span<UInt8>) -> Bool {
        bytes.indices.allSatisfy { (0x20...0x7E).contains(bytes[$0]) || bytes[$0] == 0x0A }
    }

    private static func decode(_ word: Substring) -> MasterKey? {
        if word.utf8.count == Seal.keyLength * 2 {
            var bytes: [UInt8] = []
            var rest = word.utf8[...]
            while let high = rest.popFirst()?.hexDigit, let low = rest.popFirst()?.hexDigit {
                bytes.append(high << 4 | low)
            }
            return bytes.count == Seal.keyLength ? MasterKey(secret: Secret(bytes: bytes)) : nil
        }
        guard let data = Data(base64Encoded: String(word)), data.count == Seal.keyLength else { return nil }
        return MasterKey(secret: Secret(bytes: Array(data)))
    }
}

extension UInt8 {
    var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
