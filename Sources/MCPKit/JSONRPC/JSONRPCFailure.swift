public import TransportKit

/// The `error` of an answer (JSON-RPC 2.0, §5.1).
public struct JSONRPCFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure.
    public var code: Code
    /// One sentence of the peer.
    public var message: String
    /// What else the peer says.
    public var data: JSONValue?

    /// Makes a failure.
    public init(_ code: Code, _ message: String, data: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    /// The code and the peer's sentence.
    public var description: String { "\(message) (\(code.rawValue))" }
}

extension JSONRPCFailure {
    /// A number that says what kind of failure it was; the set is open.
    public struct Code: RawRepresentable, Sendable, Hashable {
        /// The number on the wire.
        public var rawValue: Int

        /// Makes a code of a number on the wire.
        public init(rawValue: Int) {
            self.rawValue = rawValue
        }

        /// The text is no JSON.
        public static let parseError = Code(rawValue: -32700)
        /// The JSON is no request.
        public static let invalidRequest = Code(rawValue: -32600)
        /// There is no such method.
        public static let methodNotFound = Code(rawValue: -32601)
        /// The parameters do not fit the method.
        public static let invalidParams = Code(rawValue: -32602)
        /// The peer failed.
        public static let internalError = Code(rawValue: -32603)
        /// A resource is not there; MCP before 2026-07-28, which uses ``invalidParams``.
        public static let resourceNotFound = Code(rawValue: -32002)
        /// A URL must be visited first; MCP 2025-11-25.
        public static let urlElicitationRequired = Code(rawValue: -32042)
        /// Header fields and body differ; MCP 2026-07-28.
        public static let headerMismatch = Code(rawValue: -32020)
        /// The client lacks a capability that the request needs; MCP 2026-07-28.
        public static let missingClientCapability = Code(rawValue: -32021)
        /// The server does not speak the version; MCP 2026-07-28.
        public static let unsupportedProtocolVersion = Code(rawValue: -32022)
    }
}
