/// The limits of a server towards each of its clients.
public struct MCPServerLimits: Sendable, Hashable {
    /// The largest message in bytes, either way.
    public var messageSize: Int
    /// How many requests of one client may be worked on.
    public var requests: Int
    /// How many subscriptions one client may have.
    public var subscriptions: Int
    /// How many questions may wait for one client's answers.
    public var questions: Int
    /// How long to wait for the answer to a question; people may have to be asked.
    public var questionTime: Duration
    /// How many requests of the stateless era may wait for their clients to come back with answers.
    public var suspended: Int
    /// How many of these may be of one caller.
    public var suspendedPerCaller: Int

    /// Makes limits.
    public init(
        messageSize: Int = 16 * 1024 * 1024,
        requests: Int = 1024,
        subscriptions: Int = 1024,
        questions: Int = 256,
        questionTime: Duration = .seconds(600),
        suspended: Int = 1024,
        suspendedPerCaller: Int = 256
    ) {
        self.messageSize = messageSize
        self.requests = requests
        self.subscriptions = subscriptions
        self.questions = questions
        self.questionTime = questionTime
        self.suspended = suspended
        self.suspendedPerCaller = suspendedPerCaller
    }
}
