/// What a stored secret is.
public struct CredentialKind: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible
{
    /// A key that is sent as it is.
    public static let key: CredentialKind = "key"
    /// The tokens of a login, with what is needed to renew them.
    public static let oauth: CredentialKind = "oauth"

    /// The word that is stored.
    public let rawValue: String

    /// Makes a kind of a word.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Makes a kind of a word.
    public init(stringLiteral value: String) {
        self.init(rawValue: value)
    }

    /// The word.
    public var description: String { rawValue }
}
