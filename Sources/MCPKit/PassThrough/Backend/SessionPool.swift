internal import TransportKit

/// Which sessions there are with one server, whose they are, and which of them gives way when there are too many; pure.
struct SessionPool: Sendable {
    /// Whose a session is.
    enum Key: Sendable, Hashable {
        /// Everybody's who cannot be asked anything.
        case shared
        /// A client's with a handshake.
        case client(String)
        /// One request's at a time, of clients that are told apart by nothing else.
        case caller(MCPServedClient.Caller, capabilities: JSONObject)

        var isExclusive: Bool {
            if case .caller = self { true } else { false }
        }
    }

    /// What a request is to use.
    enum Choice: Sendable, Equatable {
        /// A session that there is.
        case existing(Int)
        /// A session that is to be made, and one that is to be closed for it.
        case new(Int, closing: Int?)
        /// None: there are too many, and all of them are in use.
        case full
    }

    private struct Entry: Sendable {
        var key: Key
        /// How many requests use it.
        var uses = 0
        /// What else keeps it.
        var pins = 0
        var lastUse = 0
        /// Whether nobody had used it when that was last looked at.
        var wasIdle = false

        var isIdle: Bool { uses == 0 && pins == 0 }
    }

    /// How many sessions there may be beside the shared one.
    let limit: Int

    private var entries: [Int: Entry] = [:]
    private var ids: [Key: Int] = [:]
    private var lastID = 0
    private var clock = 0

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    var count: Int { entries.count }
    /// How many are in use.
    var busy: Int { entries.values.count { $0.uses > 0 } }

    func id(of key: Key) -> Int? { ids[key] }

    /// Finds or makes room for a session that a request is about to use.
    mutating func acquire(_ key: Key) -> Choice {
        if let id = key.isExclusive ? free(key) : ids[key] {
            use(id)
            return .existing(id)
        }
        var closing: Int?
        if key != .shared, entries.count - (ids[.shared] == nil ? 0 : 1) >= limit {
            let idle = entries.filter { $0.value.isIdle && $0.value.key != .shared }
            guard let oldest = idle.min(by: { $0.value.lastUse < $1.value.lastUse })?.key else { return .full }
            closing = oldest
            remove(oldest)
        }
        lastID += 1
        entries[lastID] = Entry(key: key)
        if !key.isExclusive { ids[key] = lastID }
        use(lastID)
        return .new(lastID, closing: closing)
    }

    private func free(_ key: Key) -> Int? {
        entries.first { $0.value.key == key && $0.value.uses == 0 }?.key
    }

    private mutating func use(_ id: Int) {
        clock += 1
        entries[id]?.uses += 1
        entries[id]?.lastUse = clock
        entries[id]?.wasIdle = false
    }

    /// A request is over.
    mutating func release(_ id: Int) {
        guard let uses = entries[id]?.uses, uses > 0 else { return }
        entries[id]?.uses = uses - 1
    }

    /// Keeps a session although nobody uses it, or no longer.
    mutating func pin(_ id: Int, _ change: Int) {
        entries[id]?.pins += change
    }

    mutating func remove(_ id: Int) {
        guard let entry = entries.removeValue(forKey: id), !entry.key.isExclusive else { return }
        ids[entry.key] = nil
    }

    /// Looks who is idle; called at regular times.
    ///
    /// - Returns: The sessions that nobody has used since the last look.
    mutating func idleSinceLastLook() -> [Int] {
        var idle: [Int] = []
        for (id, entry) in entries {
            if entry.isIdle, entry.wasIdle { idle.append(id) }
            entries[id]?.wasIdle = entry.isIdle
        }
        return idle
    }
}
