/// Why a credential cannot be had, kept or renewed; it holds no part of any secret.
public struct CredentialError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is.
    @nonexhaustive
    public enum Code: String, Sendable, Hashable {
        /// There is no credential of that name.
        case notFound
        /// A name has characters that names do not have.
        case invalidName
        /// A value cannot be a secret.
        case invalidSecret
        /// There is no master key to open the store with.
        case noMasterKey
        /// The master keys that were found do not open the store.
        case wrongMasterKey
        /// What is stored was changed, or is no longer whole.
        case damaged
        /// A file that holds a secret can be read by others.
        case exposed
        /// A file or folder cannot be written.
        case readOnly
        /// There is no space left.
        case full
        /// Another process works on the store for longer than is waited.
        case locked
        /// Reading or writing failed.
        case inputOutput
        /// The store was made by a later version.
        case unsupported
        /// The credential was changed by another in the meantime.
        case conflict
        /// An authorization server or a command refused.
        case refused
        /// An authorization server could not be reached, or its answer not be understood.
        case unavailable
        /// Settings are missing or contradict each other.
        case configuration
        /// The task was cancelled.
        case cancelled
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed, why, and what to do next.
    public let message: String

    /// Makes an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
