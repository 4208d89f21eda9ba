/// Cuts a `text/event-stream` into events, as the WHATWG HTML standard (§9.2.6) lays down.
///
/// Pieces may be cut anywhere. After each ``append(_:)-(Span<UInt8>)`` call ``next()`` until it returns `nil`:
///
/// ```swift
/// var decoder = SSEDecoder()
/// decoder.append(piece)
/// while let event = try decoder.next() { … }
/// ```
public struct SSEDecoder: Sendable {
    /// Largest sum of an event's data and the line that is being read, in bytes.
    public let maximumEventSize: Int
    /// The last event identifier that the stream has set, to be sent as `Last-Event-ID` on reconnection.
    public private(set) var lastEventID: String?
    /// The last reconnection time that the stream has set.
    public private(set) var reconnectionTime: Duration?

    private var buffer = LineBuffer()
    private var lineFeeds = ByteSearch(for: .lineFeed)
    private var carriageReturns = ByteSearch(for: .carriageReturn)
    private var isAtStart = true
    private var skipsLineFeed = false
    private var failure: FramingError?
    private var pending = PendingEvent()

    private struct PendingEvent {
        var event: String?
        var data: [UInt8] = []
        var hasData = false
        var id: String?
        var retry: Duration?
        /// Whether any line came that belongs to an event.
        var hasField = false
    }

    /// Makes a decoder for one stream.
    ///
    /// - Parameter maximumEventSize: Largest event in bytes; a larger one makes ``next()`` throw.
    public init(maximumEventSize: Int = 8 * 1024 * 1024) {
        self.maximumEventSize = maximumEventSize
    }

    /// Takes the next piece of the stream.
    ///
    /// - Parameter bytes: The piece; it may be cut anywhere.
    public mutating func append(_ bytes: Span<UInt8>) {
        guard failure == nil else { return }
        let shift = buffer.append(bytes)
        lineFeeds.shift(down: shift)
        carriageReturns.shift(down: shift)
    }

    /// Takes the next piece of the stream.
    ///
    /// - Parameter bytes: The piece; it may be cut anywhere.
    public mutating func append(_ bytes: [UInt8]) {
        append(bytes.span)
    }

    /// Returns the next whole event, or `nil` if more bytes are needed for it.
    ///
    /// - Returns: The event.
    /// - Throws: ``FramingError/tooLarge(limit:)`` for an event over the limit, then and ever after.
    public mutating func next() throws(FramingError) -> ServerSentEvent? {
        if let failure { throw failure }
        guard skipByteOrderMark() else { return nil }
        while true {
            if skipsLineFeed, !buffer.isEmpty {
                skipsLineFeed = false
                if buffer.bytes[buffer.start] == .lineFeed { buffer.consume(to: buffer.start + 1) }
            }
            let start = buffer.start
            let lineFeed = lineFeeds.next(in: buffer.bytes, from: start)
            let carriageReturn = carriageReturns.next(in: buffer.bytes, from: start)
            guard let end = Self.earlier(lineFeed, carriageReturn) else {
                try check(size: pending.data.count + buffer.count)
                return nil
            }
            skipsLineFeed = end == carriageReturn
            buffer.consume(to: end + 1)
            if end > start {
                try check(size: pending.data.count + end - start)
                readLine(start..<end)
            } else if let event = takeEvent() {
                return event
            }
        }
    }

    /// Whether an event has begun and not ended; to be asked when ``next()`` has returned `nil`.
    ///
    /// At the end of the stream such an event is void: the stream was cut, or its sender is careless.
    public var hasIncompleteEvent: Bool {
        pending.hasField || (!buffer.isEmpty && buffer.bytes[buffer.start] != UInt8(ascii: ":"))
    }

    private static func earlier(_ first: Int?, _ second: Int?) -> Int? {
        guard let first, let second else { return first ?? second }
        return min(first, second)
    }

    private mutating func check(size: Int) throws(FramingError) {
        guard size > maximumEventSize else { return }
        let error = FramingError.tooLarge(limit: maximumEventSize)
        failure = error
        buffer.removeAll()
        pending = PendingEvent()
        throw error
    }

    /// Returns `false` while it is open whether the stream starts with a mark.
    private mutating func skipByteOrderMark() -> Bool {
        guard isAtStart else { return true }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        guard buffer.bytes.starts(with: mark.prefix(buffer.count)) else {
            isAtStart = false
            return true
        }
        guard buffer.count >= mark.count else { return false }
        isAtStart = false
        buffer.consume(to: mark.count)
        return true
    }

    private mutating func takeEvent() -> ServerSentEvent? {
        defer { pending = PendingEvent() }
        if let id = pending.id { lastEventID = id }
        guard pending.hasData else { return nil }
        return ServerSentEvent(event: pending.event, data: pending.data, id: lastEventID, retry: pending.retry)
    }

    private mutating func readLine(_ line: Range<Int>) {
        let colon = buffer.bytes[line].firstIndex(of: UInt8(ascii: ":")) ?? line.upperBound
        guard colon > line.lowerBound else { return }
        pending.hasField = true
        var valueStart = min(colon + 1, line.upperBound)
        if valueStart < line.upperBound, buffer.bytes[valueStart] == UInt8(ascii: " ") { valueStart += 1 }
        let value = buffer.bytes[valueStart..<line.upperBound]
        switch colon - line.lowerBound {
        case 4 where isName("data", at: line.lowerBound):
            if pending.hasData { pending.data.append(.lineFeed) }
            pending.data.append(contentsOf: value)
            pending.hasData = true
        case 5 where isName("event", at: line.lowerBound):
            pending.event = value.isEmpty ? nil : String(decoding: value, as: UTF8.self)
        case 2 where isName("id", at: line.lowerBound):
            if !value.contains(0) { pending.id = String(decoding: value, as: UTF8.self) }
        case 5 where isName("retry", at: line.lowerBound):
            guard value.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let milliseconds = Int64(String(decoding: value, as: UTF8.self))
            else { return }
            pending.retry = .milliseconds(milliseconds)
            reconnectionTime = pending.retry
        default: break
        }
    }

    @inline(__always)
    private func isName(_ name: StaticString, at position: Int) -> Bool {
        for offset in 0..<name.utf8CodeUnitCount
        where unsafe buffer.bytes[position + offset] != name.utf8Start[offset] {
            return false
        }
        return true
    }
}

extension UInt8 {
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
}
