public import ProviderKit

/// One call of a tool, and what came of it.
public struct ToolStep: Sendable, Hashable, CustomStringConvertible {
    /// What came of a call; the set is open.
    public struct Outcome: RawRepresentable, Sendable, Hashable {
        /// A short name in snake case.
        public var rawValue: String
        /// Makes an outcome of its name.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The tool gave a result.
        public static let succeeded = Outcome(rawValue: "succeeded")
        /// The tool failed, or there is none of that name; the model was told.
        public static let failed = Outcome(rawValue: "failed")
        /// The call was not approved; the model was told.
        public static let denied = Outcome(rawValue: "denied")
        /// The call took too long; the model was told.
        public static let timedOut = Outcome(rawValue: "timed_out")
        /// The call was not run, as a limit of the loop was reached.
        public static let skipped = Outcome(rawValue: "skipped")
    }

    /// The round, counted from 1.
    public var round: Int
    /// The call as the model wrote it.
    public var call: ToolCall
    /// The server; `nil` for a function of the program, and if there is no such tool.
    public var server: String?
    /// What came of it.
    public var outcome: Outcome
    /// What the model was given.
    public var result: ToolResult
    /// How long it took.
    public var duration: Duration

    /// Round, tool and outcome in one line, without arguments and content.
    public var description: String {
        "round \(round): \(call.name) \(outcome.rawValue)"
    }
}

/// What a loop came to.
public struct ToolLoopResult: Sendable, Hashable {
    /// Why a loop ended; the set is open.
    public struct Ending: RawRepresentable, Sendable, Hashable {
        /// A short name in snake case.
        public var rawValue: String
        /// Makes an ending of its name.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The model gave its answer.
        public static let answered = Ending(rawValue: "answered")
        /// The model wants more rounds than there may be.
        public static let rounds = Ending(rawValue: "rounds")
        /// The model wants more calls than there may be.
        public static let calls = Ending(rawValue: "calls")
        /// Time ran out after a round.
        public static let duration = Ending(rawValue: "duration")
        /// The model called a tool that the request has and the box has not, so that it is the caller's to run.
        public static let handedBack = Ending(rawValue: "handed_back")
    }

    /// The model's last answer.
    public var response: ChatResponse
    /// Why the loop ended.
    public var ending: Ending
    /// The whole conversation, the last answer included; each call in it but those handed back has its result, so that it
    /// can be gone on with.
    public var messages: [Message]
    /// The calls, in order.
    public var steps: [ToolStep]
    /// How many answers the model gave.
    public var requests: Int
    /// The tokens of all answers; `nil` if the provider never said.
    public var usage: Usage?
}

/// What happens in a loop.
@nonexhaustive
public enum ToolLoopEvent: Sendable {
    /// The tools are known; `failures` are the servers whose tools are missing.
    case ready(tools: [ToolDefinition], failures: [MCPError])
    /// A piece of an answer came; its end comes as `answer`.
    case piece(ChatEvent)
    /// An answer is whole; if it calls tools, more follows.
    case answer(ChatResponse)
    /// These calls are run next.
    case calling([ToolCall])
    /// A call came to an end.
    case called(ToolStep)
    /// The loop is over; comes once, last.
    case finished(ToolLoopResult)
}
