internal import TransportKit

extension Backend {
    // MARK: What servers say unasked

    /// The server asks something.
    func asked(
        _ session: Int,
        _ method: String,
        _ params: JSONValue?,
        _ traffic: SessionTraffic
    ) async -> Result<JSONValue, JSONRPCFailure> {
        var params = params?.object ?? [:]
        // A task that is followed for a client is none of the client's business.
        let hidden = params["_meta"]?[Namespace.relatedTask].flatMap { related in
            traffic.follows(related["taskId"]?.string ?? "") ? related : nil
        }
        if hidden != nil { params = Envelope.withoutTask(params) }
        if var metadata = params["_meta"]?.object {
            // Servers know nothing of each other's tokens.
            if let token = metadata["progressToken"] {
                metadata["progressToken"] = .string(ProgressRoute(session: session, token: token).text(namespace))
            }
            if var related = metadata[Namespace.relatedTask]?.object, let task = related.string("taskId") {
                related["taskId"] = .string(namespace.outward(task))
                metadata[Namespace.relatedTask] = .object(related)
            }
            params["_meta"] = .object(metadata)
        }
        do throws(JSONRPCFailure) {
            var result = try await traffic.ask(method, params)
            if var metadata = result["_meta"]?.object, var related = metadata[Namespace.relatedTask]?.object,
                let task = related.string("taskId").flatMap(namespace.inward)
            {
                related["taskId"] = .string(task)
                metadata[Namespace.relatedTask] = .object(related)
                result["_meta"] = .object(metadata)
            }
            if let hidden {
                var metadata = result["_meta"]?.object ?? [:]
                metadata[Namespace.relatedTask] = hidden
                result["_meta"] = .object(metadata)
            }
            return .success(.object(result))
        } catch {
            return .failure(error)
        }
    }

    /// The server tells something; called on the session's loop.
    func notified(_ method: String, _ params: JSONValue?, _ traffic: SessionTraffic) {
        let lists = ListKind.changed(by: method)
        guard lists.isEmpty else { return changed(lists) }
        let params = params?.object ?? [:]
        switch method {
        case "notifications/resources/updated":
            guard let uri = params.string("uri") else { return }
            events.changed(.resource(uri: namespace.outward(uri)))
        case "notifications/subscriptions/acknowledged": acknowledged()
        case "notifications/tasks/status":
            let knowsTasks = traffic.owner.map { $0.version >= .v2025_11_25 } ?? true
            guard knowsTasks, !traffic.follows(params.string("taskId") ?? "") else { return }
            let params = namespace.outward(notification: params)
            if let outbox = traffic.outbox { outbox.push(method, params) } else { events.told(method, params) }
        case "notifications/message":
            var params = params
            var metadata = params["_meta"]?.object ?? [:]
            metadata["modelplex/server"] = .string(name)
            params["_meta"] = .object(metadata)
            if !traffic.tell(method, params) { events.told(method, params) }
        default:
            // Whatever it is, those may understand it whom it concerns.
            let params = namespace.outward(notification: params)
            if !traffic.tell(method, params) { events.told(method, params) }
        }
    }

    // MARK: Connections

    /// A session is connected; called on its loop.
    func connected(_ id: Int, _ key: SessionPool.Key, _ agreement: Agreement, _ traffic: SessionTraffic) {
        traffic.isConnected = true
        traffic.level = nil
        let isBack = state.withLock { state in
            state.agreement = agreement
            state.failure = nil
            state.figures.connections += 1
            guard key == .shared else { return false }
            // What was listed on another connection need not be so any more.
            for kind in state.lists.keys { state.lists[kind]?.staled() }
            return state.lists.values.contains { $0.isLoaded }
        }
        tasks.run(on: loop) { [weak self] in
            guard let self, let session = session(numbered: id) else { return }
            await applyLevel(to: session)
            guard key == .shared else { return }
            await subscribe(on: session)
            if isBack { await refreshAll() }
        }
    }

    /// There was no connection to be had.
    func failed(_ error: MCPError) {
        state.withLock { $0.failure = error }
        revive()
    }

    /// A connection ended.
    func ended(_ key: SessionPool.Key, _ error: MCPError?, _ traffic: SessionTraffic) {
        traffic.isConnected = false
        if key == .shared { endListening() }
        guard let error else { return }
        state.withLock { state in
            state.figures.ends += 1
            guard key == .shared else { return }
            state.failure = error
            for kind in state.lists.keys { state.lists[kind]?.staled() }
        }
        if key == .shared { revive() }
    }

    /// Tries to get the server back, ever less often, for as long as it fails and somebody wants something of it.
    func revive() {
        let isNew = state.withLock { state in
            guard !state.isReviving, !state.isClosed else { return false }
            state.isReviving = true
            return true
        }
        guard isNew else { return }
        tasks.run(on: loop) { [weak self] in
            let wasBack = await self?.reviveUntilBack() ?? false
            let failsAgain = self?.state.withLock { state in
                state.isReviving = false
                return wasBack && state.failure != nil
            }
            if failsAgain == true { self?.revive() }
        }
    }

    private static let triesWithoutInterest = 20

    private func reviveUntilBack() async -> Bool {
        var (attempt, unwanted, interest) = (0, 0, -1)
        var generator = SystemRandomness()
        while !Task.isCancelled, unwanted < Self.triesWithoutInterest {
            attempt += 1
            let backoff =
                attempt == 1 ? .milliseconds(50) : BackoffPolicy.mcp.delay(forAttempt: attempt - 1, using: &generator)
            guard await loop.pause(for: max(backoff, throttle.wait(at: loop.now))) else { return false }
            let before = state.withLock { $0.interest }
            unwanted = before == interest ? unwanted + 1 : 0
            let isBack = await refreshAll()
            // Its own tries are no interest.
            interest = state.withLock { state in
                state.interest = before
                return before
            }
            if isBack { return true }
        }
        return false
    }

    // MARK: Log levels

    /// Tells the server on all connections from which level on to log, where that has changed.
    func applyLevels() {
        let sessions = state.withLock { $0.sessions.values.filter { $0.traffic.isConnected } }
        for session in sessions {
            tasks.run(on: loop) { [weak self] in await self?.applyLevel(to: session) }
        }
    }

    private func applyLevel(to session: BackendSession) async {
        guard let level = events.level(session.traffic.owner?.id), session.traffic.level != level,
            let agreement = state.withLock({ $0.agreement }), !agreement.version.isStateless,
            agreement.capabilities["logging"] != nil
        else { return }
        session.traffic.level = level
        _ = try? await session.client.relay("logging/setLevel", options: MCPRequestOptions()) { _ in
            RelayedParams(json: ["level": .string(level)])
        }
    }
}

/// Which session and which token of the server a progress token of a question belongs to.
struct ProgressRoute: Sendable, Equatable {
    var session: Int
    var token: JSONValue

    init(session: Int, token: JSONValue) {
        self.session = session
        self.token = token
    }

    /// Reads a token, without the server's label before it.
    init?(_ text: String) {
        guard let dot = text.firstIndex(of: "."), let session = Int(text[..<dot]),
            let token = try? JSONValue(parsing: String(text[text.index(after: dot)...]))
        else { return nil }
        self.init(session: session, token: token)
    }

    func text(_ namespace: Namespace) -> String {
        var bytes: [UInt8] = []
        bytes.append(json: token)
        return namespace.outward("\(session).\(String(decoding: bytes, as: UTF8.self))")
    }
}
