/// Why something is not accepted as a secret; it holds no part of the secret.
@nonexhaustive
public enum SecretError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is nothing in it.
    case empty
    /// It is not text in UTF-8.
    case notText
    /// A control character or line end stands inside it; in a header it would start a new line.
    case controlCharacter(offset: Int)

    /// What is wrong.
    public var description: String {
        switch self {
        case .empty: "the secret is empty"
        case .notText: "the secret is not text in UTF-8"
        case .controlCharacter(let offset): "the secret has a control character or line end at byte \(offset)"
        }
    }
}

extension Secret {
    /// Makes a secret from the content of a file or variable, fit to be sent in a header.
    ///
    /// Line ends behind the secret are dropped, as editors and `echo` leave them there.
    ///
    /// - Parameter bytes: The content.
    /// - Throws: ``SecretError`` if there is nothing in it, or what cannot stand in a header.
    public init(validating bytes: [UInt8]) throws(SecretError) {
        var content = bytes[...]
        while content.last == .lineFeed || content.last == .carriageReturn {
            content.removeLast()
        }
        guard !content.isEmpty else { throw .empty }
        if let offset = content.firstIndex(where: { $0 < 0x20 || $0 == 0x7F }) {
            throw .controlCharacter(offset: offset)
        }
        guard String(validating: content, as: UTF8.self) != nil else { throw .notText }
        self.init(bytes: Array(content))
    }

    /// Makes a secret from text, fit to be sent in a header.
    ///
    /// - Parameter text: The text; line ends behind it are dropped.
    /// - Throws: ``SecretError`` if there is nothing in it, or what cannot stand in a header.
    public init(validating text: String) throws(SecretError) {
        try self.init(validating: Array(text.utf8))
    }
}
