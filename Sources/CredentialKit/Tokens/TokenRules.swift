public import FoundationEssentials
public import TransportKit

/// What a JSON Web Token has to say to be accepted.
public struct TokenRules: Sendable, Hashable {
    /// Who has to have made it.
    public var issuer: String
    /// Whom it has to be for; one of them is enough.
    public var audiences: Set<String>
    /// How it may be signed.
    public var algorithms: [SignatureAlgorithm] = SignatureAlgorithm.all
    /// By how many seconds clocks may differ.
    public var leeway: TimeInterval = 60
    /// Whether it has to have an end.
    public var requiresExpiry = true

    /// Makes rules.
    public init(issuer: String, audiences: Set<String>) {
        self.issuer = issuer
        self.audiences = audiences
    }

    /// Looks whether a token's claims keep the rules; its signature is another matter.
    ///
    /// - Parameters:
    ///   - token: The token.
    ///   - now: The time.
    /// - Throws: `CredentialError` of code `refused`, which says what is wrong.
    public func check(_ token: JSONWebToken, at now: Date) throws(CredentialError) {
        let claims = token.claims
        guard claims["iss"]?.string == issuer else { throw Self.refused("it is not of \(issuer)") }
        let named = claims["aud"]?.string.map { [$0] } ?? claims["aud"]?.array?.compactMap(\.string) ?? []
        guard named.contains(where: audiences.contains) else {
            throw Self.refused("it is not for \(audiences.sorted().joined(separator: " or "))")
        }
        let time = now.timeIntervalSince1970
        if let end = claims["exp"] {
            guard let end = end.double else { throw Self.refused("its end is no number") }
            guard time < end + leeway else { throw Self.refused("it has ended") }
        } else if requiresExpiry {
            throw Self.refused("it has no end")
        }
        if let start = claims["nbf"] {
            guard let start = start.double else { throw Self.refused("its beginning is no number") }
            guard time >= start - leeway else { throw Self.refused("it is not valid yet") }
        }
    }

    static func refused(_ reason: String) -> CredentialError {
        CredentialError(.refused, "the token is not accepted: \(reason)")
    }
}
