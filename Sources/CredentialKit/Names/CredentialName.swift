public import TransportKit

/// The name of a credential: a provider, and an account where there are several, as `openai` or `openai@work`.
public struct CredentialName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The longest that a provider's or an account's name may be.
    public static let maximumLength = 128

    /// The provider or service that it is for.
    public let provider: String
    /// Which of several it is; empty for the only one.
    public let account: String

    /// Makes a name of its parts.
    ///
    /// - Parameters:
    ///   - provider: The provider; letters, digits, `.`, `_` and `-`, beginning with a letter or digit.
    ///   - account: The account; empty, or made as the provider's name is.
    /// - Throws: `CredentialError` of code `invalidName`.
    public init(provider: String, account: String = "") throws(CredentialError) {
        guard Self.isValid(provider), account.isEmpty || Self.isValid(account) else {
            throw CredentialError(
                .invalidName,
                """
                this is no name of a credential: it is PROVIDER or PROVIDER@ACCOUNT, each of letters, digits, '.', '_' and \
                '-', beginning with a letter or digit, at most \(Self.maximumLength) characters
                """
            )
        }
        self.provider = provider
        self.account = account
    }

    /// Reads `PROVIDER` or `PROVIDER@ACCOUNT`.
    ///
    /// - Parameter text: The name.
    /// - Throws: `CredentialError` of code `invalidName`.
    public init(_ text: String) throws(CredentialError) {
        guard let mark = text.firstIndex(of: "@") else {
            try self.init(provider: text)
            return
        }
        let account = String(text[text.index(after: mark)...])
        // An empty account would be another spelling of the name without one.
        try self.init(provider: String(text[..<mark]), account: account.isEmpty ? "@" : account)
    }

    /// The name as it is written.
    public var description: String { account.isEmpty ? provider : "\(provider)@\(account)" }

    /// Orders by provider, then by account.
    public static func < (lhs: CredentialName, rhs: CredentialName) -> Bool {
        (lhs.provider, lhs.account) < (rhs.provider, rhs.account)
    }

    private static func isValid(_ part: String) -> Bool {
        let bytes = part.utf8
        guard let first = bytes.first, bytes.count <= maximumLength, isLetterOrDigit(first) else { return false }
        return bytes.allSatisfy { isLetterOrDigit($0) || "._-".utf8.contains($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
