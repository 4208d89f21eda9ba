/// The life of one exchange: connecting, sending, waiting, receiving, ended; and its limits on time and size.
///
/// It does no I/O and reads no clock: it is told what happened and when, and answers what to do.
struct TransferStateMachine {
    /// Where the exchange stands.
    enum State: Equatable {
        /// No connection stands yet.
        case connecting
        /// The request is being written.
        case sending
        /// The request is out; no byte of the answer's body has come.
        case waiting
        /// The answer's body is coming.
        case receiving
        /// Nothing more will happen.
        case ended
    }

    private(set) var state = State.connecting
    /// Whether the reader holds the answer back.
    private(set) var isPaused = false
    /// Whether the head of the answer has been handed on.
    private(set) var hasHead = false

    private let timeouts: Timeouts
    private let bodyLimit: Int?
    private let isRepeatable: Bool
    private let start: LoopInstant
    /// The limit of the whole.
    let end: LoopInstant?
    /// When the current state's own limit began to count.
    private var lastActivity: LoopInstant
    private var isSourceSlow = false
    private var bodyBytes = 0

    /// Makes the machine of an exchange that begins now.
    ///
    /// - Parameters:
    ///   - timeouts: The limits on time.
    ///   - bodyLimit: The most body bytes to accept.
    ///   - isRepeatable: Whether sending the request twice does no harm.
    ///   - start: The time.
    ///   - end: A limit of the whole that an earlier exchange of the same request began.
    init(timeouts: Timeouts, bodyLimit: Int?, isRepeatable: Bool, start: LoopInstant, end: LoopInstant? = nil) {
        self.timeouts = timeouts
        self.bodyLimit = bodyLimit
        self.isRepeatable = isRepeatable
        self.start = start
        self.end = end ?? timeouts.total.map { start.advanced(by: $0) }
        lastActivity = start
    }

    // MARK: Request

    enum SendAction: Equatable {
        case send
        /// The connection died under a request that its peer may have acted upon.
        case refuseToRepeat
        case abort
    }

    /// A connection stands and the request can go out.
    ///
    /// - Parameters:
    ///   - hasBody: Whether a body will be pulled; else the request is out at once.
    ///   - hasSentBytes: Whether any byte of the request went out on an earlier connection.
    ///   - now: The time.
    /// - Returns: Whether to send.
    mutating func connected(hasBody: Bool, hasSentBytes: Bool, at now: LoopInstant) -> SendAction {
        switch state {
        case .ended: return .abort
        case .receiving: return .refuseToRepeat
        case .connecting, .sending, .waiting:
            guard state == .connecting || canRepeat(hasSentBytes: hasSentBytes) else { return .refuseToRepeat }
            state = hasBody ? .sending : .waiting
            lastActivity = now
            return .send
        }
    }

    /// Whether the request may go out on another connection after the one it was on has died.
    ///
    /// - Parameter hasSentBytes: Whether any byte of it went out.
    /// - Returns: Whether that does no harm.
    func canRepeat(hasSentBytes: Bool) -> Bool {
        guard state == .sending || state == .waiting, !hasHead else { return false }
        return isRepeatable || !hasSentBytes
    }

    /// A piece of the request's body went out.
    mutating func sentPiece(at now: LoopInstant) {
        guard state == .sending else { return }
        isSourceSlow = false
        lastActivity = now
    }

    /// The request's body has no piece ready: what follows is not the peer's delay.
    mutating func sourceRanDry() {
        isSourceSlow = true
    }

    /// The request's last byte went out.
    mutating func sentAll(at now: LoopInstant) {
        guard state == .sending else { return }
        state = .waiting
        lastActivity = now
    }

    // MARK: Answer

    /// The head of the final answer is whole; `true` if it is to be handed on.
    mutating func receivedHead() -> Bool {
        guard state != .ended, !hasHead else { return false }
        hasHead = true
        return true
    }

    enum PieceAction: Equatable {
        case accept
        /// Refuse the piece, which will come again after `drained`.
        case pause
        case fail(TransportError.Code)
        case abort
    }

    /// A piece of the answer's body came.
    ///
    /// - Parameters:
    ///   - count: Its bytes.
    ///   - hasRoom: Whether the reader's buffer takes it.
    ///   - now: The time.
    /// - Returns: What to do with the piece.
    mutating func receivedPiece(_ count: Int, hasRoom: Bool, at now: LoopInstant) -> PieceAction {
        guard state != .ended else { return .abort }
        state = .receiving
        lastActivity = now
        guard hasRoom else {
            isPaused = true
            return .pause
        }
        bodyBytes += count
        if let bodyLimit, bodyBytes > bodyLimit { return .fail(.tooLarge) }
        return .accept
    }

    /// The reader has enough for now: nothing is received until `drained`.
    ///
    /// - Returns: Whether that is new.
    mutating func holdBack() -> Bool {
        guard !isPaused, state != .ended else { return false }
        isPaused = true
        return true
    }

    /// The reader emptied its buffer; `true` if the transfer is to go on.
    mutating func drained(at now: LoopInstant) -> Bool {
        guard isPaused, state != .ended else { return false }
        isPaused = false
        lastActivity = now
        return true
    }

    // MARK: End

    /// The exchange is over, however; `true` the first time.
    mutating func ended() -> Bool {
        defer { state = .ended }
        return state != .ended
    }

    // MARK: Time

    /// The moment at which the exchange will have taken too long, and the limit that this breaks.
    var deadline: (at: LoopInstant, phase: Timeouts.Phase)? {
        let own: (at: LoopInstant, phase: Timeouts.Phase)? =
            switch state {
            case .connecting: timeouts.connect.map { (start.advanced(by: $0), .connect) }
            case .sending: isSourceSlow ? nil : timeouts.idle.map { (lastActivity.advanced(by: $0), .idle) }
            case .waiting: timeouts.firstByte.map { (lastActivity.advanced(by: $0), .firstByte) }
            case .receiving: isPaused ? nil : timeouts.idle.map { (lastActivity.advanced(by: $0), .idle) }
            case .ended: nil
            }
        guard state != .ended, let end else { return own }
        if let own, own.at < end { return own }
        return (end, .total)
    }

    enum TimeAction: Equatable {
        case fail(Timeouts.Phase)
        case wait(until: LoopInstant)
        case none
    }

    /// A timer fired, perhaps for a deadline that has moved since.
    func timerFired(at now: LoopInstant) -> TimeAction {
        guard let deadline else { return .none }
        return deadline.at <= now ? .fail(deadline.phase) : .wait(until: deadline.at)
    }
}
