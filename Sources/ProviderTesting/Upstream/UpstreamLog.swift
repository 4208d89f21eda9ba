/// What a `ScriptedUpstream` has seen, in the order in which it happened.
struct UpstreamLog: Sendable {
    struct Exchange: Sendable {
        var request: RecordedRequest
        var bytesWritten = 0
        var isBlocked = false
        var isAnswered = false
        /// How the connection ended for this request: `.some(nil)` if not by the peer.
        var departure: PeerDeparture??
    }

    var exchanges: [Exchange] = []
    var connectionsAccepted = 0
    var connectionsOpen = 0
    /// What was received that is no request.
    var malformed: [String] = []
    var isShutDown = false
}

/// The moment in which the peer of a connection left it.
public struct PeerDeparture: Sendable, Hashable {
    /// When the upstream saw it: the time on its clock since it began.
    public var time: Duration
    /// How many bytes of the answer had been written.
    public var bytesWritten: Int
    /// Whether the answer was written whole before.
    public var answerWasWhole: Bool
    /// Whether the peer broke the connection instead of closing it.
    public var isReset: Bool
}
