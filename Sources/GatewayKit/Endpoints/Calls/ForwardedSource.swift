internal import ProviderKit

/// The body of an answer that streams through in its provider's words.
final class ForwardedSource: GatewayStream.Source {
    private let stream: ForwardedStream
    private let exchange: Exchange
    private let encodeError: @Sendable (CallerError) -> [UInt8]

    init(
        _ stream: ForwardedStream,
        exchange: Exchange,
        encodeError: @escaping @Sendable (CallerError) -> [UInt8]
    ) {
        self.stream = stream
        self.exchange = exchange
        self.encodeError = encodeError
        exchange.noteFirstToken()
    }

    func next() async -> [UInt8]? {
        do throws(PlexError) {
            switch try await stream.next() {
            case .events(let bytes):
                try exchange.checkStop()
                exchange.sent(bytes.count)
                return bytes
            case .finished(let summary):
                exchange.note(summary)
                exchange.finish(.completed)
                return nil
            case nil:
                exchange.finish(.completed)
                return nil
            }
        } catch {
            return exchange.end(by: error, encodeError)
        }
    }

    func cancel() {
        stream.cancel()
        exchange.giveUp()
    }
}

extension Exchange {
    /// Ends a stream that failed; returns what its caller is told, unless the caller has gone or was told before.
    func end(by error: PlexError, _ encode: (CallerError) -> [UInt8]) -> [UInt8]? {
        guard !isFinished else { return nil }
        let isCancelled = error.code == .cancelled
        guard !isCancelled || isStopped else {
            finish(.callerGone)
            return nil
        }
        if !isCancelled { note(error) }
        let told = isCancelled ? stopping : told(of: error)
        let bytes = encode(told)
        sent(bytes.count)
        finish(told, isCancelled ? .stopped : .failed)
        return bytes
    }

    /// Ends a stream that always has something to give, and so does not see that its task was cancelled.
    ///
    /// - Throws: `PlexError`, if the gateway's time to stop is over.
    func checkStop() throws(PlexError) {
        if isStopped, Task.isCancelled { throw PlexError(.cancelled, "the gateway is stopping") }
    }
}
