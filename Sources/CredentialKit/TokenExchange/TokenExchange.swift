public import FoundationEssentials
public import TransportKit

/// An exchange of a token by the standard (RFC 8693).
public struct TokenExchange: Sendable {
    /// The token endpoint.
    public var endpoint: OAuthEndpoint
    /// Of what kind the token is that is exchanged.
    public var subjectType = "urn:ietf:params:oauth:token-type:access_token"
    /// Of what kind the new one is to be; `nil` for what the server gives.
    public var requestedType: String?
    /// Who it is to be for, by name.
    public var audiences: [String] = []
    /// What it is to be for, by address.
    public var resources: [String] = []
    /// The scopes to ask for.
    public var scopes: [String] = []

    /// Makes an exchange.
    public init(endpoint: OAuthEndpoint) {
        self.endpoint = endpoint
    }

    /// A source of the tokens that this gives.
    ///
    /// - Parameters:
    ///   - subject: What is exchanged.
    ///   - skew: How many seconds before its end a token is had anew.
    /// - Returns: The source.
    public func source(of subject: any CredentialSource, skew: TimeInterval = 30) -> ExchangedCredential {
        ExchangedCredential(of: subject, skew: skew) { [self] subject throws(CredentialError) in
            try await exchanged(subject, now: Date())
        }
    }

    package func exchanged(_ subject: Secret, now: Date) async throws(CredentialError) -> RenewedCredential {
        do throws(OAuthError) {
            let response = try await endpoint.tokens(
                for: .exchange(
                    subject,
                    type: subjectType,
                    requestedType: requestedType,
                    audiences: audiences,
                    resources: resources,
                    scopes: scopes
                )
            )
            return RenewedCredential(
                secret: response.accessToken,
                expires: response.lifetime.map { now.addingTimeInterval($0) }
            )
        } catch {
            throw error.credentialError
        }
    }
}
