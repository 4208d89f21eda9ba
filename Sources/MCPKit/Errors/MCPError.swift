/// Why something asked of an MCP server did not come about.
public struct MCPError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public var code: Code
    /// What failed, why, and what to do about it; no argument, no content, no secret.
    public var message: String
    /// The server's name in the configuration, where one is known.
    public var server: String?
    /// What the server answered, if it answered with an error.
    public var failure: JSONRPCFailure?
    /// The HTTP status, if that was the server's way to refuse.
    public var status: Int?
    /// For how long the server is not tried again after it failed several times in a row; `nil` if it is tried at once.
    public var retryAfter: Duration?

    /// What a server's program last wrote to standard error before it ended, for the eyes of whoever runs it: it may hold anything.
    public var errorOutput: String?

    /// Whether the server never saw the request, so that it can be sent again.
    package var isUnsent = false

    /// Makes an error.
    public init(
        _ code: Code,
        _ message: String,
        server: String? = nil,
        failure: JSONRPCFailure? = nil,
        status: Int? = nil
    ) {
        self.code = code
        self.message = message
        self.server = server
        self.failure = failure
        self.status = status
    }

    /// The message, with the server before it.
    public var description: String {
        server.map { "MCP server \"\($0)\": \(message)" } ?? message
    }
}

extension MCPError {
    /// The kinds of failure; the set is open.
    public struct Code: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
        /// A short name in snake case, safe as a metric label.
        public var rawValue: String

        /// Makes a code of its name.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The name.
        public var description: String { rawValue }

        /// The program could not be started.
        public static let launch = Code(rawValue: "launch")
        /// No connection could be made.
        public static let connection = Code(rawValue: "connection")
        /// The server is gone: its process ended, or its stream closed.
        ///
        /// What was in flight is lost.
        public static let closed = Code(rawValue: "closed")
        /// A limit on time was reached.
        public static let timeout = Code(rawValue: "timeout")
        /// The caller's task was cancelled.
        public static let cancelled = Code(rawValue: "cancelled")
        /// The server answered with an error; see ``MCPError/failure``.
        public static let request = Code(rawValue: "request")
        /// What came is not the protocol.
        public static let protocolViolation = Code(rawValue: "protocol_violation")
        /// Client and server share no version of the protocol.
        public static let version = Code(rawValue: "version")
        /// The server does not offer what was asked.
        public static let unsupported = Code(rawValue: "unsupported")
        /// There is no server, tool, prompt or resource of that name.
        public static let notFound = Code(rawValue: "not_found")
        /// The server wants an authorization that is missing or not enough.
        public static let authorization = Code(rawValue: "authorization")
        /// A message, or what waits to be sent, is larger than allowed.
        public static let tooLarge = Code(rawValue: "too_large")
        /// The result does not fit the schema that the server gave.
        public static let invalidResult = Code(rawValue: "invalid_result")
        /// The arguments do not fit the tool.
        public static let invalidArguments = Code(rawValue: "invalid_arguments")
        /// The configuration of the server cannot be used.
        public static let configuration = Code(rawValue: "configuration")
        /// Too many tries, rounds or restarts.
        public static let limit = Code(rawValue: "limit")
    }
}
