public import TransportKit

extension MCPClient {
    /// Starts a tool and does not wait for it, where the server lets its calls be come back to.
    ///
    /// ```swift
    /// switch try await client.startTool("index", arguments: ["folder": "/data"]) {
    /// case .finished(let result): print(result.text)
    /// case .running(let task): print(try await task.result().text)
    /// default: break
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - name: The tool's name.
    ///   - arguments: Its arguments.
    ///   - options: Time limits of the request that starts it; progress is reported as long as the task lives.
    ///   - timeToLive: How long the server is to keep the task; it may decide otherwise.
    /// - Returns: The result, if the tool is over already or its server knows no tasks; else the task.
    /// - Throws: `MCPError`.
    public func startTool(
        _ name: String,
        arguments: JSONObject,
        options: MCPRequestOptions = MCPRequestOptions(),
        timeToLive: Duration? = nil
    ) async throws(MCPError) -> MCPToolStart {
        try await withConnection { connection async throws(MCPError) in
            var call = ToolCall(name: name, arguments: arguments, options: options)
            call.prefersTask = true
            call.timeToLive = timeToLive
            switch try await self.send(call, on: connection) {
            case .result(let result): return .finished(try await self.checked(result, of: name, on: connection))
            case .task(let state, let progress):
                return .running(MCPTask(id: state.id, tool: name, client: self, first: state, progress: progress))
            }
        }
    }

    /// A task that was begun before, maybe by another process; nothing is asked of the server yet.
    ///
    /// - Parameters:
    ///   - id: What the server calls it.
    ///   - tool: The tool that it is a call of, so that its result is checked against the tool's schema.
    /// - Returns: The task.
    public func task(_ id: String, of tool: String? = nil) -> MCPTask {
        MCPTask(id: id, tool: tool, client: self)
    }

    /// A call of a tool that is to be sent.
    struct ToolCall: Sendable {
        var name: String
        var arguments: JSONObject
        var options: MCPRequestOptions
        /// Whether to make a task of it wherever that may be done.
        var prefersTask = false
        var timeToLive: Duration?
    }

    /// What a call was answered with.
    enum ToolAnswer: Sendable {
        case result(JSONObject)
        case task(MCPTaskState, ProgressToken?)
    }

    /// Sends a call in the way that the tool and the version want it.
    func send(_ call: ToolCall, on connection: MCPConnection) async throws(MCPError) -> ToolAnswer {
        try require("tools", of: connection)
        var known = connection.tools.withLock { $0[call.name] }
        if known == nil, connection.makesTasks {
            // Whether the tool wants a task is known after listing.
            known = try await relisted(call.name, on: connection)
        }
        do throws(MCPError) {
            return try await send(call, known, on: connection)
        } catch {
            guard isOutdated(error, known, on: connection) else { throw error }
            return try await send(call, try await relisted(call.name, on: connection), on: connection)
        }
    }

    private func relisted(_ name: String, on connection: MCPConnection) async throws(MCPError) -> KnownTool? {
        _ = try await listTools(on: connection)
        return connection.tools.withLock { $0[name] }
    }

    /// Whether a refusal says that the tool is no longer as it was listed: other header fields, or other rules about tasks.
    private func isOutdated(_ error: MCPError, _ known: KnownTool?, on connection: MCPConnection) -> Bool {
        switch error.failure?.code {
        case .headerMismatch: true
        case .methodNotFound, .invalidRequest: connection.makesTasks
        default: false
        }
    }

    private func send(
        _ call: ToolCall,
        _ known: KnownTool?,
        on connection: MCPConnection
    ) async throws(MCPError) -> ToolAnswer {
        if connection.makesTasks, let support = known?.tool.taskSupport,
            support == .required || support == .optional && call.prefersTask
        {
            return try await begin(
                ["name": .string(call.name), "arguments": .object(call.arguments)],
                timeToLive: call.timeToLive,
                call.options,
                on: connection
            )
        }
        let result = try await exchange(
            "tools/call",
            ["name": .string(call.name), "arguments": .object(call.arguments)],
            call.options,
            on: connection,
            parameterFields: known?.headers?.fields(for: .object(call.arguments)) ?? []
        )
        guard connection.version.isStateless, result.string("resultType") == "task" else { return .result(result) }
        return try Self.task(in: result)
    }

    /// The task that a call of the stateless era was answered with.
    static func task(in result: JSONObject) throws(MCPError) -> ToolAnswer {
        guard let state = MCPTaskState(json: result) else { throw noTask }
        return .task(state, nil)
    }

    private static let noTask = MCPError(.protocolViolation, "the server began a task and did not say which")

    /// Makes a task of a call, as 2025-11-25 has it.
    func begin(
        _ call: JSONObject,
        timeToLive: Duration? = nil,
        _ options: MCPRequestOptions,
        on connection: MCPConnection
    ) async throws(MCPError) -> ToolAnswer {
        var (call, task, options) = (call, JSONObject(), options)
        if let timeToLive {
            task["ttl"] = .number(JSONNumber(Int(max(timeToLive, .zero) / .milliseconds(1))))
        }
        call["task"] = .object(task)
        let token = Locked<Int?>(nil)
        options.begun = { id in token.withLock { $0 = id } }
        // Who makes a task cannot take back the request for it, only the task.
        options.orphaned = { [core] value in
            guard let id = value["task"]?["taskId"]?.string else { return }
            core.value.giveUp(task: id, on: connection)
        }
        let result = try await connection.request("tools/call", call, options: options)
        guard let json = result["task"]?.object else {
            // A server that ignores what it does not know has simply called the tool.
            guard result["content"] != nil else { throw Self.noTask }
            return .result(result)
        }
        guard let state = MCPTaskState(json: json) else { throw Self.noTask }
        let progress = token.withLock { $0 }.flatMap { token in
            options.wantsProgress ? ProgressToken(session: connection.session, token: token) : nil
        }
        return .task(state, progress)
    }

    // MARK: Following

    /// Finds answers to the questions of a task.
    typealias TaskAnswers = @Sendable (JSONObject) async throws(MCPError) -> JSONObject

    /// Waits for the end of a task that a call has become; gives it up when it cannot be waited for.
    ///
    /// - Parameters:
    ///   - state: How it stands.
    ///   - progress: Where its reports of progress go.
    ///   - options: Time limits.
    ///   - connection: The connection on which it was begun.
    ///   - answers: Answers its questions; left out, the client's handlers do.
    /// - Returns: The result.
    /// - Throws: `MCPError`.
    func wait(
        for state: MCPTaskState,
        _ progress: ProgressToken?,
        _ options: MCPRequestOptions,
        on connection: MCPConnection,
        answers: TaskAnswers? = nil
    ) async throws(MCPError) -> JSONObject {
        let isUnanswered = Locked(false)
        let find: TaskAnswers = { questions async throws(MCPError) in
            do throws(MCPError) {
                guard let answers else { return try await self.answers(to: questions) }
                return try await answers(questions)
            } catch {
                isUnanswered.withLock { $0 = true }
                throw error
            }
        }
        do throws(MCPError) {
            return try await follow(state, progress, options, on: connection, answers: find)
        } catch {
            var error = error
            // The call was sent, though what was asked about it was not: it is not to be made once more.
            error.isUnsent = false
            // What the server itself says of the task is its end; a question without an answer is not.
            let isOver = error.failure != nil && !isUnanswered.withLock { $0 }
            guard !isOver, error.code != .closed else { throw error }
            let errand = await loop.run { [core] in core.value.giveUp(task: state.id, on: connection) }
            // A connection of its own is closed right after.
            if case .perCall = configuration.policy { await errand?.value }
            throw error
        }
    }

    /// Waits for the end of a task.
    func follow(
        _ state: MCPTaskState,
        _ progress: ProgressToken?,
        _ options: MCPRequestOptions,
        on connection: MCPConnection,
        answers: TaskAnswers? = nil
    ) async throws(MCPError) -> JSONObject {
        await loop.run { [core] in core.value.tasksFollowed += 1 }
        let result: Result<JSONObject, MCPError>
        do throws(MCPError) {
            result = .success(try await run(state, options, on: connection, answers))
        } catch {
            result = .failure(error)
        }
        await loop.run { [core] in core.value.tasksFollowed -= 1 }
        progress?.end()
        return try result.get()
    }

    private func run(
        _ state: MCPTaskState,
        _ options: MCPRequestOptions,
        on first: MCPConnection,
        _ find: TaskAnswers?
    ) async throws(MCPError) -> JSONObject {
        let timeouts = configuration.timeouts
        let longest = options.maximumTime ?? timeouts.maximum
        let limit = options.extendsOnProgress ? longest : min(options.timeLimit ?? timeouts.request, longest)
        let deadline = await now.advanced(by: max(limit, .zero))
        let survives = first.session.traits.survivesDisconnect
        let target: JSONObject = ["taskId": .string(state.id)]
        var connection = first
        var following = TaskFollowing(
            state,
            first.version.isStateless ? .extension : .handshake,
            survives: survives,
            deadline: deadline
        )
        var step = following.start(at: await now)
        while true {
            switch step {
            case .wait(let duration):
                try await pause(duration)
                if survives, case .persistent = configuration.policy { connection = try await self.connection() }
                step = following.waited()
            case .get:
                let answer = await asked("tasks/get", target, options.timeLimit, on: connection)
                step = following.got(answer, at: await now)
            case .fetch:
                let rest = max(await now.duration(to: deadline), .seconds(1))
                let answer = await asked("tasks/result", target, rest, on: connection)
                step = following.fetched(answer, at: await now)
            case .ask(let questions):
                let answers =
                    if let find { try await find(questions) } else { try await self.answers(to: questions) }
                step = following.answered(answers)
            case .update(let answers):
                var params = target
                params["inputResponses"] = .object(answers)
                let answer = await asked("tasks/update", params, options.timeLimit, on: connection)
                step = following.updated(answer, at: await now)
            case .done(let result): return result
            case .failed(let error): throw error
            }
        }
    }

    private var now: LoopInstant { get async { await loop.run { [loop] in loop.now } } }

    private func asked(
        _ method: String,
        _ params: JSONObject,
        _ timeLimit: Duration?,
        on connection: MCPConnection
    ) async -> Result<JSONObject, MCPError> {
        do throws(MCPError) {
            let options = MCPRequestOptions(timeLimit: timeLimit, maximumTime: timeLimit)
            return .success(try await exchange(method, params, options, on: connection))
        } catch {
            return .failure(error)
        }
    }
}

extension ClientCore {
    /// Tells a server that nobody waits for a task any more.
    @discardableResult
    func giveUp(task id: String, on connection: MCPConnection) -> Task<Void, Never>? {
        guard connection.cancelsTasks else { return nil }
        return runErrand {
            let options = MCPRequestOptions(timeLimit: .seconds(5), maximumTime: .seconds(5))
            _ = try? await connection.request("tasks/cancel", ["taskId": .string(id)], options: options)
        }
    }
}
