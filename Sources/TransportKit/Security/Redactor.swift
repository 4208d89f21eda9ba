/// Takes secrets out of text: those it knows, and what looks like one.
///
/// What looks like a secret: the token after `Bearer` or `Basic`, and words that begin like a provider's key (`sk-…`,
/// `AIza…`).
public struct Redactor: Sendable {
    /// What stands in place of a secret.
    public static let replacement = "<secret>"
    /// A known secret that is shorter is not looked for, since it would be found everywhere.
    public static let minimumLength = 6

    private var secrets: [Secret]
    // Whether a byte may begin a secret: most do not, and log lines are looked through byte by byte.
    private var beginnings: [Bool]

    /// Makes a redactor.
    ///
    /// - Parameter secrets: Secrets to look for.
    public init(secrets: [Secret] = []) {
        self.secrets = []
        beginnings = [Bool](repeating: false, count: 256)
        for byte in "bBsA".utf8 { beginnings[Int(byte)] = true }
        for secret in secrets {
            insert(secret)
        }
    }

    /// Adds a secret to look for.
    public mutating func insert(_ secret: Secret) {
        guard secret.withBytes({ $0.count }) >= Self.minimumLength, !secrets.contains(secret) else { return }
        secrets.append(secret)
        if let first = secret.withBytes({ $0.isEmpty ? nil : $0[0] }) { beginnings[Int(first)] = true }
    }

    /// The text with every secret replaced.
    ///
    /// - Parameter text: The text.
    /// - Returns: The text without secrets.
    public func redact(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var copied = 0
        var index = 0
        while index < bytes.count {
            guard beginnings[Int(bytes[index])], let secret = secretRange(in: bytes, at: index) else {
                index += 1
                continue
            }
            result += bytes[copied..<secret.lowerBound]
            result += Self.replacement.utf8
            index = secret.upperBound
            copied = index
        }
        guard copied > 0 else { return text }
        result += bytes[copied...]
        return String(decoding: result, as: UTF8.self)
    }

    // A secret that starts at the place, or the token behind the word at the place.
    private func secretRange(in bytes: [UInt8], at index: Int) -> Range<Int>? {
        let known = secrets.map { $0.length(ofMatchIn: bytes, at: index) }.max() ?? 0
        if known > 0 { return index..<(index + known) }
        guard index == 0 || !bytes[index - 1].isTokenCharacter else { return nil }
        for word in Self.schemes where bytes.hasPrefix(word, at: index, ignoringCase: true) {
            var start = index + word.count
            while start < bytes.count, bytes[start] == UInt8(ascii: " ") { start += 1 }
            let end = bytes.endOfToken(from: start)
            if end > start { return start..<end }
        }
        for prefix in Self.keyPrefixes where bytes.hasPrefix(prefix, at: index, ignoringCase: false) {
            let end = bytes.endOfToken(from: index)
            if end - index >= prefix.count + 8 { return index..<end }
        }
        return nil
    }

    private static let schemes = ["Bearer ", "Basic "].map { Array($0.utf8) }
    private static let keyPrefixes = ["sk-", "AIza"].map { Array($0.utf8) }
}

extension Secret {
    fileprivate func length(ofMatchIn bytes: [UInt8], at index: Int) -> Int {
        withBytes { secret in
            guard secret.count <= bytes.count - index else { return 0 }
            for offset in secret.indices where secret[offset] != bytes[index + offset] {
                return 0
            }
            return secret.count
        }
    }
}

extension [UInt8] {
    fileprivate func hasPrefix(_ prefix: [UInt8], at index: Int, ignoringCase: Bool) -> Bool {
        guard prefix.count <= count - index else { return false }
        for offset in prefix.indices {
            let byte = self[index + offset]
            guard byte == prefix[offset] || (ignoringCase && byte | 0x20 == prefix[offset] | 0x20) else { return false }
        }
        return true
    }

    fileprivate func endOfToken(from index: Int) -> Int {
        self[index...].firstIndex { !$0.isTokenCharacter } ?? count
    }
}

extension UInt8 {
    // What keys, JWTs and base64 are made of.
    fileprivate var isTokenCharacter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}
