/// The limits of a server's sessions over HTTP.
public struct MCPSessionLimits: Sendable, Hashable {
    /// How many sessions there may be; a further one ends the one that was used least recently, if nothing goes on there.
    public var sessions: Int
    /// How many of these may be of one caller.
    public var sessionsPerCaller: Int
    /// How long a session may be unused.
    public var idleTime: Duration
    /// How many bytes of events a session keeps for clients that lose a stream and come back to it.
    public var replay: Int
    /// How many streams of its own a client may open in a session.
    public var streams: Int
    /// How long an answer may take before it becomes a stream of events.
    public var patience: Duration

    /// Makes limits.
    public init(
        sessions: Int = 10_000,
        sessionsPerCaller: Int = 5000,
        idleTime: Duration = .seconds(1800),
        replay: Int = 256 * 1024,
        streams: Int = 8,
        patience: Duration = .seconds(5)
    ) {
        self.sessions = sessions
        self.sessionsPerCaller = sessionsPerCaller
        self.idleTime = idleTime
        self.replay = replay
        self.streams = streams
        self.patience = patience
    }
}
