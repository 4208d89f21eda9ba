public import TransportKit

extension MCPClient {
    /// How often a server may ask for input before a call is given up.
    private static let inputRounds = 10
    /// The requests whose answer may be a question.
    private static let interactive: Set = ["tools/call", "prompts/get", "resources/read"]

    /// Sends any request, and sees to the questions that the server has about it.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - params: The parameters.
    ///   - options: Time limits and progress.
    /// - Returns: The result, whole.
    /// - Throws: `MCPError`.
    public func request(
        _ method: String,
        _ params: JSONObject = [:],
        options: MCPRequestOptions = MCPRequestOptions()
    ) async throws(MCPError) -> JSONObject {
        try await withConnection { connection async throws(MCPError) in
            try await self.exchange(method, params, options, on: connection)
        }
    }

    /// Sends any notification.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - params: The parameters.
    /// - Throws: `MCPError`, if it could not be sent.
    public func notify(_ method: String, _ params: JSONObject = [:]) async throws(MCPError) {
        try await withConnection { connection async throws(MCPError) in try await connection.notify(method, params) }
    }

    /// Sends a request on a connection until its answer is complete.
    func exchange(
        _ method: String,
        _ params: JSONObject,
        _ options: MCPRequestOptions,
        on connection: MCPConnection,
        parameterFields: [(name: String, value: String)] = []
    ) async throws(MCPError) -> JSONObject {
        let result = try await connection.request(method, params, options: options, parameterFields: parameterFields)
        return try await finish(method, params, result, options, on: connection, parameterFields: parameterFields)
    }

    /// Sees to the questions that the first answer to a request may hold.
    func finish(
        _ method: String,
        _ params: JSONObject,
        _ result: JSONObject,
        _ options: MCPRequestOptions,
        on connection: MCPConnection,
        parameterFields: [(name: String, value: String)] = []
    ) async throws(MCPError) -> JSONObject {
        guard connection.version.isStateless, let type = result.string("resultType"), type != "complete" else {
            return result
        }
        if type == "task", method == "tools/call" { return result }
        guard type == "input_required", Self.interactive.contains(method) else {
            throw MCPError(.protocolViolation, "the result of \(method) is of an unknown type")
        }
        return try await answerQuestions(method, params, result, options, on: connection, parameterFields)
    }

    private func answerQuestions(
        _ method: String,
        _ params: JSONObject,
        _ first: JSONObject,
        _ options: MCPRequestOptions,
        on connection: MCPConnection,
        _ parameterFields: [(name: String, value: String)]
    ) async throws(MCPError) -> JSONObject {
        var result = first
        for round in 1...Self.inputRounds {
            var params = params
            let questions = result["inputRequests"]?.object ?? [:]
            if questions.isEmpty {
                // Only a state to come back with: the server needs time.
                try await pause(.milliseconds(50 << min(round - 1, 3)))
            } else {
                params["inputResponses"] = .object(try await answers(to: questions))
            }
            params["requestState"] = result["requestState"]
            result = try await connection.request(method, params, options: options, parameterFields: parameterFields)
            switch result.string("resultType") {
            case nil, "complete": return result
            case "task" where method == "tools/call": return result
            case "input_required": continue
            default: throw MCPError(.protocolViolation, "the result of \(method) is of an unknown type")
            }
        }
        throw MCPError(.limit, "the server asked for input \(Self.inputRounds) times and did not answer \(method)")
    }

    func answers(to questions: JSONObject) async throws(MCPError) -> JSONObject {
        guard questions.count <= 32 else {
            throw MCPError(.limit, "the server asks \(questions.count) questions at once")
        }
        let (handlers, name) = (handlers, name)
        let results = await withTaskGroup(of: (String, Result<JSONValue, JSONRPCFailure>).self) { group in
            for member in questions.members {
                group.addTask { await Self.answer(member.name, member.value, handlers, name) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var answers: JSONObject = [:]
        for (key, result) in results {
            switch result {
            case .success(let value): answers[key] = value
            case .failure(let failure):
                throw MCPError(
                    .unsupported,
                    "a question of the server has no answer: \(failure.message)",
                    failure: failure
                )
            }
        }
        return answers
    }

    private static func answer(
        _ key: String,
        _ question: JSONValue,
        _ handlers: MCPClientHandlers,
        _ name: String
    ) async -> (String, Result<JSONValue, JSONRPCFailure>) {
        (key, await handlers.answer(question["method"]?.string ?? "", question["params"], server: name))
    }

    /// Waits on the loop's clock.
    func pause(_ duration: Duration) async throws(MCPError) {
        guard await loop.pause(for: duration) else { throw MCPError(.cancelled, "the call was cancelled") }
    }
}
