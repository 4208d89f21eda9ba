package import FoundationEssentials
public import TransportKit

/// The access token of a stored login, renewed before it ends by one of all tasks and processes that use it.
///
/// ```swift
/// let source = OAuthCredential(store: store, name: name, transport: HTTPClient.forAuthorization())
/// let token = try await source.credential()
/// ```
public actor OAuthCredential: CredentialSource {
    private let name: CredentialName
    private let issuer: String?
    private let renewing: RenewingCredential
    private var held: (stored: Secret, tokens: OAuthTokens)?
    private var refused: Secret?

    /// Makes a source.
    ///
    /// - Parameters:
    ///   - store: The store that has the login.
    ///   - name: The login's name.
    ///   - issuer: The server that the login has to be of; a login of another one is not used.
    ///   - transport: What asks the server for new tokens.
    ///   - skew: How many seconds before its end the access token is renewed.
    public init(
        store: CredentialStore,
        name: CredentialName,
        issuer: String? = nil,
        transport: any HTTPTransport,
        skew: Double = 60
    ) {
        self.init(store: store, name: name, issuer: issuer, transport: transport, skew: skew, now: { Date() })
    }

    package init(
        store: CredentialStore,
        name: CredentialName,
        issuer: String?,
        transport: any HTTPTransport,
        skew: Double,
        now: @escaping @Sendable () -> Date
    ) {
        self.name = name
        self.issuer = issuer
        renewing = RenewingCredential(
            store: store,
            name: name,
            skew: skew,
            now: now,
            clock: ContinuousClock(),
            exchange: { old throws(CredentialError) in
                let tokens = try Self.tokens(old.secret, name, issuer)
                do throws(OAuthError) {
                    let new = try await tokens.renewed(using: transport, now: now())
                    return RenewedCredential(secret: new.secret, expires: new.expires)
                } catch {
                    throw Self.failure(error, name)
                }
            }
        )
    }

    /// The access token as it is valid now; renewed first, if it ends soon.
    ///
    /// - Returns: The token.
    /// - Throws: `CredentialError`, if there is no login, or it has ended and only a new one helps.
    public func credential() async throws(CredentialError) -> Secret {
        if let refused, held?.tokens.accessToken == refused { return try await credential(insteadOf: refused) }
        return try token(in: try await renewing.credential())
    }

    /// Makes the next caller renew the token, although it has not ended.
    ///
    /// - Parameter credential: What a server refused.
    public func discard(_ credential: Secret) async {
        refused = credential
    }

    /// An access token in place of one that a server refused although it has not ended, as after a revocation.
    ///
    /// - Parameter rejected: The token that was refused.
    /// - Returns: Another token; one that somebody else has had meanwhile is used, and no server asked.
    /// - Throws: `CredentialError`, if there is no other one to be had.
    public func credential(insteadOf rejected: Secret) async throws(CredentialError) -> Secret {
        let stored = try await renewing.credential { stored in
            (try? OAuthTokens(stored))?.accessToken == rejected
        }
        return try token(in: stored)
    }

    private func token(in stored: Secret) throws(CredentialError) -> Secret {
        if let held, held.stored == stored { return held.tokens.accessToken }
        let tokens = try Self.tokens(stored, name, issuer)
        held = (stored, tokens)
        return tokens.accessToken
    }

    private static func tokens(
        _ stored: Secret,
        _ name: CredentialName,
        _ issuer: String?
    ) throws(CredentialError) -> OAuthTokens {
        let tokens: OAuthTokens
        do {
            tokens = try OAuthTokens(stored)
        } catch {
            throw CredentialError(
                .invalidSecret,
                "the credential \(name) is no login; run plexctl auth login \(name)"
            )
        }
        guard issuer == nil || issuer == tokens.issuer else {
            throw CredentialError(
                .configuration,
                "the login \(name) is of \(tokens.issuer), not of \(issuer ?? ""), so it is not used; run plexctl auth login \(name)"
            )
        }
        return tokens
    }

    private static func failure(_ error: OAuthError, _ name: CredentialName) -> CredentialError {
        let isOver = error.reason == .refused
        let advice = isOver ? " (plexctl auth login \(name))" : ""
        return CredentialError(
            error.credentialError.code,
            "the login \(name) cannot be renewed: \(error.message)\(advice)"
        )
    }
}
