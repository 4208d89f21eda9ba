public import TransportKit

/// The gateway's answer to one request.
public struct GatewayResponse: Sendable {
    /// What is sent as the body.
    @nonexhaustive
    public enum Body: Sendable {
        /// Bytes that are all there.
        case bytes([UInt8])
        /// Pieces that are sent as they come.
        case stream(GatewayStream)
    }

    /// The status code.
    public var status: Int
    /// The header fields, without those that the connection decides (`content-length`, `transfer-encoding`, `connection`, `date`).
    public var fields: HTTPFields
    /// The body.
    public var body: Body
    /// Whether the connection must not be used for another request.
    public var closesConnection: Bool

    /// Makes an answer.
    public init(status: Int, fields: HTTPFields = [:], body: Body = .bytes([]), closesConnection: Bool = false) {
        self.status = status
        self.fields = fields
        self.body = body
        self.closesConnection = closesConnection
    }
}

/// A body that is made while it is sent; it can be read once.
///
/// Reading drives what makes it, so a slow peer holds the provider back. A body whose peer has gone is cancelled, and then
/// its provider's connection is closed at once. A body that is dropped before its end counts as cancelled.
public struct GatewayStream: AsyncSequence, Sendable {
    /// A piece of the body, not empty; for server-sent events one or more whole events.
    public typealias Element = [UInt8]
    /// Reading never fails: what goes wrong is told within the body, in the caller's dialect.
    public typealias Failure = Never

    /// Where the pieces come from.
    package protocol Source: AnyObject, Sendable {
        /// The next piece; `nil` at the end, and at once when the calling task is cancelled.
        func next() async -> [UInt8]?
        /// The peer has gone, or nobody will read on.
        func cancel()
    }

    /// What is sent while nothing comes, so that nothing between takes the connection for dead.
    public struct KeepAlive: Sendable, Hashable {
        /// How long nothing is sent before this is.
        public var interval: Duration
        /// What is sent; it must be legal between any two pieces.
        public var bytes: [UInt8]

        /// Makes a keep-alive.
        public init(interval: Duration, bytes: [UInt8]) {
            self.interval = interval
            self.bytes = bytes
        }

        /// A comment line every 15 seconds, which readers of server-sent events pass over (WHATWG HTML, 9.2.7).
        public static let serverSentEvents = KeepAlive(interval: .seconds(15), bytes: Array(": keep-alive\n\n".utf8))
    }

    package let source: any Source
    /// What is sent while nothing comes; `nil` for nothing.
    public var keepAlive: KeepAlive?

    package init(source: any Source, keepAlive: KeepAlive?) {
        self.source = source
        self.keepAlive = keepAlive
    }

    /// Tells that the peer has gone.
    public func cancel() {
        source.cancel()
    }

    /// Makes the iterator.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(source: source)
    }

    /// Reads the pieces.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let source: any Source

        /// The next piece, or `nil` at the end of the body.
        public mutating func next() async -> [UInt8]? {
            await source.next()
        }

        /// The next piece, or `nil` at the end of the body.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> [UInt8]? {
            await source.next()
        }
    }
}
