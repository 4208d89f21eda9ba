/// Why a server cannot listen.
public struct ListenError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of reason; an open set.
    public struct Reason: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
        /// The word.
        public let rawValue: String
        /// Makes a reason from its word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Makes a reason from its word.
        public init(stringLiteral value: String) { rawValue = value }
        /// Another process listens there.
        public static let inUse: Reason = "in_use"
        /// The gateway does not open it as it is configured.
        public static let refused: Reason = "refused"
        /// The system did not let it be opened.
        public static let failed: Reason = "failed"
    }

    /// The kind of reason.
    public let reason: Reason
    /// What failed, why, and what to do about it.
    public let message: String

    /// Makes an error.
    ///
    /// - Parameters:
    ///   - reason: The kind of reason.
    ///   - message: What failed, why, and what to do about it.
    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    /// Makes an error of what the system did not let be opened.
    ///
    /// - Parameter message: What failed, why, and what to do about it.
    public init(_ message: String) {
        self.init(.failed, message)
    }

    /// What failed, why, and what to do about it.
    public var description: String { message }
}
