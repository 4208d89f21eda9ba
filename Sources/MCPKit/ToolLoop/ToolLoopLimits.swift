/// What a loop may use at most.
public struct ToolLoopLimits: Sendable, Hashable {
    /// How many times the model's calls are run; it is asked once more than that.
    public var rounds: Int
    /// How many calls are run in all.
    public var calls: Int
    /// How long all of it may take.
    public var duration: Duration
    /// How long one call may take.
    public var callDuration: Duration
    /// How many calls run at the same time.
    public var parallelCalls: Int
    /// How many bytes of text a model is given of one result; the rest is cut off.
    public var resultBytes: Int

    /// Makes limits.
    public init(
        rounds: Int = 10,
        calls: Int = 50,
        duration: Duration = .seconds(600),
        callDuration: Duration = .seconds(60),
        parallelCalls: Int = 8,
        resultBytes: Int = 256 * 1024
    ) {
        self.rounds = rounds
        self.calls = calls
        self.duration = duration
        self.callDuration = callDuration
        self.parallelCalls = parallelCalls
        self.resultBytes = resultBytes
    }
}
