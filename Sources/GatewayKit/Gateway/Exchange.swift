internal import ProviderKit
internal import TransportKit

/// A request on its way through the gateway; gathers what its record will say.
///
/// The body of the request is not kept: a stream may stay open long after it was read.
final class Exchange: Sendable {
    private struct State {
        /// Until the exchange ends, with which it is handed on.
        var record: ExchangeRecord?
    }

    let requestID: String
    /// When the request came, in seconds since 1970.
    let timestamp: Double
    /// When the request was whole.
    let started: ContinuousClock.Instant
    private let state: Locked<State>
    private let stop: StopMark
    private let isGuest: Bool
    private let report: @Sendable (ExchangeRecord) -> Void

    init(
        _ request: GatewayRequest,
        requestID: String,
        timestamp: Double,
        stop: StopMark,
        report: @escaping @Sendable (ExchangeRecord) -> Void
    ) {
        self.requestID = requestID
        self.timestamp = timestamp
        self.stop = stop
        self.report = report
        isGuest = request.peer.role != .host
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
        state = Locked(State(record: consume record))
    }

    // An answer that nobody read to its end.
    deinit {
        giveUp()
    }

    /// Whether the gateway's time to stop is over.
    var isStopped: Bool { stop.isSet }

    /// The time since the request was whole.
    var elapsed: Duration { started.duration(to: .now) }

    /// Changes what the record will say.
    func note(_ change: (inout ExchangeRecord) -> Void) {
        state.withLock { $0.record?.change(change) }
    }

    /// The name of the access key that was shown.
    var caller: String? { state.withLock { $0.record?.caller } }

    /// Whether the record was made.
    var isFinished: Bool { state.withLock { $0.record == nil } }

    /// What an error answer says of the way to it.
    var answerFields: AnswerFields {
        state.withLock { state in
            guard let record = state.record else { return AnswerFields() }
            return AnswerFields(
                provider: record.provider,
                model: record.model,
                attempts: record.attempts.isEmpty ? nil : record.attempts.count,
                overhead: record.attempts.isEmpty ? nil : record.overhead
            )
        }
    }

    /// Bytes of the answer's body were handed to the connection.
    func sent(_ count: Int) {
        state.withLock { $0.record?.responseBytes += count }
    }

    /// Makes the record; only the first end counts.
    func finish(_ outcome: ExchangeRecord.Outcome) {
        let duration = elapsed
        guard var record = state.withLock({ $0.record.take() }) else { return }
        record.outcome = outcome
        record.duration = duration
        record.settleAttempts()
        report(record)
    }
}

extension ExchangeRecord {
    fileprivate mutating func change(_ body: (inout ExchangeRecord) -> Void) {
        body(&self)
    }
}

extension Exchange {
    /// Ends with an answer that is an error.
    func finish(_ error: CallerError, _ outcome: ExchangeRecord.Outcome = .failed) {
        note { record in
            record.errorCode = error.code
            if record.status == 0 { record.status = error.status }
        }
        finish(outcome)
    }

    /// Ends in the middle of the answer: the caller left, or all of the time to stop is over.
    func giveUp() {
        if isStopped { finish(stopping, .stopped) } else { finish(.callerGone) }
    }

    /// What a caller is told whose answer the gateway ends because it stops.
    var stopping: CallerError { CallerError(.stopping, requestID: requestID) }

    /// A provider's failure as the caller is told it: who is a guest does not learn where the providers are.
    func told(of error: PlexError) -> CallerError {
        CallerError(error, requestID: requestID, hidesPlaces: isGuest)
    }

    /// What a caller is told of an error; a cancelled request whose caller has not left was cancelled by the gateway.
    func told(_ error: CallerError) -> CallerError {
        error.status == CallerError.callerGoneStatus && isStopped ? stopping : error
    }

    /// The outcome of a whole answer.
    func outcome(status: Int) -> ExchangeRecord.Outcome {
        if Task.isCancelled, !isStopped { return .callerGone }
        if status < 400 { return .completed }
        return Task.isCancelled ? .stopped : .failed
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

    /// Notes who answers, as the answer says it; the model that was asked for is known better where the request was sent on.
    ///
    /// - Returns: The model that was asked for.
    func note(answerOf provider: ProviderID?, _ model: ModelID?, route: ProviderKit.Route?) -> ModelID? {
        state.withLock { state in
            guard state.record != nil else { return model }
            let asked = state.record?.model ?? model
            state.record?.provider = provider
            state.record?.model = asked
            if let route { state.record?.attempts = route.attempts }
            return asked
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

    /// Notes what the gateway itself took until an answer was there.
    ///
    /// - Parameters:
    ///   - waiting: The time that the provider was waited for.
    ///   - time: When the answer was there; `nil` for now.
    /// - Returns: The rest of the time.
    func noteOverhead(waiting: Duration, until time: ContinuousClock.Instant? = nil) -> Duration {
        let overhead = max(.zero, started.duration(to: time ?? .now) - waiting)
        note { $0.overhead = overhead }
        return overhead
    }
}
