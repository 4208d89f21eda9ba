public import TransportKit

/// Where the credential of a request comes from at the moment when the request is sent.
public protocol CredentialSource: Sendable {
    /// The credential as it is valid now.
    ///
    /// - Returns: The credential.
    /// - Throws: `CredentialError`, if there is none that is valid.
    func credential() async throws(CredentialError) -> Secret
}

/// A credential that never changes.
public struct StaticCredential: CredentialSource {
    private let secret: Secret

    /// Makes a source of a secret.
    public init(_ secret: Secret) {
        self.secret = secret
    }

    /// The secret.
    public func credential() async throws(CredentialError) -> Secret { secret }
}
