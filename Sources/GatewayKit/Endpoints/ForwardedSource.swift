internal import ProviderKit
internal import TransportKit

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
        exchange.finish(.callerGone)
    }
}

extension Exchange {
    /// Ends a stream that failed; returns what its caller is told, unless the caller has gone or was told before.
    func end(by error: PlexError, _ encode: (CallerError) -> [UInt8]) -> [UInt8]? {
        guard !isFinished else { return nil }
        guard error.code != .cancelled else {
            finish(.callerGone)
            return nil
        }
        note(error)
        let told = CallerError(error, requestID: requestID)
        let bytes = encode(told)
        sent(bytes.count)
        finish(told)
        return bytes
    }
}
