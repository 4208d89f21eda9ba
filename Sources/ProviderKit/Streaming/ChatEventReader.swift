/// Reads a provider's streamed answer: body → frames → dialect → events.
///
/// Reading drives the transfer; nothing runs and nothing is buffered beyond one piece of the body between two reads.
package struct ChatEventReader<Decoder: ChatStreamDecoder>: ChatEventIterator {
    private var frames: FrameReader
    private var decoder: Decoder
    private var assembler: StreamAssembler
    private let context: UpstreamContext
    private let maximumSize: Int
    private var ready: [ChatEvent] = []
    private var position = 0
    private var deltas: [StreamDelta] = []
    // Bytes of the frames that brought whole parts.
    private var partBytes = 0
    private var outcome: Result<Void, PlexError>?

    /// Makes a reader.
    ///
    /// - Parameters:
    ///   - frames: Where the frames come from.
    ///   - decoder: What reads them.
    ///   - assembler: What makes events of them.
    ///   - context: What errors are made with.
    ///   - maximumSize: Most bytes that may be kept of the answer.
    package init(
        frames: FrameReader,
        decoder: Decoder,
        assembler: StreamAssembler,
        context: UpstreamContext,
        maximumSize: Int = 64 * 1024 * 1024
    ) {
        self.frames = frames
        self.decoder = decoder
        self.assembler = assembler
        self.context = context
        self.maximumSize = maximumSize
    }

    package mutating func next() async throws(PlexError) -> ChatEvent? {
        while true {
            if position < ready.count {
                defer { position += 1 }
                return ready[position]
            }
            ready.removeAll(keepingCapacity: true)
            position = 0
            if let outcome {
                try outcome.get()
                return nil
            }
            do {
                try await read()
            } catch {
                frames.cancel()
                // What was read before the failure is given first.
                outcome = .failure(context.completing(error))
            }
        }
    }

    private mutating func read() async throws(PlexError) {
        guard let frame = try await nextFrame() else { return }
        try decode(frame)
        guard assembler.receivedBytes + assembler.keptBytes + decoder.heldBytes + partBytes <= maximumSize else {
            throw context.error(.malformedResponse, "the answer of \(context.host) is larger than \(maximumSize) bytes")
        }
        if assembler.hasEndMark {
            try finish(isCut: false)
            frames.release()
        }
    }

    // At the end of the bytes, however it came about, the answer is finished or the stream was cut.
    private mutating func nextFrame() async throws(PlexError) -> StreamFrame? {
        do {
            if let frame = try await frames.next() { return frame }
        } catch {
            guard error.code == .streamCut else { throw error }
            guard !frames.hasIncompleteFrame, assembler.finish(isCut: false, into: &ready) else {
                var failure = context.error(.streamCut, cutMessage)
                failure.underlyingError = error.underlyingError
                throw failure
            }
            outcome = .success(())
            return nil
        }
        try finishAtEndOfBody()
        return nil
    }

    private mutating func decode(_ frame: StreamFrame) throws(PlexError) {
        deltas.removeAll(keepingCapacity: true)
        defer { assembler.consume(deltas, into: &ready) }
        try decoder.decode(event: frame.event, data: frame.data, into: &deltas)
        if deltas.contains(where: \.isWholePart) { partBytes += frame.data.count }
    }

    private mutating func finishAtEndOfBody() throws(PlexError) {
        guard let rest = frames.incompleteFrame else { return try finish(isCut: false) }
        // A frame without its end counts only if it is the end mark itself, which some servers send carelessly.
        var copy = decoder
        deltas.removeAll(keepingCapacity: true)
        let isReadable = (try? copy.decode(event: rest.event, data: rest.data, into: &deltas)) != nil
        if isReadable, deltas.contains(.endMark) {
            assembler.consume(deltas, into: &ready)
            try finish(isCut: false)
        } else {
            try finish(isCut: true)
        }
    }

    private mutating func finish(isCut: Bool) throws(PlexError) {
        guard !assembler.finish(isCut: isCut, into: &ready) else {
            outcome = .success(())
            return
        }
        throw context.error(.streamCut, cutMessage)
    }

    private var cutMessage: String {
        if frames.receivedBytes == 0 {
            return "\(context.host) began a stream and ended it without a byte; try again"
        }
        if assembler.receivedBytes == 0 {
            return """
                the stream of \(context.host) ended without an answer: \(frames.receivedFrames) events, no text; try again
                """
        }
        return """
            the stream of \(context.host) ended before the answer did: \(frames.receivedFrames) events with \
            \(assembler.receivedBytes) bytes of answer had come, but no end; try again
            """
    }
}

extension StreamDelta {
    fileprivate var isWholePart: Bool {
        if case .part = self { true } else { false }
    }
}
