internal import ProviderKit

extension ExchangeRecord {
    /// Notes an error and the provider that it came from.
    ///
    /// An error in the middle of a stream comes without a list of attempts: the attempt that had begun well has failed then.
    ///
    /// - Parameters:
    ///   - error: The error.
    ///   - elapsed: The time since the request was whole.
    mutating func noteFailure(_ error: PlexError, after elapsed: Duration) {
        let earlier = attempts
        attempts = error.attempts.isEmpty ? earlier : error.attempts
        provider = error.provider ?? attempts.last?.provider ?? provider
        model = error.model ?? attempts.last?.model ?? model
        guard error.attempts.isEmpty else { return }
        if var last = attempts.popLast() {
            last.code = error.code
            last.status = error.status ?? last.status
            last.duration = elapsed
            attempts.append(last)
        } else if let provider, let model {
            attempts = [
                Attempt(provider: provider, model: model, code: error.code, status: error.status, duration: elapsed)
            ]
        }
    }

    /// Adds the one attempt of a provider that keeps no list; called at the end.
    mutating func settleAttempts() {
        guard attempts.isEmpty, let provider, let model, outcome != .failed else { return }
        let code: PlexError.Code? = outcome == .callerGone || outcome == .stopped ? .cancelled : nil
        attempts = [Attempt(provider: provider, model: model, code: code, status: nil, duration: duration)]
    }
}
