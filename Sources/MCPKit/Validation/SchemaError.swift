/// Why a JSON Schema cannot be used, or why a check was given up.
public struct SchemaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: RawRepresentable, Sendable, Hashable {
        /// A short name in snake case.
        public var rawValue: String
        /// Makes a code of its name.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The schema names a dialect other than 2020-12 and draft 7.
        public static let unsupportedDialect = Code(rawValue: "unsupported_dialect")
        /// A reference leads out of the schema; nothing is ever fetched.
        public static let unresolvedReference = Code(rawValue: "unresolved_reference")
        /// A keyword's value is not what the dialect asks for.
        public static let invalidSchema = Code(rawValue: "invalid_schema")
        /// The schema, or a check with it, goes beyond the limits.
        public static let tooComplex = Code(rawValue: "too_complex")
    }

    /// The kind of failure.
    public var code: Code
    /// The place in the schema, as a JSON pointer (RFC 6901).
    public var location: String
    /// What is wrong.
    public var message: String

    /// Place and message.
    public var description: String {
        location.isEmpty ? message : "\(message), at \(location) of the schema"
    }
}

/// In what a value does not fit its schema.
public struct SchemaViolation: Sendable, Hashable, CustomStringConvertible {
    /// The place in the value, as a JSON pointer (RFC 6901); empty for the whole.
    public var location: String
    /// The keyword that is not met.
    public var keyword: String
    /// What was expected there; no value is repeated.
    public var message: String

    /// Message and place.
    public var description: String {
        location.isEmpty ? message : "\(location): \(message)"
    }
}
