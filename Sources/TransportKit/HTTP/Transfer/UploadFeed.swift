/// Carries the pieces of a streamed request body from the task that makes them to the loop that sends them, one at a
/// time: the next piece is asked for when the one before has gone out.
final class UploadFeed: Sendable {
    enum Outcome {
        case bytes(Int)
        case end
        /// Nothing is there yet; `onReady` will be called.
        case starved
        case failed(TransportError)
    }

    private struct State {
        var piece: [UInt8] = []
        var offset = 0
        var end: Outcome?
        var isStarved = false
        var isCancelled = false
        var producer: CheckedContinuation<Void, Never>?
    }

    private let state = Locked(State())

    /// Takes what is there, up to the buffer's size.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        let (outcome, producer) = state.withLock { state -> (Outcome, CheckedContinuation<Void, Never>?) in
            guard state.offset < state.piece.count else {
                if let end = state.end { return (end, nil) }
                state.isStarved = true
                return (.starved, state.producer.take())
            }
            let count = min(buffer.count, state.piece.count - state.offset)
            unsafe buffer.copyBytes(from: state.piece[state.offset..<(state.offset + count)])
            state.offset += count
            return (.bytes(count), state.offset == state.piece.count ? state.producer.take() : nil)
        }
        producer?.resume()
        return outcome
    }

    /// Pulls pieces until the end; the body of the task that the transfer owns.
    ///
    /// - Parameters:
    ///   - next: Makes the pieces.
    ///   - onReady: Called when there is something to send after `read` had found nothing.
    func pump(_ next: @Sendable () async throws -> [UInt8]?, onReady: @Sendable () -> Void) async {
        while true {
            var end: Outcome?
            var piece: [UInt8] = []
            do {
                if let bytes = try await next() { piece = bytes } else { end = .end }
            } catch {
                let reason = (error as? TransportError).map { ": \($0.message)" } ?? ""
                end = .failed(TransportError(.requestBody, "the request's body could not be read to its end\(reason)"))
            }
            guard put(piece, end, onReady: onReady), end == nil else { return }
            await waitUntilTaken()
        }
    }

    private func put(_ piece: [UInt8], _ end: Outcome?, onReady: () -> Void) -> Bool {
        let (goesOn, isAwaited) = state.withLock { state in
            guard !state.isCancelled else { return (false, false) }
            state.piece = piece
            state.offset = 0
            state.end = end
            guard !piece.isEmpty || end != nil else { return (true, false) }
            defer { state.isStarved = false }
            return (true, state.isStarved)
        }
        if isAwaited { onReady() }
        return goesOn
    }

    private func waitUntilTaken() async {
        await withCheckedContinuation { continuation in
            let mustWait = state.withLock { state in
                guard state.offset < state.piece.count, !state.isCancelled else { return false }
                state.producer = continuation
                return true
            }
            if !mustWait { continuation.resume() }
        }
    }

    /// Lets the pump end.
    func cancel() {
        let producer = state.withLock { state in
            state.isCancelled = true
            state.piece = []
            return state.producer.take()
        }
        producer?.resume()
    }
}

/// The body of a request that libcurl pulls.
final class UploadSource {
    /// A body of bytes up to this size is handed to libcurl whole, which then goes out with the header.
    static let smallBody = 64 * 1024

    private enum Kind {
        case bytes([UInt8])
        case feed(UploadFeed, Task<Void, Never>)
    }

    private let kind: Kind
    private var sent = 0
    /// The number of bytes, where it is known.
    let length: Int?

    init(bytes: [UInt8]) {
        kind = .bytes(bytes)
        length = bytes.count
    }

    /// Begins to pull a streamed body, in a task that `cancel` ends.
    init(
        length: Int?,
        next: @escaping @Sendable () async throws -> [UInt8]?,
        on loop: EventLoop,
        onReady: @escaping @Sendable () -> Void
    ) {
        self.length = length
        let feed = UploadFeed()
        kind = .feed(feed, Task(executorPreference: loop) { await feed.pump(next, onReady: onReady) })
    }

    /// Whether every byte of a body of known length has been taken.
    var isComplete: Bool { sent == length }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> UploadFeed.Outcome {
        let room = min(buffer.count, length.map { $0 - sent } ?? .max)
        guard room > 0 else { return .end }
        let outcome: UploadFeed.Outcome
        switch kind {
        case .bytes(let bytes):
            unsafe buffer.copyBytes(from: bytes[sent..<(sent + room)])
            outcome = .bytes(room)
        case .feed(let feed, _):
            outcome = unsafe feed.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<room]))
        }
        switch outcome {
        case .bytes(let count): sent += count
        case .end:
            if let length {
                return .failed(
                    TransportError(.requestBody, "the request's body ended after \(sent) of \(length) bytes")
                )
            }
        default: break
        }
        return outcome
    }

    func cancel() {
        guard case .feed(let feed, let task) = kind else { return }
        task.cancel()
        feed.cancel()
    }
}
