internal import TransportKit

/// The sessions of a server over HTTP, by their ids.
final class HTTPSessionTable: Sendable {
    private struct Entry {
        var session: LoopBound<HTTPSession>
        var caller: MCPServedClient.Caller
        /// When it was last used, as a count.
        var use: Int
    }

    private struct Content {
        var entries: [String: Entry] = [:]
        var uses = 0
        var isClosed = false
    }

    private let limits: MCPSessionLimits
    private let content = Locked(Content())

    init(limits: MCPSessionLimits) {
        self.limits = limits
    }

    var count: Int { content.withLock { $0.entries.count } }

    var all: [LoopBound<HTTPSession>] { content.withLock { $0.entries.values.map(\.session) } }

    /// Finds a session of a caller's own.
    func session(_ id: String, of caller: MCPServedClient.Caller) -> LoopBound<HTTPSession>? {
        content.withLock { content in
            guard let entry = content.entries[id], entry.caller == caller else { return nil }
            content.uses += 1
            content.entries[id]?.use = content.uses
            return entry.session
        }
    }

    /// Keeps a session; `false` if there is no room for it.
    func add(_ session: LoopBound<HTTPSession>, _ id: String, of caller: MCPServedClient.Caller) -> Bool {
        content.withLock { content in
            guard !content.isClosed, content.entries.count < limits.sessions else { return false }
            content.uses += 1
            content.entries[id] = Entry(session: session, caller: caller, use: content.uses)
            return true
        }
    }

    func remove(_ id: String) {
        content.withLock { $0.entries[id] = nil }
    }

    /// Makes room for a session of a caller, by ending one that was not used for long and where nothing goes on.
    ///
    /// - Returns: Whether there is room.
    func makeRoom(for caller: MCPServedClient.Caller) async -> Bool {
        for session in candidates(for: caller) {
            let hasEnded = await session.loop.run {
                guard session.value.isIdle else { return false }
                session.value.end()
                return true
            }
            if hasEnded { return true }
        }
        return candidates(for: caller).isEmpty
    }

    /// Those that may have to go, the ones that were not used for longest first; none if there is room.
    private func candidates(for caller: MCPServedClient.Caller) -> [LoopBound<HTTPSession>] {
        content.withLock { content in
            guard !content.isClosed else { return [] }
            let own = content.entries.values.filter { $0.caller == caller }
            let pool =
                if own.count >= limits.sessionsPerCaller {
                    own
                } else if content.entries.count >= limits.sessions {
                    Array(content.entries.values)
                } else {
                    [Entry]()
                }
            return pool.sorted { $0.use < $1.use }.map(\.session)
        }
    }

    /// Takes all out; none is kept any more.
    func close() -> [LoopBound<HTTPSession>] {
        content.withLock { content in
            content.isClosed = true
            defer { content.entries = [:] }
            return content.entries.values.map(\.session)
        }
    }
}
