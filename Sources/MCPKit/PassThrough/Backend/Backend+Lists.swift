internal import TransportKit

/// What is known of one of a server's lists.
struct ListState: Sendable {
    var items: [JSONObject] = []
    /// Which arguments of a tool stand in header fields too, by its name.
    var headers: [String: ParameterHeaders] = [:]
    /// Whether there ever was a list.
    var isLoaded = false
    /// Whether it need not be asked for again.
    var isFresh = false
    var error: MCPError?
    /// What those who asked were last shown.
    var shown: [JSONObject]?
    /// Whether those were told that it is not so any more.
    var isAnnounced = false
    /// Counts what makes the list stale, so that an answer that was on its way meanwhile is not fresh.
    var generation = 0
    var flight: Flight<ListOutcome>?
    /// Tells a time for it to be stale from those of lists before it.
    var expiry = 0

    mutating func staled() {
        isFresh = false
        generation += 1
    }
}

/// One of a server's lists, or why there is none.
struct ListOutcome: Sendable {
    var items: [JSONObject] = []
    var error: MCPError?
}

extension Backend {
    private struct Listed: Sendable {
        var items: [JSONObject] = []
        var headers: [String: ParameterHeaders] = [:]
        var lifetime: Duration?
        /// What was known of changes when it was asked for.
        var generation = 0
    }

    /// A list as it is known without asking the server; `nil` if it has to be asked.
    func freshList(_ kind: ListKind) -> [JSONObject]? {
        state.withLock { state in
            guard let list = state.lists[kind], list.isFresh else { return nil }
            state.lists[kind]?.shown = list.items
            state.lists[kind]?.isAnnounced = false
            return list.items
        }
    }

    /// A list, asked of the server if it has to be.
    ///
    /// A server that is known to fail costs no time: it is tried again beside this, and what then is different is announced.
    ///
    /// - Parameters:
    ///   - kind: Which list.
    ///   - limit: How long to wait for it; left out, as long as those who want all servers' lists wait for one of them.
    /// - Returns: The list, or why there is none within the time for it.
    func list(_ kind: ListKind, within limit: Duration? = nil) async -> ListOutcome {
        if let items = freshList(kind) { return ListOutcome(items: items) }
        let failure = state.withLock { state in
            state.interest += 1
            return state.isReviving ? state.failure : nil
        }
        var outcome: ListOutcome
        if let failure {
            outcome = ListOutcome(error: failure)
        } else {
            let limit = limit ?? limits.listTime
            let late = MCPError(.timeout, "the server did not list its \(kind.member) within \(limit)", server: name)
            outcome = await start(kind).value(within: limit, on: loop) ?? ListOutcome(error: late)
        }
        if outcome.error != nil {
            outcome.error?.server = name
            let wait = await loop.run { [throttle, loop] in throttle.wait(at: loop.now) }
            if wait > .zero { outcome.error?.retryAfter = wait }
        }
        let shown = outcome.items
        state.withLock { state in
            state.lists[kind, default: ListState()].shown = shown
            state.lists[kind]?.isAnnounced = false
        }
        return outcome
    }

    /// How long one who wants something of this very server waits for a list: as long as the server may take to start and answer.
    var patience: Duration { configuration.timeouts.connect + configuration.timeouts.request }

    /// Asks for all lists that were asked for before.
    ///
    /// - Returns: Whether the server answered.
    @discardableResult
    func refreshAll() async -> Bool {
        var kinds = state.withLock { state in state.lists.filter { !$0.value.isFresh }.map(\.key) }
        if kinds.isEmpty, state.withLock({ $0.failure != nil }) { kinds = [.tools] }
        var isBack = true
        for kind in kinds {
            let outcome = await start(kind).value(within: configuration.timeouts.maximum, on: loop)
            if outcome?.error != nil { isBack = false }
        }
        return isBack
    }

    private func start(_ kind: ListKind) -> Flight<ListOutcome> {
        state.withLock { state in
            if let flight = state.lists[kind]?.flight { return flight }
            let flight = Flight<ListOutcome>()
            state.lists[kind, default: ListState()].flight = flight
            if state.isClosed {
                flight.land(ListOutcome(error: MCPError(.closed, "the server was removed", server: name)))
                return flight
            }
            tasks.run(on: loop) { [weak self] in
                guard let self else { return flight.land(ListOutcome()) }
                var result = await fetch(kind)
                // What changed while it was listed is listed again: whoever asked was not told, or was told before the answer.
                for _ in 0..<Self.listTries where isOutdated(result, kind) { result = await fetch(kind) }
                finish(kind, result, flight)
            }
            return flight
        }
    }

    private static let listTries = 3

    private func isOutdated(_ result: Result<Listed, MCPError>, _ kind: ListKind) -> Bool {
        guard case .success(let listed) = result, !Task.isCancelled else { return false }
        return state.withLock { $0.lists[kind]?.generation } != listed.generation
    }

    private func fetch(_ kind: ListKind) async -> Result<Listed, MCPError> {
        do throws(MCPError) {
            let session = try acquire(.shared, nil)
            defer { release(session) }
            return .success(
                try await session.client.withConnection { connection async throws(MCPError) in
                    self.learn(connection)
                    return try await self.fetch(kind, on: connection)
                }
            )
        } catch {
            return .failure(error)
        }
    }

    private func fetch(_ kind: ListKind, on connection: MCPConnection) async throws(MCPError) -> Listed {
        var listed = Listed()
        listed.generation = state.withLock { $0.lists[kind]?.generation ?? 0 }
        guard connection.offers(kind.capability) else { return listed }
        var cursor = PageCursor(method: kind.method)
        while let params = cursor.params {
            let page: JSONObject
            do throws(MCPError) {
                page = try await connection.request(kind.method, params, options: MCPRequestOptions())
            } catch {
                // Servers may have resources and no templates.
                guard kind == .templates, error.failure?.code == .methodNotFound else { throw error }
                return listed
            }
            try cursor.advance(page)
            guard let items = page[kind.member]?.array else {
                throw MCPError(.protocolViolation, "the answer to \(kind.method) has no list", server: name)
            }
            listed.items += items.compactMap(\.object)
            if let lifetime = page["ttlMs"]?.int, lifetime > 0 {
                listed.lifetime = min(listed.lifetime ?? .seconds(86_400), .milliseconds(min(lifetime, 86_400_000)))
            }
        }
        return checked(listed, kind, on: connection)
    }

    /// Leaves out what has no name, has one twice, or cannot be called.
    private func checked(_ listed: Listed, _ kind: ListKind, on connection: MCPConnection) -> Listed {
        var listed = listed
        let hasFields = connection.version.isStateless && connection.session.traits.name == "http"
        var seen: Set<String> = []
        listed.items = listed.items.filter { item in
            guard let key = item.string(kind.key), !key.isEmpty, seen.insert(key).inserted else { return false }
            guard kind == .tools, hasFields else { return true }
            do throws(ParameterHeaders.Invalid) {
                listed.headers[key] = try ParameterHeaders(schema: item["inputSchema"] ?? [:])
                return true
            } catch {
                logger.notice("MCP tool left out", metadata: ["tool": .string(key), "error": "\(error)"])
                return false
            }
        }
        return listed
    }

    /// Called on the loop.
    private func finish(
        _ kind: ListKind,
        _ result: Result<Listed, MCPError>,
        _ flight: Flight<ListOutcome>
    ) {
        let tellsChanges = state.withLock { state in
            !state.isDeaf && state.agreement?.capabilities[kind.capability]?["listChanged"]?.bool == true
        }
        let (isOther, isNews) = state.withLock { state -> (Bool, Bool) in
            var list = state.lists[kind] ?? ListState()
            list.flight = nil
            defer { state.lists[kind] = list }
            guard case .success(let listed) = result else {
                if case .failure(let error) = result { list.error = error }
                list.isFresh = false
                return (false, false)
            }
            let isOther = list.items != listed.items || !list.isLoaded
            list.items = listed.items
            list.headers = listed.headers
            list.isLoaded = true
            list.error = nil
            if !state.lists.contains(where: { $0.key != kind && $0.value.error != nil }) { state.failure = nil }
            list.isFresh = list.generation == listed.generation
            let isNews = list.shown.map { $0 != listed.items } ?? false && !list.isAnnounced
            if isNews { list.isAnnounced = true }
            list.expiry += 1
            return (isOther, isNews)
        }
        switch result {
        case .success(let listed):
            if let lifetime = listed.lifetime ?? (tellsChanges ? nil : limits.listAge) { expire(kind, after: lifetime) }
            if isOther { events.relisted() }
            flight.land(ListOutcome(items: listed.items))
            if isNews { events.changed(kind.change) }
        case .failure(let error):
            flight.land(ListOutcome(error: error))
            state.withLock { $0.failure = $0.failure ?? error }
            revive()
        }
    }

    /// What the server said it would tell it does not tell: lists are asked for again in time.
    func expireAll() {
        for kind in state.withLock({ Array($0.lists.keys) }) { expire(kind, after: limits.listAge) }
    }

    private func expire(_ kind: ListKind, after lifetime: Duration) {
        let number = state.withLock { $0.lists[kind]?.expiry }
        _ = loop.schedule(after: lifetime) { [weak self] in
            self?.state.withLock { state in
                if state.lists[kind]?.expiry == number { state.lists[kind]?.staled() }
            }
        }
    }

    /// The server says that lists are not what they were.
    func changed(_ kinds: [ListKind]) {
        let news = state.withLock { state in
            kinds.filter { kind in
                guard let list = state.lists[kind] else { return false }
                state.lists[kind]?.staled()
                guard list.shown != nil, !list.isAnnounced else { return false }
                state.lists[kind]?.isAnnounced = true
                return true
            }
        }
        for change in Set(news.map(\.change)) { events.changed(change) }
    }
}
