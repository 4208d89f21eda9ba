/// Where the credential of a request comes from at the moment when the request is sent.
public protocol CredentialSource: Sendable {
    /// The credential as it is valid now.
    ///
    /// - Returns: The credential.
    /// - Throws: `CredentialError`, if there is none that is valid.
    func credential() async throws(CredentialError) -> Secret

    /// Tells that a server refused a credential, so that it is not given out again if there can be another.
    ///
    /// - Parameter credential: What was refused; one that is no longer given out anyway changes nothing.
    func discard(_ credential: Secret) async
}

extension CredentialSource {
    /// Does nothing: there is no other credential.
    public func discard(_ credential: Secret) async {}
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
