internal import TransportKit

/// Decides what of a stream goes on to the caller, and how the stream ended: a value without I/O.
///
/// Not generic: it is reached through ``ForwardedStream/Source``, and code that is not made for one type costs more than a
/// call through a table.
struct ForwardMachine: Sendable {
    /// How a stream ended.
    enum End: Sendable {
        /// The answer was whole; its end mark is among the bytes.
        case finished(ForwardSummary)
        /// The provider failed, or sent what cannot be read.
        case failed(PlexError)
        /// The bytes ended before the answer did.
        case cut
    }

    /// How the stream ended, once it has.
    private(set) var end: End?
    /// Whether an event has come; until then another provider can still be tried.
    private(set) var hasBegun = false
    /// Bytes that have come.
    private(set) var receivedBytes = 0
    /// Events that have come whole.
    private(set) var receivedEvents = 0

    private var cutter: EventCutter
    private let cutsLines: Bool
    private var observer: any ForwardObserver
    private let maximumEventSize: Int

    init(_ observer: any ForwardObserver, cutsLines: Bool = false, maximumEventSize: Int) {
        self.cutsLines = cutsLines
        cutter = EventCutter(cutsLines: cutsLines)
        self.observer = observer
        self.maximumEventSize = maximumEventSize
    }

    /// Whether the stream has ended, however.
    var hasEnded: Bool { end != nil }
    /// Whether any part of an answer has come.
    var hasAnswer: Bool { observer.hasAnswer }

    /// Takes the next piece of the body.
    ///
    /// - Returns: What goes on, perhaps nothing: whole events only, and the very same array if that is the piece.
    mutating func consume(_ piece: [UInt8]) -> [UInt8] {
        guard end == nil else { return [] }
        receivedBytes += piece.count
        cutter.append(piece)
        return forwardBlocks()
    }

    /// The body has ended.
    ///
    /// - Returns: What goes on, perhaps nothing.
    mutating func finish() -> [UInt8] {
        guard end == nil else { return [] }
        cutter.isAtEnd = true
        let rest = forwardBlocks()
        guard end == nil else { return rest }
        if cutter.hasIncompleteEvent {
            // An event without its empty line counts only if it is the end mark itself, which some servers send carelessly.
            var last = observer
            cutter.append(cutsLines ? [0x0A] : [0x0A, 0x0A])
            guard let block = cutter.next(), (try? Self.look(at: block, of: cutter.buffer, with: &last)) == .end else {
                end = .cut
                return rest
            }
            if cutsLines, last.hasAnswer {
                // The last line is the end mark and says more than that.
                end = .finished(last.summary)
                return rest + cutter.buffer[block.range]
            }
        } else if !observer.isComplete {
            end = .cut
            return rest
        }
        guard observer.hasAnswer else {
            end = .cut
            return rest
        }
        end = .finished(observer.summary)
        return rest + observer.endMark
    }

    /// The body broke off for a reason that is told elsewhere: nothing more goes on.
    mutating func fail() {
        if end == nil { end = .cut }
    }

    private mutating func forwardBlocks() -> [UInt8] {
        var output: [UInt8] = []
        // What goes on and is not in the output yet; nothing is copied while that is everything.
        var pending = 0..<0
        while end == nil, let block = cutter.next() {
            let verdict: ForwardVerdict
            do {
                if let found = try Self.look(at: block, of: cutter.buffer, with: &observer) {
                    verdict = found
                    receivedEvents += 1
                    // An end mark at once is no beginning.
                    hasBegun = hasBegun || (found == .end ? observer.hasAnswer : !observer.isAnnouncing)
                } else {
                    verdict = .forward
                }
            } catch {
                end = .failed(error)
                break
            }
            switch verdict {
            case .forward: pending = pending.lowerBound..<block.range.upperBound
            case .forwardWithout(let part):
                // Only the data of a single line has a place of its own.
                if case .line(let data) = block.data {
                    output += cutter.buffer[pending.lowerBound..<data.lowerBound + part.lowerBound]
                    pending = data.lowerBound + part.upperBound..<block.range.upperBound
                } else {
                    pending = pending.lowerBound..<block.range.upperBound
                }
            case .drop:
                output += cutter.buffer[pending.lowerBound..<block.range.lowerBound]
                pending = block.range.upperBound..<block.range.upperBound
            case .end:
                if observer.hasAnswer {
                    pending = pending.lowerBound..<block.range.upperBound
                    end = .finished(observer.summary)
                } else {
                    end = .cut
                }
            }
        }
        if output.isEmpty, pending == 0..<cutter.buffer.count {
            output = cutter.buffer
        } else {
            output += cutter.buffer[pending]
        }
        cutter.dropConsumed()
        if end == nil, cutter.buffer.count > maximumEventSize {
            end = .failed(
                PlexError(
                    .malformedResponse,
                    "the answer cannot be read: \(FramingError.tooLarge(limit: maximumEventSize))"
                )
            )
        }
        return output
    }

    // `nil` where there is nothing to look at: comments, and blanks that keep a connection alive.
    private static func look(
        at block: EventCutter.Block,
        of buffer: [UInt8],
        with observer: inout any ForwardObserver
    ) throws(PlexError) -> ForwardVerdict? {
        switch block.data {
        case .none: nil
        case .line(let range):
            isBlank(buffer[range]) ? nil : try observer.observe(buffer.span.extracting(range))
        case .joined(let data):
            isBlank(data[...]) ? nil : try observer.observe(data.span)
        }
    }

    private static func isBlank(_ data: ArraySlice<UInt8>) -> Bool {
        data.allSatisfy { $0 == 0x20 || $0 == 0x0A || $0 == 0x09 }
    }
}
