public import FoundationEssentials
public import TransportKit

/// What an exchange of a credential gave.
public struct RenewedCredential: Sendable {
    /// The new value.
    public var secret: Secret
    /// When it stops being valid; `nil` if that is not known.
    public var expires: Date?

    /// Makes a result.
    public init(secret: Secret, expires: Date? = nil) {
        self.secret = secret
        self.expires = expires
    }
}
