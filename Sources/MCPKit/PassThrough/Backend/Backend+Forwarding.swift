internal import TransportKit

extension Backend {
    /// A request on its way to the server, with the server's own names in it.
    struct Outgoing: Sendable {
        var method: String
        var params: JSONObject
        /// Who asks; `nil` for this program itself.
        var client: MCPServedClient?
        /// The client's request, by which it can be told and asked.
        var request: MCPServedRequest?
        /// From which level on the client wants to hear what servers log.
        var logLevel: String?
        /// Which arguments stand in header fields too.
        var headers: ParameterHeaders?
        /// Whether the tool is called by way of a task only.
        var needsTask = false
        /// Hears of the task that is followed for the client, as soon as there is one.
        var begun: (@Sendable (MCPTaskState) -> Void)?
        var options = MCPRequestOptions()
    }

    /// The requests that may take as long as a server is allowed at all where a client of MCP waits: those have limits of their own.
    private static let patient: Set = ["tools/call", "prompts/get", "resources/read", "tasks/result"]

    /// Sends a request on and hands back what came, with names that clients see.
    ///
    /// - Parameter outgoing: The request.
    /// - Returns: The result.
    /// - Throws: `MCPError`.
    func forward(_ outgoing: Outgoing) async throws(MCPError) -> JSONObject {
        let session = try await session(for: outgoing.client)
        let passing = outgoing.request.map { session.traffic.begin($0) }
        defer { release(session) }
        var options = outgoing.options
        if options.timeLimit == nil, outgoing.client != nil, Self.patient.contains(outgoing.method) {
            options.timeLimit = configuration.timeouts.maximum
        }
        if let passing, passing.request.progressToken != nil {
            options.progressParams = { [namespace] params in
                passing.outbox.push("notifications/progress", namespace.outward(notification: params))
            }
        }
        let result: Result<JSONObject, MCPError>
        do throws(MCPError) {
            result = .success(try await exchange(outgoing, options, on: session))
        } catch {
            result = .failure(error)
        }
        if let passing { await session.traffic.end(passing) }
        state.withLock { state in
            state.figures.calls += 1
            if case .failure = result { state.figures.failures += 1 }
        }
        let whole = Envelope.result(try result.get(), to: outgoing.client?.version)
        return namespace.outward(result: whole, of: outgoing.method)
    }

    /// Asks until there is a result, if it is not for the client to answer the server's questions in its own way.
    private func exchange(
        _ outgoing: Outgoing,
        _ options: MCPRequestOptions,
        on session: BackendSession
    ) async throws(MCPError) -> JSONObject {
        var outgoing = outgoing
        for round in 1...(limits.rounds + 1) {
            let result = try await send(outgoing, options, on: session)
            guard result.string("resultType") == "input_required", outgoing.client?.version.isStateless != true else {
                return result
            }
            guard let request = outgoing.request else {
                throw MCPError(.unsupported, "the server asks something, and there is nobody to answer", server: name)
            }
            guard round <= limits.rounds else { break }
            let questions = result["inputRequests"]?.object ?? [:]
            if questions.isEmpty {
                // Only a state to come back with: the server needs time.
                guard await loop.pause(for: .milliseconds(50 << min(round - 1, 3))) else {
                    throw MCPError(.cancelled, "the call was cancelled", server: name)
                }
                outgoing.params["inputResponses"] = nil
            } else {
                outgoing.params["inputResponses"] = .object(try await answers(to: questions, of: request))
            }
            outgoing.params["requestState"] = result["requestState"]
        }
        throw MCPError(.limit, "the server asked for input \(limits.rounds) times without an end", server: name)
    }

    private func send(
        _ outgoing: Outgoing,
        _ options: MCPRequestOptions,
        on session: BackendSession
    ) async throws(MCPError) -> JSONObject {
        let sender = outgoing.client.map { Envelope.Sender($0, logLevel: outgoing.logLevel) }
        return try await session.client.withConnection { connection async throws(MCPError) in
            self.learnIfNew(connection)
            var params = Envelope.params(outgoing.params, from: sender, to: connection.version, self.namespace)
            if self.needsTask(outgoing, on: connection) {
                let answer = try await session.client.begin(params, options, on: connection)
                return try await self.follow(answer, outgoing, on: session, connection)
            }
            // A client of the stateless era says for itself whether it takes tasks.
            let mayBeTask =
                outgoing.method == "tools/call" && connection.version.isStateless
                && outgoing.client?.version.isStateless != true
            if mayBeTask { params = Envelope.takingTasks(params) }
            let result = try await connection.request(
                outgoing.method,
                params,
                options: options,
                parameterFields: connection.version.isStateless
                    ? outgoing.headers?.fields(for: outgoing.params["arguments"] ?? [:]) ?? [] : []
            )
            guard mayBeTask, result.string("resultType") == "task" else { return result }
            return try await self.follow(try MCPClient.task(in: result), outgoing, on: session, connection)
        }
    }

    func learnIfNew(_ connection: MCPConnection) {
        if state.withLock({ $0.way == nil || $0.agreement != connection.agreement }) { learn(connection) }
    }

    func answers(to questions: JSONObject, of request: MCPServedRequest) async throws(MCPError) -> JSONObject {
        guard questions.count <= 32 else {
            throw MCPError(.limit, "the server asks \(questions.count) questions at once", server: name)
        }
        let results = await withTaskGroup(of: (String, Result<JSONObject, JSONRPCFailure>).self) { group in
            for member in questions.members {
                group.addTask { await Self.answer(member.name, member.value, request) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var answers: JSONObject = [:]
        for (key, result) in results {
            switch result {
            case .success(let value): answers[key] = .object(value)
            case .failure(let failure):
                throw MCPError(.request, "a question of the server has no answer", server: name, failure: failure)
            }
        }
        return answers
    }

    private static func answer(
        _ key: String,
        _ question: JSONValue,
        _ request: MCPServedRequest
    ) async -> (String, Result<JSONObject, JSONRPCFailure>) {
        let (method, params) = (question["method"]?.string ?? "", question["params"]?.object ?? [:])
        do throws(JSONRPCFailure) {
            return (key, .success(try await request.ask(method, params)))
        } catch {
            return (key, .failure(error))
        }
    }
}

extension MCPError {
    /// The failure that a client is answered with: the server's own, or one that says what became of the server.
    func handedOn(to version: ProtocolVersion, _ namespace: Namespace? = nil) -> JSONRPCFailure {
        guard var failure else { return own }
        switch failure.code {
        // These are between this program and the server.
        case .headerMismatch, .unsupportedProtocolVersion: return own
        case .resourceNotFound where version.isStateless: failure.code = .invalidParams
        default: break
        }
        if let namespace, var data = failure.data?.object, let uri = data.string("uri") {
            data["uri"] = .string(namespace.outward(uri))
            failure.data = .object(data)
        }
        return failure
    }

    private var own: JSONRPCFailure {
        let code: JSONRPCFailure.Code =
            switch self.code {
            case .unsupported: .methodNotFound
            case .notFound, .invalidArguments: .invalidParams
            default: .internalError
            }
        var data: JSONObject = ["code": .string(self.code.rawValue)]
        data["server"] = server.map { .string($0) }
        data["failure"] = failure.map { .number(JSONNumber($0.code.rawValue)) }
        return JSONRPCFailure(code, description, data: ["modelplex/error": .object(data)])
    }
}
