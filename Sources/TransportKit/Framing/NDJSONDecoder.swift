/// Cuts newline-delimited JSON into lines.
///
/// Lines end with LF or CRLF; blank ones are skipped. Pieces may be cut anywhere. After each
/// ``append(_:)-(Span<UInt8>)`` call ``next()`` until it returns `nil`, and at the end of the stream ``finish()`` once.
public struct NDJSONDecoder: Sendable {
    /// Largest line in bytes.
    public let maximumLineSize: Int

    private var buffer = LineBuffer()
    private var lineFeeds = ByteSearch(for: .lineFeed)
    private var failure: FramingError?

    /// Makes a decoder for one stream.
    ///
    /// - Parameter maximumLineSize: Largest line in bytes; a longer one makes ``next()`` throw.
    public init(maximumLineSize: Int = 8 * 1024 * 1024) {
        self.maximumLineSize = maximumLineSize
    }

    /// Takes the next piece of the stream.
    ///
    /// - Parameter bytes: The piece; it may be cut anywhere.
    public mutating func append(_ bytes: Span<UInt8>) {
        guard failure == nil else { return }
        lineFeeds.shift(down: buffer.append(bytes))
    }

    /// Takes the next piece of the stream.
    ///
    /// - Parameter bytes: The piece; it may be cut anywhere.
    public mutating func append(_ bytes: [UInt8]) {
        append(bytes.span)
    }

    /// Returns the next whole line without its end, or `nil` if more bytes are needed for it.
    ///
    /// - Returns: The line, never blank.
    /// - Throws: ``FramingError/tooLarge(limit:)`` for a line over the limit, then and ever after.
    public mutating func next() throws(FramingError) -> [UInt8]? {
        if let failure { throw failure }
        while let end = lineFeeds.next(in: buffer.bytes, from: buffer.start) {
            let line = try takeLine(to: end)
            buffer.consume(to: end + 1)
            if let line { return line }
        }
        try check(size: buffer.count)
        return nil
    }

    /// Returns the last line if it has no end, once the stream has ended; whether it is whole shows when it is parsed.
    ///
    /// - Returns: The line, or `nil` if there is none.
    /// - Throws: ``FramingError/tooLarge(limit:)`` if the stream had a line over the limit.
    public mutating func finish() throws(FramingError) -> [UInt8]? {
        if let failure { throw failure }
        let line = try takeLine(to: buffer.bytes.count)
        buffer.removeAll()
        lineFeeds = ByteSearch(for: .lineFeed)
        return line
    }

    /// Whether a line has begun and not ended; to be asked when ``next()`` has returned `nil`.
    public var hasIncompleteLine: Bool {
        !buffer.bytes[buffer.start...].allSatisfy(\.isBlank)
    }

    private mutating func takeLine(to end: Int) throws(FramingError) -> [UInt8]? {
        var line = buffer.bytes[buffer.start..<end]
        if line.last == .carriageReturn { line.removeLast() }
        try check(size: line.count)
        return line.allSatisfy(\.isBlank) ? nil : Array(line)
    }

    private mutating func check(size: Int) throws(FramingError) {
        guard size > maximumLineSize else { return }
        let error = FramingError.tooLarge(limit: maximumLineSize)
        failure = error
        buffer.removeAll()
        throw error
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool {
        self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") || self == .carriageReturn || self == .lineFeed
    }
}
