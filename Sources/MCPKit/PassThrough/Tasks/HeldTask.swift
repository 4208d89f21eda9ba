internal import FoundationEssentials
internal import TransportKit

/// A task of a server of the handshake era, as a client of the stateless era comes back to it.
///
/// It is followed here, so that what the server asks on its session stands in the task, and its result too.
final class HeldTask: MCPClientChannel {
    private struct Question {
        var json: JSONValue
        var answer: Flight<Result<JSONObject, JSONRPCFailure>>
    }

    private struct State {
        var id: String?
        /// What does not change: id, beginning, interval.
        var json: JSONObject = [:]
        var updated = ""
        var questions: [String: Question] = [:]
        var asked = 0
        var outcome: Result<JSONObject, JSONRPCFailure>?
        var timeToLive: Duration
        var isCancelled = false
        var work: Task<Void, Never>?
    }

    /// How long a task is kept when it is over.
    static let retention = Duration.seconds(600)
    private static let questionTime = Duration.seconds(600)
    private static let questionLimit = 32

    let client: MCPServedClient

    private let request: MCPServedRequest
    private let longest: Duration
    private let loop: EventLoop
    private let state: Locked<State>
    /// Lands when the server has said which task it is, or when all is over before that.
    private let first = Flight<Bool>()

    init(of request: MCPServedRequest, longest: Duration, on loop: EventLoop) {
        self.request = request
        self.longest = longest
        self.loop = loop
        client = request.client
        state = Locked(State(timeToLive: longest + Self.retention))
    }

    var id: String? { state.withLock { $0.id } }
    var isOver: Bool { state.withLock { $0.outcome != nil } }

    // MARK: What becomes of it

    /// What follows the task; `nil` if nothing can.
    func adopt(_ work: Task<Void, Never>?) {
        guard let work else {
            return end(.failure(JSONRPCFailure(.internalError, "the pass-through is closed")))
        }
        let isCancelled = state.withLock { state in
            state.work = work
            return state.isCancelled
        }
        if isCancelled { work.cancel() }
    }

    func begin(_ task: MCPTaskState, as id: String) {
        let now = Self.now
        state.withLock { state in
            state.id = id
            state.json["taskId"] = .string(id)
            state.json["createdAt"] = .string(task.json.string("createdAt") ?? now)
            state.json["pollIntervalMs"] = task.json["pollInterval"]
            state.updated = now
        }
        first.land(true)
    }

    func end(_ outcome: Result<JSONObject, JSONRPCFailure>) {
        let questions = state.withLock { state in
            guard state.outcome == nil else { return [Question]() }
            state.outcome = outcome
            state.updated = Self.now
            state.work = nil
            defer { state.questions = [:] }
            return Array(state.questions.values)
        }
        for question in questions { question.answer.land(.failure(OpenQuestion.cancelled)) }
        first.land(false)
    }

    private func cancel() {
        let (work, questions) = state.withLock { state in
            guard state.outcome == nil else { return (state.work, [Question]()) }
            state.isCancelled = true
            state.updated = Self.now
            defer { state.questions = [:] }
            return (state.work, Array(state.questions.values))
        }
        for question in questions { question.answer.land(.failure(OpenQuestion.cancelled)) }
        work?.cancel()
    }

    private static var now: String { Date.now.ISO8601Format() }

    // MARK: What the client is told

    /// The answer to the call: the task, or what came of it at once.
    func start() async throws(JSONRPCFailure) -> JSONObject {
        guard let isTask = await first.value(within: longest, on: loop) else {
            cancel()
            throw OpenQuestion.cancelled
        }
        guard isTask else { return try state.withLock { $0.outcome }?.get() ?? [:] }
        var json = told
        json["resultType"] = "task"
        for name in ["inputRequests", "result", "error"] { json[name] = nil }
        return json
    }

    /// Answers a request about the task.
    func answer(_ request: MCPServedRequest) throws(JSONRPCFailure) -> JSONObject {
        switch request.method {
        case "tasks/get": return told
        case "tasks/update":
            guard let answers = request.params["inputResponses"]?.object else {
                throw JSONRPCFailure(.invalidParams, "the request has no inputResponses")
            }
            update(answers)
            return [:]
        case "tasks/cancel":
            cancel()
            return [:]
        default: throw .unknown(request.method)
        }
    }

    private var told: JSONObject {
        state.withLock { state in
            var json = state.json
            json["lastUpdatedAt"] = .string(state.updated)
            json["ttlMs"] = .number(JSONNumber(Int(state.timeToLive / .milliseconds(1))))
            switch state.outcome {
            case _ where state.isCancelled: json["status"] = "cancelled"
            case .success(var result)?:
                json["status"] = "completed"
                if result["resultType"] == nil { result["resultType"] = "complete" }
                json["result"] = .object(result)
            case .failure(let failure)?:
                json["status"] = "failed"
                json["statusMessage"] = .string(failure.message)
                json["error"] = failure.json
            case nil where state.questions.isEmpty: json["status"] = "working"
            case nil:
                json["status"] = "input_required"
                let questions = state.questions.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) }
                json["inputRequests"] = .object(JSONObject(questions))
            }
            return json
        }
    }

    /// Answers that nobody waits for are left out.
    private func update(_ answers: JSONObject) {
        for member in answers.members {
            let question = state.withLock { state in
                state.updated = Self.now
                return state.questions.removeValue(forKey: member.name)
            }
            let failure = JSONRPCFailure(.invalidParams, "the client's answer is no object")
            question?.answer.land(member.value.object.map { .success($0) } ?? .failure(failure))
        }
    }

    // MARK: What the server says

    /// Before it is known that there is a task, the client listens to its request; afterwards there is nothing to be told by.
    func notify(_ method: String, _ params: JSONObject) async {
        guard id == nil else { return }
        await request.notify(method, params)
    }

    func ask(_ method: String, _ params: JSONObject) async throws(JSONRPCFailure) -> JSONObject {
        let party = ServedParty(
            version: client.version,
            capabilities: client.capabilities,
            information: client.information
        )
        guard ["sampling/createMessage", "elicitation/create", "roots/list"].contains(method) else {
            throw JSONRPCFailure(.methodNotFound, "a client of this version cannot be asked \(method)")
        }
        if let missing = party.lacks(method, params) {
            throw JSONRPCFailure(
                .missingClientCapability,
                "the client does not offer what this request needs",
                data: ["requiredCapabilities": .object(missing)]
            )
        }
        let question = Question(
            json: ["method": .string(method), "params": .object(params)],
            answer: Flight<Result<JSONObject, JSONRPCFailure>>()
        )
        let key = state.withLock { state -> String? in
            guard !state.isCancelled, state.outcome == nil, state.questions.count < Self.questionLimit else {
                return nil
            }
            state.asked += 1
            state.updated = Self.now
            state.questions["question-\(state.asked)"] = question
            return "question-\(state.asked)"
        }
        guard let key else { throw OpenQuestion.cancelled }
        guard let answer = await question.answer.value(within: Self.questionTime, on: loop) else {
            state.withLock { $0.questions[key] = nil }
            throw JSONRPCFailure(.internalError, "the client did not answer within \(Self.questionTime)")
        }
        return try answer.get()
    }
}

/// The tasks that are followed here for clients that come back to them; pure.
struct HeldTasks: Sendable {
    private static let limit = 256
    private static let limitPerCaller = 64
    private var tasks: [String: HeldTask] = [:]
    private var order: [String] = []

    subscript(_ id: String) -> HeldTask? { tasks[id] }

    /// Whether another one may be begun; those that are over give way.
    func hasRoom(for caller: MCPServedClient.Caller) -> Bool {
        let running = tasks.values.filter { !$0.isOver }
        return running.count < Self.limit && running.count { $0.client.caller == caller } < Self.limitPerCaller
    }

    /// Keeps a task.
    ///
    /// - Returns: Whether there is none of that name that goes on.
    mutating func add(_ id: String, _ task: HeldTask) -> Bool {
        if let known = tasks[id] {
            guard known.isOver else { return false }
            order.removeAll { $0 == id }
        }
        tasks[id] = task
        order.append(id)
        while order.count > Self.limit, let index = order.firstIndex(where: { tasks[$0]?.isOver ?? true }) {
            tasks[order.remove(at: index)] = nil
        }
        return true
    }

    mutating func remove(_ id: String, _ task: HeldTask) {
        guard tasks[id] === task else { return }
        tasks[id] = nil
        order.removeAll { $0 == id }
    }
}
