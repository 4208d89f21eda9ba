internal import TransportKit

extension MCPProxy {
    /// Makes a task of a call for a client of the stateless era, which comes back to it.
    ///
    /// The server is of the other era: the task is followed here, and what becomes of it is kept for the client.
    func hold(
        _ entry: Catalogue.Entry,
        _ request: MCPServedRequest,
        _ params: JSONObject
    ) async throws(JSONRPCFailure) -> JSONObject {
        guard state.withLock({ $0.held.hasRoom(for: request.client.caller) }) else {
            return try await forward(request, params, to: entry.backend, headers: entry.headers, needsTask: true)
        }
        let held = HeldTask(of: request, longest: entry.backend.configuration.timeouts.maximum, on: loop)
        let inner = MCPServedRequest(
            client: request.client,
            method: request.method,
            params: request.params,
            channel: held
        )
        let work = cleanups.run(on: loop) { [weak self] in
            guard let self else { return held.end(.failure(Self.unknownTask)) }
            let outcome: Result<JSONObject, JSONRPCFailure>
            do throws(JSONRPCFailure) {
                outcome = .success(
                    try await forward(
                        inner,
                        params,
                        to: entry.backend,
                        headers: entry.headers,
                        needsTask: true,
                        begun: { [weak self] state in self?.keep(held, state, entry.backend.namespace) }
                    )
                )
            } catch {
                outcome = .failure(error)
            }
            held.end(outcome)
            forgetLater(held)
        }
        held.adopt(work)
        return try await held.start()
    }

    /// The server has said which task it is.
    private func keep(_ held: HeldTask, _ task: MCPTaskState, _ namespace: Namespace) {
        let id = namespace.outward(task.id)
        guard state.withLock({ !$0.isClosed && $0.held.add(id, held) }) else { return }
        held.begin(task, as: id)
    }

    private func forgetLater(_ held: HeldTask) {
        guard let id = held.id else { return }
        _ = loop.schedule(after: HeldTask.retention) { [weak self, weak held] in
            guard let held else { return }
            self?.state.withLock { $0.held.remove(id, held) }
        }
    }

    func task(_ request: MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject {
        let id = request.params.string("taskId") ?? ""
        if request.client.version.isStateless, !request.client.takesTasks { throw JSONRPCFailure.tasksNotDeclared }
        guard let (backend, original) = backend(of: id), reveals(backend, to: request.client.caller) else {
            throw Self.unknownTask
        }
        let owner = TaskOwners.Owner(request.client)
        let canonical = backend.namespace.outward(original)
        if let held = state.withLock({ $0.held[canonical] }) {
            guard owner == .caller(held.client.caller) else { throw Self.unknownTask }
            return try held.answer(request)
        }
        // A server of the stateless era takes all for one client that come from here, and may know tasks from before this program's start.
        let isStateless = backend.state.withLock { $0.agreement?.version.isStateless } ?? false
        let isAllowed = state.withLock { state in
            isStateless ? !state.tasks.isForeign(canonical, to: owner) : state.tasks.owns(owner, canonical)
        }
        guard isAllowed else { throw Self.unknownTask }
        var params = request.params
        params["taskId"] = .string(original)
        return try await forward(request, params, to: backend)
    }

    private static let unknownTask = JSONRPCFailure(.invalidParams, "there is no such task")

    /// The tasks of a client at all servers.
    func listTasks(_ request: MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject {
        let owner = TaskOwners.Owner(request.client)
        var tasks: [JSONValue] = []
        for backend in backends {
            let offers = backend.state.withLock { $0.agreement?.capabilities["tasks"]?["list"] != nil }
            guard offers else { continue }
            var params = request.params
            var pages = 0
            params["cursor"] = nil
            while pages < 100, let page = try? await forward(request, params, to: backend) {
                tasks += page["tasks"]?.array ?? []
                guard let next = page["nextCursor"] else { break }
                params["cursor"] = next
                pages += 1
            }
        }
        let own = tasks.filter { task in
            guard let id = task["taskId"]?.string else { return false }
            return state.withLock { $0.tasks.owns(owner, id) }
        }
        return ["tasks": .array(own)]
    }

    /// Takes note of the task that a result may be.
    func remember(tasksOf result: JSONObject, _ client: MCPServedClient) {
        guard let id = result.string("taskId") ?? result["task"]?["taskId"]?.string else { return }
        let owner = TaskOwners.Owner(client)
        state.withLock { state in
            guard state.held[id] == nil else { return }
            state.tasks.add(id, owner)
        }
    }
}
