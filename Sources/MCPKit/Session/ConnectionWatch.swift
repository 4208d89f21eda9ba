internal import TransportKit

/// What becomes of a connection on which nothing happens: it is asked for a sign of life, and closed when nobody needs it.
///
/// It is pure. A server that works on a request is never asked, however long that takes: only the request's own limits count then.
struct ConnectionWatch: Sendable {
    /// What to do next.
    enum Step: Sendable, Hashable {
        /// Look again after a while.
        case look(after: Duration)
        /// Ask for a sign of life, and tell what came.
        case ping
        /// Close the connection; the next call makes another.
        case close
        /// Nothing is to be done, now or later.
        case rest
    }

    /// How often in a row there may be no sign of life.
    private static let patience = 2
    private static let shortestLook = Duration.milliseconds(10)

    private let idleClose: Duration?
    private let pingInterval: Duration?
    private var lastUse: LoopInstant
    private var uses = 0
    private var misses = 0
    private var pingedAt: LoopInstant?

    /// Begins to watch.
    ///
    /// - Parameters:
    ///   - idleClose: After which time without use the connection is closed; `nil` for never.
    ///   - pingInterval: After which time of silence the server is asked for a sign of life; `nil` for never.
    ///   - now: The time.
    init(idleClose: Duration?, pingInterval: Duration?, at now: LoopInstant) {
        self.idleClose = idleClose
        self.pingInterval = pingInterval
        lastUse = now
    }

    /// Looks at the connection.
    ///
    /// - Parameters:
    ///   - figures: What its session has done.
    ///   - isKept: Whether somebody needs the connection who asks nothing right now.
    ///   - now: The time.
    /// - Returns: What to do next.
    mutating func look(_ figures: SessionFigures, isKept: Bool, at now: LoopInstant) -> Step {
        let isPinging = pingedAt != nil
        let pending = figures.pending - (isPinging ? 1 : 0)
        let uses = figures.requests - figures.pings + figures.notifications + figures.inbound
        if uses != self.uses || pending > 0 {
            self.uses = uses
            lastUse = pending > 0 ? now : figures.lastActivity
        }
        var next: Duration?
        if let idleClose {
            let rest = isKept ? idleClose : idleClose - lastUse.duration(to: now)
            if rest <= .zero { return .close }
            next = rest
        }
        if let pingInterval, !isPinging {
            let rest = pending > 0 ? pingInterval : pingInterval - figures.lastActivity.duration(to: now)
            if rest <= .zero {
                pingedAt = now
                return .ping
            }
            next = min(next ?? rest, rest)
        }
        return next.map { .look(after: max($0, Self.shortestLook)) } ?? .rest
    }

    /// A sign of life came, or did not in its time.
    ///
    /// - Parameters:
    ///   - isAnswered: Whether it came.
    ///   - figures: What the session has done.
    /// - Returns: Whether the server is taken for dead.
    mutating func pinged(isAnswered: Bool, _ figures: SessionFigures) -> Bool {
        let hasSpoken = pingedAt.map { figures.lastActivity > $0 } ?? true
        pingedAt = nil
        misses = isAnswered || hasSpoken ? 0 : misses + 1
        return misses >= Self.patience
    }
}
