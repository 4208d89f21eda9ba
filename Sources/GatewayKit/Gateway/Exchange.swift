internal import ProviderKit
internal import TransportKit

/// A request on its way through the gateway; gathers what its record will say.
///
/// The body of the request is not kept: a stream may stay open long after it was read.
final class Exchange: Sendable {
    private struct State {
        var record: ExchangeRecord
        var isFinished = false
    }

    let requestID: String
    /// When the request was whole.
    let started: ContinuousClock.Instant
    private let state: Locked<State>
    private let report: @Sendable (ExchangeRecord) -> Void

    init(
        _ request: GatewayRequest,
        requestID: String,
        timestamp: Double,
        report: @escaping @Sendable (ExchangeRecord) -> Void
    ) {
        self.requestID = requestID
        self.report = report
        started = .now
        var record = ExchangeRecord(
            requestID: requestID,
            method: request.method,
            route: nil,
            peer: request.peer,
            status: 0,
            outcome: .callerGone,
            timestamp: timestamp,
            duration: .zero
        )
        record.requestBytes = request.body.count
        state = Locked(State(record: record))
    }

    // An answer that nobody read to its end.
    deinit {
        finish(.callerGone)
    }

    /// The time since the request was whole.
    var elapsed: Duration { started.duration(to: .now) }

    /// Changes what the record will say.
    func note(_ change: (inout ExchangeRecord) -> Void) {
        state.withLock { change(&$0.record) }
    }

    /// Whether the record was made.
    var isFinished: Bool { state.withLock { $0.isFinished } }

    /// When the request came, in seconds since 1970.
    var timestamp: Double { state.withLock { $0.record.timestamp } }

    /// What an error answer says of the way to it.
    var answerFields: AnswerFields {
        state.withLock { state in
            AnswerFields(
                provider: state.record.provider,
                model: state.record.model,
                attempts: state.record.attempts.isEmpty ? nil : state.record.attempts.count
            )
        }
    }

    /// Bytes of the answer's body were handed to the connection.
    func sent(_ count: Int) {
        state.withLock { $0.record.responseBytes += count }
    }

    /// Makes the record; only the first end counts.
    func finish(_ outcome: ExchangeRecord.Outcome) {
        let duration = elapsed
        let record: ExchangeRecord? = state.withLock { state in
            guard !state.isFinished else { return nil }
            state.isFinished = true
            state.record.outcome = outcome
            state.record.duration = duration
            state.record.settleAttempts()
            return state.record
        }
        if let record { report(record) }
    }
}

extension Exchange {
    /// The outcome of an answer that a cancelled task could not give, or that is an error.
    func finish(_ error: CallerError) {
        note { record in
            record.errorCode = error.code
            if record.status == 0 { record.status = error.status }
        }
        finish(error.status == CallerError.callerGoneStatus ? .callerGone : .failed)
    }

    /// Notes what an error says of the way to it.
    func note(_ error: PlexError) {
        let elapsed = elapsed
        note { record in
            record.noteFailure(error, after: elapsed)
        }
    }

    /// Notes who answers.
    func note(provider: ProviderID?, model: ModelID?, route: ProviderKit.Route?) {
        note { record in
            record.provider = provider
            record.model = model
            record.attempts = route?.attempts ?? record.attempts
        }
    }

    /// Notes what was read in an answer.
    func note(_ summary: ForwardSummary) {
        note { record in
            record.usage = summary.usage
            record.finishReason = summary.finishReason
        }
    }

    /// Notes that the answer begins.
    func noteFirstToken() {
        let elapsed = elapsed
        note { record in
            if record.timeToFirstToken == nil { record.timeToFirstToken = elapsed }
        }
    }

    /// Notes what the gateway itself took until now.
    ///
    /// - Parameter waiting: The time that the provider was waited for.
    /// - Returns: The rest of the time.
    func noteOverhead(waiting: Duration) -> Duration {
        let overhead = max(.zero, elapsed - waiting)
        note { $0.overhead = overhead }
        return overhead
    }
}
