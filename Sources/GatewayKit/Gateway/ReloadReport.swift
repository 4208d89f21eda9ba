/// What a changed configuration changed in a gateway that runs.
public struct ReloadReport: Sendable, Hashable {
    /// The keys whose values have changed, such as `server.log_level` or `providers.up`; none if all is as it was.
    public var changed: [String]
    /// The keys whose change waits for a restart.
    public var needsRestart: [String]
    /// What deserves a look.
    public var warnings: [String]

    /// Makes a report.
    public init(changed: [String] = [], needsRestart: [String] = [], warnings: [String] = []) {
        self.changed = changed
        self.needsRestart = needsRestart
        self.warnings = warnings
    }
}

/// Why a changed configuration was not put into effect; the one before is, as a whole.
public struct ReloadError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of reason; an open set.
    public struct Reason: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
        /// The word.
        public let rawValue: String
        /// Makes a reason from its word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Makes a reason from its word.
        public init(stringLiteral value: String) { rawValue = value }
        /// The configuration is wrong, cannot be read, or asks for what is refused.
        public static let invalidConfiguration: Reason = "invalid_configuration"
        /// Another process listens at a new address.
        public static let addressInUse: Reason = "address_in_use"
        /// A file or an address cannot be opened.
        public static let cannotOpen: Reason = "cannot_open"
        /// The gateway is stopping.
        public static let stopping: Reason = "stopping"
    }

    /// The kind of reason.
    public var reason: Reason
    /// What is wrong and what to do about it, without secrets; one mistake a line.
    public var message: String

    /// Makes an error.
    ///
    /// - Parameters:
    ///   - reason: The kind of reason.
    ///   - message: What is wrong and what to do about it, without secrets.
    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    /// What is wrong and what to do about it.
    public var description: String { message }
}
