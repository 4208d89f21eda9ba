internal import TransportKit

/// Hands a provider's stream on: body → whole events → pieces.
///
/// Reading drives the transfer; between two reads no more is kept than an event that is not whole.
final class ForwardSource: ForwardedStream.Source {
    private struct State {
        var machine: ForwardMachine
        var ready: [UInt8] = []
        var error: PlexError?
        var isOver = false

        mutating func append(_ bytes: [UInt8]) {
            if ready.isEmpty { ready = bytes } else { ready += bytes }
        }
    }

    private enum Step {
        case give(ForwardedStream.Piece)
        case fail(PlexError)
        case over
        case read
    }

    private let state: Locked<State>
    private let body: HTTPBody
    private let context: UpstreamContext
    private let maximumEventSize: Int

    /// Makes a source.
    ///
    /// - Parameters:
    ///   - body: What the provider sends.
    ///   - observer: What looks at its events.
    ///   - cutsLines: Whether each line is an event.
    ///   - maximumEventSize: Most bytes of an event, and of what comes before the first one.
    ///   - context: What errors are made with.
    init(
        _ body: HTTPBody,
        observer: any ForwardObserver,
        cutsLines: Bool = false,
        maximumEventSize: Int,
        context: UpstreamContext
    ) {
        self.body = body
        self.context = context
        self.maximumEventSize = maximumEventSize
        state = Locked(
            State(
                machine: ForwardMachine(observer, cutsLines: cutsLines, maximumEventSize: maximumEventSize)
            )
        )
    }

    /// Reads until the first event is there.
    ///
    /// - Throws: `PlexError`, if that is an error, or none comes.
    func open() async throws(PlexError) {
        while true {
            let (hasBegun, error) = state.withLock { ($0.machine.hasBegun, $0.error) }
            if hasBegun { return }
            if let error { throw error }
            try checkCancellation()
            await read()
        }
    }

    func next() async throws(PlexError) -> ForwardedStream.Piece? {
        while true {
            try checkCancellation()
            switch takeStep() {
            case .give(let piece): return piece
            case .fail(let error): throw error
            case .over: return nil
            case .read: await read()
            }
        }
    }

    func cancel() {
        body.cancel()
    }

    private func checkCancellation() throws(PlexError) {
        guard Task.isCancelled else { return }
        body.cancel()
        throw context.error(.cancelled, "the request was cancelled")
    }

    private func takeStep() -> Step {
        state.withLock { state in
            if !state.ready.isEmpty {
                var bytes: [UInt8] = []
                swap(&bytes, &state.ready)
                return .give(.events(bytes))
            }
            if let error = state.error { return .fail(error) }
            guard !state.isOver else { return .over }
            guard case .finished(let summary)? = state.machine.end else { return .read }
            state.isOver = true
            return .give(.finished(summary))
        }
    }

    private func read() async {
        let result: Result<[UInt8]?, TransportError>
        do throws(TransportError) {
            result = .success(try await body.source.next())
        } catch {
            result = .failure(error)
        }
        let (hasEnded, isWhole) = state.withLock { state in
            take(result, &state)
            return (state.machine.hasEnded, state.error == nil)
        }
        guard hasEnded else { return }
        // Nothing that comes after the end mark is wanted, but the connection is, if the body ends soon.
        if isWhole { body.release() } else { body.cancel() }
    }

    private func take(_ result: Result<[UInt8]?, TransportError>, _ state: inout State) {
        switch result {
        case .success(let piece?): state.append(state.machine.consume(piece))
        case .success(nil): state.append(state.machine.finish())
        case .failure(let error) where error.code == .closed:
            state.append(state.machine.finish())
            if case .cut? = state.machine.end { state.error = cut(state.machine, error) }
        case .failure(let error):
            state.machine.fail()
            state.error = context.error(error, hasAnswerBegun: true)
        }
        guard state.machine.hasEnded else { return checkBeginning(&state) }
        switch state.machine.end {
        case .failed(let error)?: state.error = state.error ?? context.completing(error)
        case .cut?: state.error = state.error ?? cut(state.machine, nil)
        default: break
        }
    }

    // Comments keep a connection alive, but not for ever more memory.
    private func checkBeginning(_ state: inout State) {
        guard !state.machine.hasBegun, state.ready.count > maximumEventSize else { return }
        state.machine.fail()
        state.error = context.error(
            .malformedResponse,
            "\(context.host) sent \(state.ready.count) bytes without an event; try another provider"
        )
    }

    private func cut(_ machine: ForwardMachine, _ error: TransportError?) -> PlexError {
        let message =
            if machine.receivedBytes == 0 {
                "\(context.host) began a stream and ended it without a byte; try again"
            } else if !machine.hasAnswer {
                """
                the stream of \(context.host) ended without an answer: \(machine.receivedEvents) events, no text; try again
                """
            } else {
                """
                the stream of \(context.host) ended before the answer did: \(machine.receivedEvents) events had come, but \
                no end; try again
                """
            }
        var failure = context.error(.streamCut, message)
        failure.underlyingError = error
        return failure
    }
}

/// A streamed answer that was whole before it was handed on.
final class WholeSource: ForwardedStream.Source {
    private let pieces: Locked<ArraySlice<ForwardedStream.Piece>>

    init(_ events: [UInt8], _ summary: ForwardSummary) {
        pieces = Locked([.events(events), .finished(summary)][...])
    }

    func next() async throws(PlexError) -> ForwardedStream.Piece? {
        pieces.withLock { $0.popFirst() }
    }

    func cancel() {
        pieces.withLock { $0 = [] }
    }
}
