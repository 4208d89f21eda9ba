public import TransportKit

/// A request over HTTP to an MCP server, as whatever listens received it.
public struct MCPHTTPRequest: Sendable {
    /// The method, in upper case.
    public var method: String
    /// The header fields.
    public var fields: HTTPFields
    /// The body, whole.
    public var body: [UInt8]
    /// Who asks.
    public var caller: MCPServedClient.Caller

    /// Makes a request.
    public init(method: String, fields: HTTPFields, body: [UInt8] = [], caller: MCPServedClient.Caller) {
        self.method = method
        self.fields = fields
        self.body = body
        self.caller = caller
    }
}

/// The answer of an MCP server over HTTP.
public struct MCPHTTPResponse: Sendable {
    /// What is sent as the body.
    @nonexhaustive
    public enum Body: Sendable {
        /// Bytes that are all there.
        case bytes([UInt8])
        /// Server-sent events as they come.
        case events(any MCPEventSource)
    }

    /// The status code.
    public var status: Int
    /// The header fields.
    public var fields: HTTPFields
    /// The body.
    public var body: Body

    /// Makes an answer.
    public init(status: Int, fields: HTTPFields = [:], body: Body = .bytes([])) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}

/// Events that are made while they are sent.
///
/// Whoever reads drives it; who stops reading says so.
public protocol MCPEventSource: AnyObject, Sendable {
    /// One or more whole events; `nil` at the end, and when the calling task is cancelled.
    func next() async -> [UInt8]?
    /// The reader has gone.
    func cancel()
}
