/// How a JSON Web Token is signed; only with public keys, so that who checks a token cannot make one.
public struct SignatureAlgorithm: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
    /// Ed25519.
    public static let edDSA: SignatureAlgorithm = "EdDSA"
    /// ECDSA on P-256 with SHA-256.
    public static let es256: SignatureAlgorithm = "ES256"
    /// RSA (PKCS #1 v1.5) with SHA-256.
    public static let rs256: SignatureAlgorithm = "RS256"
    /// All that can be checked; `none` and those with shared keys never can.
    public static let all: [SignatureAlgorithm] = [.edDSA, .es256, .rs256]

    /// The name in a token's header.
    public let rawValue: String

    /// Makes one of its name.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Makes one of its name.
    public init(stringLiteral value: String) {
        self.init(rawValue: value)
    }
}
