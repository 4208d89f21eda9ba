internal import TransportKit

/// How a task is followed to its end, in both eras of the protocol.
///
/// It is pure: what to do next comes back as a step. What servers tell of tasks unasked is not relied on; they are asked, as often as they
/// want to be.
struct TaskFollowing: Sendable {
    /// Whose rules hold.
    enum Rules: Sendable {
        /// Those of 2025-11-25: a result is fetched, and fetching it brings the server's questions.
        case handshake
        /// Those of the extension: questions and result stand in the task.
        case `extension`
    }

    /// What to do next.
    enum Step: Sendable {
        /// Let so much time pass.
        case wait(Duration)
        /// Ask how the task stands.
        case get
        /// Fetch the result; the server answers when there is one, and asks questions before.
        case fetch
        /// Find answers to questions.
        case ask(JSONObject)
        /// Give answers to the server.
        case update(JSONObject)
        /// Here is the result.
        case done(JSONObject)
        /// There will be none.
        case failed(MCPError)
    }

    /// How often in a row a request about a task may get lost.
    private static let patience = 3
    private static let questionRounds = 10
    private static let longestOwnInterval = Duration.seconds(5)

    /// How the task stood when it was last heard of.
    private(set) var state: MCPTaskState

    private let rules: Rules
    private let survives: Bool
    private let deadline: LoopInstant
    private var ownInterval = Duration.milliseconds(100)
    private var losses = 0
    private var rounds = 0
    private var asked: Set<String> = []
    private var answers: JSONObject = [:]

    /// Begins to follow a task.
    ///
    /// - Parameters:
    ///   - state: How it stands.
    ///   - rules: Whose rules hold.
    ///   - survives: Whether it may outlive the connection.
    ///   - deadline: When to give up.
    init(_ state: MCPTaskState, _ rules: Rules, survives: Bool, deadline: LoopInstant) {
        self.state = state
        self.rules = rules
        self.survives = survives
        self.deadline = deadline
    }

    /// The first step.
    mutating func start(at now: LoopInstant) -> Step { react(at: now) }

    /// The time has passed.
    mutating func waited() -> Step { answers.isEmpty ? .get : .update(answers) }

    /// The server said how the task stands, or did not.
    mutating func got(_ result: Result<JSONObject, MCPError>, at now: LoopInstant) -> Step {
        switch result {
        case .success(let json):
            guard let next = MCPTaskState(json: json), next.id == state.id else {
                return .failed(
                    MCPError(.protocolViolation, "the answer to tasks/get tells of another task, or of none")
                )
            }
            losses = 0
            state = next
            return react(at: now)
        case .failure(let error): return lost(error, at: now)
        }
    }

    /// The result came, or did not.
    mutating func fetched(_ result: Result<JSONObject, MCPError>, at now: LoopInstant) -> Step {
        switch result {
        case .success(let json): .done(json)
        case .failure(let error): lost(error, at: now)
        }
    }

    /// Answers to the questions were found.
    mutating func answered(_ answers: JSONObject) -> Step {
        self.answers = answers
        return .update(answers)
    }

    /// The server took the answers, or did not.
    mutating func updated(_ result: Result<JSONObject, MCPError>, at now: LoopInstant) -> Step {
        switch result {
        case .success:
            answers = [:]
            losses = 0
            // The server may well go on at once now.
            ownInterval = .milliseconds(100)
            return pause(at: now)
        case .failure(let error): return lost(error, at: now)
        }
    }

    // MARK: What follows

    private mutating func react(at now: LoopInstant) -> Step {
        if state.status == .cancelled {
            return .failed(MCPError(.request, "the task was given up at the server"))
        }
        switch rules {
        case .handshake:
            return state.status.isFinal || state.status == .inputRequired ? .fetch : pause(at: now)
        case .extension: return reactToDetails(at: now)
        }
    }

    private mutating func reactToDetails(at now: LoopInstant) -> Step {
        switch state.status {
        case .completed:
            guard let result = state.json["result"]?.object else {
                return .failed(MCPError(.protocolViolation, "a task is completed and has no result"))
            }
            return .done(result)
        case .failed:
            let failure = JSONRPCFailure(json: state.json["error"] ?? .null)
            return .failed(MCPError(.request, "the server answered: \(failure)", failure: failure))
        case .inputRequired:
            let all = state.json["inputRequests"]?.object ?? [:]
            let questions = JSONObject(all.members.filter { !asked.contains($0.name) }.map { ($0.name, $0.value) })
            guard !questions.isEmpty else { return pause(at: now) }
            rounds += 1
            guard rounds <= Self.questionRounds else {
                return .failed(MCPError(.limit, "the server asked for input more than \(Self.questionRounds) times"))
            }
            for question in questions.members { asked.insert(question.name) }
            return .ask(questions)
        default: return pause(at: now)
        }
    }

    private mutating func pause(at now: LoopInstant) -> Step {
        guard now < deadline else {
            return .failed(MCPError(.timeout, "the task was not over within the longest time allowed"))
        }
        let interval = max(state.pollInterval ?? ownInterval, .milliseconds(10))
        ownInterval = min(ownInterval * 2, Self.longestOwnInterval)
        return .wait(min(interval, now.duration(to: deadline)))
    }

    /// A request got no answer; the task may go on all the same.
    private mutating func lost(_ error: MCPError, at now: LoopInstant) -> Step {
        losses += 1
        let isPassing =
            switch error.code {
            case .timeout, .connection: true
            case .closed: survives
            default: false
            }
        guard isPassing, losses < Self.patience else { return .failed(error) }
        return pause(at: now)
    }
}
