package import TransportKit

/// One frame of a stream: an event or a line.
package struct StreamFrame: Sendable, Hashable {
    /// The event's name, for server-sent events that have one.
    package var event: String?
    /// The frame's bytes.
    package var data: [UInt8]

    package init(event: String? = nil, data: [UInt8]) {
        self.event = event
        self.data = data
    }
}

/// Pulls frames out of a body, one piece of the body at a time.
package struct FrameReader: Sendable {
    private let body: HTTPBody
    private let context: UpstreamContext
    // One of the two: held apart rather than in an enum, so that they are changed in place.
    private var events: SSEDecoder?
    private var lines: NDJSONDecoder?
    /// Bytes of the body that have come.
    package private(set) var receivedBytes = 0
    /// Frames that have come whole.
    package private(set) var receivedFrames = 0
    /// A frame that had begun when the body ended, as far as it came.
    package private(set) var incompleteFrame: StreamFrame?
    private var hasEnded = false

    package init(body: HTTPBody, framing: StreamFraming, maximumEventSize: Int, context: UpstreamContext) {
        self.body = body
        self.context = context
        switch framing {
        case .serverSentEvents: events = SSEDecoder(maximumEventSize: maximumEventSize)
        case .newlineDelimitedJSON: lines = NDJSONDecoder(maximumLineSize: maximumEventSize)
        }
    }

    /// The next whole frame, or `nil` at the end of the body.
    ///
    /// - Throws: `PlexError`: `cancelled` at once when the calling task is cancelled, `streamCut` if the connection was closed,
    ///   or what the transport says.
    package mutating func next() async throws(PlexError) -> StreamFrame? {
        while true {
            guard !Task.isCancelled else {
                body.cancel()
                throw context.error(.cancelled, "the request was cancelled")
            }
            if let frame = try takeFrame() { return frame }
            if hasEnded { return nil }
            try await read()
        }
    }

    /// Takes bytes that were read from the body elsewhere.
    package mutating func append(_ piece: [UInt8]) {
        receivedBytes += piece.count
        feed(piece)
    }

    /// Whether a frame has begun and not ended; to be asked when there is no next frame.
    package var hasIncompleteFrame: Bool {
        events?.hasIncompleteEvent ?? lines?.hasIncompleteLine ?? false
    }

    /// Lets go of the body after the last frame that is wanted.
    ///
    /// A body that ends soon leaves its connection for the next request, and nobody waits for it.
    package func release() {
        body.release()
    }

    /// Ends the transfer: nothing more is wanted.
    package func cancel() {
        body.cancel()
    }

    private mutating func read() async throws(PlexError) {
        let piece: [UInt8]?
        do {
            piece = try await body.source.next()
        } catch {
            var failure = context.error(error, hasAnswerBegun: true)
            if error.code == .closed { failure.code = .streamCut }
            throw failure
        }
        if let piece {
            append(piece)
        } else {
            hasEnded = true
            try takeIncompleteFrame()
        }
    }

    private mutating func feed(_ piece: [UInt8]) {
        events?.append(piece)
        lines?.append(piece)
    }

    private mutating func takeFrame() throws(PlexError) -> StreamFrame? {
        let frame: StreamFrame?
        do {
            if let event = try events?.next() {
                frame = StreamFrame(event: event.event, data: event.data)
            } else {
                frame = try lines?.next().map { StreamFrame(data: $0) }
            }
        } catch {
            body.cancel()
            throw context.error(.malformedResponse, "the answer of \(context.host) cannot be read: \(error)")
        }
        if frame != nil, !hasEnded { receivedFrames += 1 }
        return frame
    }

    private mutating func takeIncompleteFrame() throws(PlexError) {
        guard hasIncompleteFrame else { return }
        // An empty line ends whatever has begun.
        feed(Array("\n\n".utf8))
        incompleteFrame = try takeFrame() ?? StreamFrame(data: [])
    }
}
