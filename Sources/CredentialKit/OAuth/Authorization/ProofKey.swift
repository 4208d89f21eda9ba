public import TransportKit

/// The proof that who redeems a code is who asked for it (PKCE, RFC 7636), by SHA-256.
public struct ProofKey: Sendable {
    /// The only method that is used.
    public static let method = "S256"

    /// What is sent with the code.
    public let verifier: Secret
    /// What is sent when the code is asked for.
    public let challenge: String

    /// Makes a new one of 256 random bits.
    ///
    /// - Throws: `OAuthError`, if the system has no randomness to give.
    public init() throws(OAuthError) {
        self.init(verifier: Secret(try RandomText.make()))
    }

    /// Makes one of a verifier that was kept.
    public init(verifier: Secret) {
        self.verifier = verifier
        challenge = Base64URL.text(Digest.sha256(verifier.withText { Array($0.utf8) }))
    }
}

/// Text that cannot be guessed.
enum RandomText {
    /// 43 characters of 256 random bits.
    static func make() throws(OAuthError) -> String {
        do {
            try Seal.prepare()
        } catch {
            throw OAuthError(.configuration, error.message)
        }
        return Base64URL.text(Seal.randomBytes(32))
    }
}
