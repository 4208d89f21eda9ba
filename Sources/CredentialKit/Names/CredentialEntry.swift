public import FoundationEssentials
public import TransportKit

/// What is known of a stored credential without its value.
public struct CredentialEntry: Sendable, Hashable {
    /// Its name.
    public let name: CredentialName
    /// What it is.
    public let kind: CredentialKind
    /// How often it was written since it was made; the first writing is 1.
    public let version: Int64
    /// When it was first written.
    public let created: Date
    /// When it was last written.
    public let changed: Date
    /// When it was last read, to the hour; `nil` if it never was.
    public let lastUsed: Date?
    /// When it stops being valid, where that is known.
    public let expires: Date?
}

/// A stored credential with its value.
public struct StoredCredential: Sendable {
    /// What is known of it.
    public let entry: CredentialEntry
    /// Its value.
    public let secret: Secret
}
