internal import ProviderKit

/// A stream that was read until something of the answer was there.
// Proof for `@unchecked`: it is read by one task at a time. The task that opens it has ended, or is the very one that reads on,
// before anybody else has it: it is handed over as that task's result.
final class OpenedStream: @unchecked Sendable {
    /// The longest answer that is held until it is whole, in bytes of its text and arguments.
    static let heldLimit = 16 << 20

    private var events: ChatStream.AsyncIterator
    private var pending: ArraySlice<ChatEvent> = []

    private init(_ events: ChatStream.AsyncIterator) {
        self.events = events
    }

    /// Reads a stream until it cannot be called empty any more, or to its end.
    ///
    /// - Parameters:
    ///   - stream: The stream.
    ///   - isHeld: Whether the whole answer is waited for.
    /// - Returns: The stream; nothing that was read is lost.
    /// - Throws: `PlexError`, if it fails before.
    static func open(_ stream: ChatStream, held isHeld: Bool) async throws(PlexError) -> OpenedStream {
        let opened = OpenedStream(stream.makeAsyncIterator())
        var size = 0
        while let event = try await opened.events.next() {
            opened.pending.append(event)
            switch event {
            case .started, .warning: continue
            case .finished: return opened
            case .text(let text), .reasoning(let text), .refusal(let text): size += text.utf8.count
            case .toolCallArguments(_, let delta): size += delta.utf8.count
            default: break
            }
            guard isHeld else { return opened }
            guard size <= heldLimit else {
                throw PlexError(
                    .unsupported,
                    "the answer is too long to be held until it is whole; use another on_stream_cut"
                )
            }
        }
        throw PlexError(.streamCut, "the stream ended before the answer began")
    }

    /// The next event.
    func next() async throws(PlexError) -> ChatEvent? {
        if let event = pending.popFirst() { return event }
        return try await events.next()
    }
}
