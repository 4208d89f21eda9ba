internal import TransportKit

/// What passes through one session with a server: the requests that are on their way, and to whom the server speaks.
final class SessionTraffic: Sendable {
    /// A request of a client on its way.
    struct Passing: Sendable {
        fileprivate let number: Int
        let request: MCPServedRequest
        let outbox: Outbox
    }

    private struct State {
        var passing: [Passing] = []
        var last = 0
        var isConnected = false
        var level: String?
        var followed: Set<String> = []
    }

    /// The client whose session it is alone, if it is one with a handshake.
    let owner: MCPServedClient?
    /// What is told to the owner beside its requests.
    let outbox: Outbox?

    private let loop: EventLoop
    private let state = Locked(State())

    init(owner: MCPServedClient?, on loop: EventLoop) {
        self.owner = owner
        self.loop = loop
        outbox = owner.map { owner in Outbox(on: loop) { method, params in await owner.notify(method, params) } }
    }

    var isConnected: Bool {
        get { state.withLock { $0.isConnected } }
        set { state.withLock { $0.isConnected = newValue } }
    }

    /// From which level on the server was last told to log on this connection.
    var level: String? {
        get { state.withLock { $0.level } }
        set { state.withLock { $0.level = newValue } }
    }

    /// A task of which no client knows is followed, or no longer.
    func follow(_ task: String, _ isFollowed: Bool) {
        state.withLock { state in
            if isFollowed { state.followed.insert(task) } else { state.followed.remove(task) }
        }
    }

    /// Whether a task is one of which no client knows.
    func follows(_ task: String) -> Bool { state.withLock { $0.followed.contains(task) } }

    func begin(_ request: MCPServedRequest) -> Passing {
        state.withLock { state in
            state.last += 1
            let outbox = Outbox(on: loop) { method, params in await request.notify(method, params) }
            let passing = Passing(number: state.last, request: request, outbox: outbox)
            state.passing.append(passing)
            return passing
        }
    }

    func end(_ passing: Passing) async {
        state.withLock { state in state.passing.removeAll { $0.number == passing.number } }
        await passing.outbox.drain()
    }

    /// The request that was sent last of those on their way.
    var newest: Passing? { state.withLock { $0.passing.last } }

    /// The newest request of each client.
    var newestOfEach: [Passing] {
        var seen: Set<String> = []
        return state.withLock { $0.passing }.reversed().filter { seen.insert($0.request.client.id).inserted }
    }

    /// Asks the client for whom the server asks.
    ///
    /// A connection does not say which request a question belongs to: it is the newest one's.
    func ask(_ method: String, _ params: JSONObject) async throws(JSONRPCFailure) -> JSONObject {
        if let newest { return try await newest.request.ask(method, params) }
        guard let owner else {
            throw JSONRPCFailure(.methodNotFound, "nobody can be asked for \(method) now")
        }
        return try await owner.ask(method, params)
    }

    /// Tells the client or clients whom it may concern.
    ///
    /// - Returns: Whether there is one.
    func tell(_ method: String, _ params: JSONObject) -> Bool {
        let all = newestOfEach
        if !all.isEmpty {
            for passing in all { passing.outbox.push(method, params) }
            return true
        }
        outbox?.push(method, params)
        return outbox != nil
    }
}

/// A session with a server.
struct BackendSession: Sendable {
    let id: Int
    let key: SessionPool.Key
    let client: MCPClient
    let traffic: SessionTraffic
}
