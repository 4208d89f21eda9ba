internal import TransportKit

/// The service's work on one request, on its loop.
///
/// In the stateless era it may outlive the request: when it asks something, the request is answered with the question, and the work waits for
/// another request that brings the answer.
final class ServedRun {
    /// Where the request is that waits for the result; `nil` while there is none.
    struct Place: Sendable {
        let connection: LoopBound<ServerConnection>
        let id: JSONRPCID
    }

    let method: String
    let params: JSONObject
    let caller: MCPServedClient.Caller

    private let loop: EventLoop
    private let isStateless: Bool
    private let suspended: SuspendedRuns
    private let limits: MCPServerLimits
    private var place: Place?
    private var task: Task<Void, Never>?
    private var questions: [String: Question] = [:]
    private var asked = 0
    private var isAskScheduled = false
    private var state: String?
    private var isCancelled = false

    private struct Question {
        var json: JSONValue
        var open: OpenQuestion
    }

    init(
        _ method: String,
        _ params: JSONObject,
        on connection: ServerConnection,
        as id: JSONRPCID,
        isStateless: Bool
    ) {
        self.method = method
        self.params = params
        self.isStateless = isStateless
        loop = connection.loop
        caller = connection.caller
        suspended = connection.suspended
        limits = connection.limits
        place = Place(connection: LoopBound(connection, connection.loop), id: id)
    }

    func start(for client: MCPServedClient, _ service: any MCPService) {
        let bound = LoopBound(self, loop)
        let request = MCPServedRequest(
            client: client,
            method: method,
            params: params,
            channel: RequestChannel(run: bound)
        )
        // Owned by the connection, or while it is suspended by the table of those; both cancel it.
        task = Task(executorPreference: loop) {
            let result: Result<JSONObject, JSONRPCFailure>
            do throws(JSONRPCFailure) {
                result = .success(try await service.answer(request))
            } catch {
                result = .failure(error)
            }
            bound.value.finished(result)
        }
    }

    private func finished(_ result: Result<JSONObject, JSONRPCFailure>) {
        task = nil
        if let state { suspended.remove(state) }
        state = nil
        guard let place else { return }
        self.place = nil
        place.connection.value.finished(place.id, self, result)
    }

    /// The client has taken the request back, has left, or has not come back.
    func cancel() {
        guard !isCancelled else { return }
        isCancelled = true
        place = nil
        state = nil
        task?.cancel()
        let all = questions
        questions = [:]
        for question in all.values { question.open.finish(.failure(OpenQuestion.cancelled)) }
    }

    // MARK: Telling

    /// Tells the client something about the request.
    ///
    /// - Returns: Where to wait, if the client does not read fast enough.
    func notify(_ method: String, _ params: JSONObject) -> (connection: LoopBound<ServerConnection>, id: JSONRPCID)? {
        guard let place, !place.connection.value.notify(method, params, about: place.id) else { return nil }
        return (place.connection, place.id)
    }

    // MARK: Asking

    /// Where to ask in the way of the handshake era; `nil` in the other.
    var sessionPlace: Place? { isStateless ? nil : place }

    /// Asks by way of an answer.
    fileprivate func ask(_ method: String, _ params: JSONObject, _ open: OpenQuestion) throws(JSONRPCFailure) {
        guard isStateless, !isCancelled else {
            throw JSONRPCFailure(.internalError, "the request is over, so nothing can be asked about it")
        }
        if let place, let request = place.connection.value.core.requests[place.id],
            let refusal = ServerCore.refusal(toAsk: method, params, within: request)
        {
            throw refusal
        }
        guard questions.count < limits.questions else {
            throw JSONRPCFailure(.internalError, "\(limits.questions) questions wait for the client already")
        }
        asked += 1
        let key = "question-\(asked)"
        questions[key] = Question(json: ["method": .string(method), "params": .object(params)], open: open)
        open.giveUp = { [weak self] _ in self?.questions[key] = nil }
        scheduleAsking()
    }

    /// What is asked in the same turn of the loop goes to the client together.
    private func scheduleAsking() {
        guard !isAskScheduled else { return }
        isAskScheduled = true
        let bound = LoopBound(self, loop)
        loop.execute { bound.value.putQuestions() }
    }

    private func putQuestions() {
        isAskScheduled = false
        guard let place, !questions.isEmpty else { return }
        let bound = LoopBound(self, loop)
        guard let state = suspended.add(bound, limits) else {
            let failure = JSONRPCFailure(.internalError, "too many requests wait for answers of their clients")
            let all = questions
            questions = [:]
            for question in all.values { question.open.finish(.failure(failure)) }
            return
        }
        self.place = nil
        self.state = state
        let json = JSONObject(questions.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) })
        place.connection.value.suspend(place.id, self, json, state: state)
    }

    /// The client has come back with another request.
    func resume(on connection: ServerConnection, as id: JSONRPCID, _ params: JSONObject) {
        state = nil
        place = Place(connection: LoopBound(connection, connection.loop), id: id)
        for member in params["inputResponses"]?.object?.members ?? [] {
            guard let question = questions.removeValue(forKey: member.name) else { continue }
            guard let answer = member.value.object else {
                let failure = JSONRPCFailure(.invalidParams, "the client's answer is no object")
                question.open.finish(.failure(failure))
                continue
            }
            question.open.finish(.success(answer))
        }
        // What was not answered is asked again, with what came up meanwhile.
        if !questions.isEmpty { scheduleAsking() }
    }
}

extension LoopBound<ServedRun> {
    /// Asks by way of an answer, and waits for the client to come back.
    func ask(_ method: String, _ params: JSONObject) async throws(JSONRPCFailure) -> JSONObject {
        let limit = await loop.run { value.questionTime }
        return try await OpenQuestion.wait(on: loop, within: limit) { question throws(JSONRPCFailure) in
            try value.ask(method, params, question)
        }
    }
}

extension ServedRun {
    fileprivate var questionTime: Duration { limits.questionTime }
}
