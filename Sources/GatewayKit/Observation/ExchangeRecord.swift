public import ProviderKit

/// What became of one request; made once, when its answer has been sent or was given up.
///
/// It holds no text of the request or the answer and no secret, so that all of it is fit for logs and metrics.
public struct ExchangeRecord: Sendable {
    /// How an exchange ended.
    public struct Outcome: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
        /// The word.
        public let rawValue: String
        /// Makes an outcome from its word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Makes an outcome from its word.
        public init(stringLiteral value: String) { rawValue = value }
        /// The answer was sent whole.
        public static let completed: Outcome = "completed"
        /// An error was the answer, or a stream ended with one.
        public static let failed: Outcome = "failed"
        /// The caller left before the answer's end.
        public static let callerGone: Outcome = "caller_gone"
        /// The gateway stopped before the answer's end, and told the caller so if it could.
        public static let stopped: Outcome = "stopped"
    }

    /// The gateway's name for the request.
    public var requestID: String
    /// The method.
    public var method: String
    /// The route as the table writes it, or `nil` for a path that there is not.
    ///
    /// It is never the path as it came, so the set is bounded.
    public var route: String?
    /// Who asked.
    public var peer: Peer
    /// The identity that an access key stands for, where one was given.
    public var caller: String?
    /// What was asked for, where the route asks models.
    public var operation: WireOperation?
    /// The model as the caller named it.
    public var requestedModel: ModelID?
    /// The provider that answered or failed last.
    public var provider: ProviderID?
    /// The model that was asked for at that provider.
    public var model: ModelID?
    /// Whether the answer streamed.
    public var isStreaming = false
    /// The status that was sent.
    public var status: Int
    /// How it ended.
    public var outcome: Outcome
    /// The error's code as the caller was told it, if there was one.
    public var errorCode: String?
    /// The requests that were sent to providers, in order.
    public var attempts: [Attempt] = []
    /// The tokens used, where the provider said.
    public var usage: Usage?
    /// Why the answer ended, where it says.
    public var finishReason: FinishReason?
    /// Bytes of the request's body.
    public var requestBytes = 0
    /// Bytes of the answer's body that were handed to the connection.
    public var responseBytes = 0
    /// When the request was received, in seconds since 1970.
    public var timestamp: Double
    /// From the whole request to the end.
    public var duration: Duration
    /// From the whole request to the first event of a stream.
    public var timeToFirstToken: Duration?
    /// The part of the time to the answer's beginning that no provider was waited for.
    public var overhead: Duration?

    /// Makes a record.
    public init(
        requestID: String,
        method: String,
        route: String?,
        peer: Peer,
        status: Int,
        outcome: Outcome,
        timestamp: Double,
        duration: Duration
    ) {
        self.requestID = requestID
        self.method = method
        self.route = route
        self.peer = peer
        self.status = status
        self.outcome = outcome
        self.timestamp = timestamp
        self.duration = duration
    }
}
