/// The head of an answer, and its body as it arrives.
public struct HTTPResponse: Sendable {
    /// The status code, 200 to 599 (interim answers are passed over).
    public var status: Int
    /// The header fields.
    public var fields: HTTPFields
    /// The body.
    public var body: HTTPBody

    /// Makes an answer.
    public init(status: Int, fields: HTTPFields, body: HTTPBody) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}

/// A body that arrives in pieces and can be read once.
///
/// Reading drives the transfer: while nobody reads, at most a small fixed amount is buffered and the peer is held back. A
/// body that is dropped or cancelled before its end closes its connection.
public struct HTTPBody: AsyncSequence, Sendable {
    /// A piece of the body, not empty.
    public typealias Element = [UInt8]
    /// What reading throws.
    public typealias Failure = TransportError

    /// Where the pieces come from.
    package protocol Source: AnyObject, Sendable {
        /// The next piece, or `nil` at the end.
        ///
        /// - Throws: `TransportError`; code `cancelled` at once when the calling task is cancelled.
        func next() async throws(TransportError) -> [UInt8]?
        /// All that is left of a body that has come to its end; `nil` if that is more than `limit`, if more may come, or if the
        /// body broke.
        func takeRest(upTo limit: Int) -> [UInt8]?
        /// Ends the transfer now, if it still runs.
        func cancel()
        /// Lets the transfer end by itself within a short time; nothing more is read.
        func release()
    }

    package let source: any Source

    package init(source: any Source) {
        self.source = source
    }

    /// Makes a body of bytes that are already there.
    ///
    /// - Parameter bytes: The whole body.
    public init(bytes: [UInt8]) {
        source = BufferedBody(bytes)
    }

    /// Ends the transfer now: the connection is closed if the body had not ended.
    public func cancel() {
        source.cancel()
    }

    /// Tells that nothing more of the body is wanted, because what it says is complete.
    ///
    /// The connection is kept for the next request if the body ends within a short time, else it is closed.
    package func release() {
        source.release()
    }

    /// Makes the iterator; pieces already read by another one do not come again.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(source: source)
    }

    /// Reads the pieces of a body.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let source: any Source

        /// The next piece, or `nil` at the end of the body.
        public mutating func next() async throws(TransportError) -> [UInt8]? {
            try await source.next()
        }

        /// The next piece, or `nil` at the end of the body.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(TransportError) -> [UInt8]? {
            try await source.next()
        }
    }

    /// All that is left of a body that has come to its end; `nil` if that is more than `limit`, if more may come, or if the
    /// body broke.
    package func takeRest(upTo limit: Int) -> [UInt8]? {
        source.takeRest(upTo: limit)
    }

    /// The whole body.
    ///
    /// - Parameter limit: The most bytes to accept.
    /// - Returns: The bytes.
    /// - Throws: `TransportError`, with code `tooLarge` once more than `limit` bytes came; the transfer is then ended.
    public func collect(upTo limit: Int) async throws(TransportError) -> [UInt8] {
        var result: [UInt8] = []
        while let piece = try await source.next() {
            guard result.count + piece.count <= limit else {
                source.cancel()
                throw TransportError(.tooLarge, "the body has more than \(limit) bytes")
            }
            if result.isEmpty { result = piece } else { result += piece }
        }
        return result
    }
}

extension HTTPBody.Source {
    package func takeRest(upTo limit: Int) -> [UInt8]? { nil }

    package func release() { cancel() }
}

private final class BufferedBody: HTTPBody.Source {
    private let bytes: Locked<[UInt8]>

    init(_ bytes: [UInt8]) {
        self.bytes = Locked(bytes)
    }

    func next() async throws(TransportError) -> [UInt8]? {
        bytes.withLock { bytes in
            defer { bytes = [] }
            return bytes.isEmpty ? nil : bytes
        }
    }

    func cancel() {
        bytes.withLock { $0 = [] }
    }
}
