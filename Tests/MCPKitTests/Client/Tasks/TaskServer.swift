import TransportKit

@testable import MCPKit

/// A server within the test whose tools make tasks: it says on each look what the script says.
final class TaskServer: Sendable {
    /// What it was asked, and what it does.
    struct State: Sendable {
        var messages: [JSONRPCMessage] = []
        /// How the task stands at the next looks; the last one stays.
        var looks: [JSONObject] = []
        /// What the result is fetched with.
        var result: JSONObject = ["content": [["type": "text", "text": "fetched"]]]
        /// Whether the answer that begins a task is held back.
        var holdsBack = false
        /// Whether it ends once it has said how the task stands.
        var endsAfterLook = false
        var held: (@Sendable () -> Void)?
        /// The task's questions that were answered.
        var answers: [JSONValue] = []
        var fetches: [JSONRPCID] = []
    }

    let version: ProtocolVersion
    let capabilities: JSONObject
    let support: String?
    let state: Locked<State>

    init(
        _ version: ProtocolVersion,
        capabilities: JSONObject = ["tools": [:], "tasks": ["cancel": [:], "requests": ["tools": ["call": [:]]]]],
        support: String? = "required",
        looks: [JSONObject]
    ) {
        self.version = version
        self.capabilities = capabilities
        self.support = support
        state = Locked(State(looks: looks))
    }

    var methods: [String] { state.withLock { $0.messages.compactMap(\.method) } }

    func params(_ method: String) -> [JSONValue] {
        state.withLock { state in
            state.messages.compactMap { message in
                switch message {
                case .request(_, method, let params), .notification(method, let params): params ?? .null
                default: nil
                }
            }
        }
    }

    func client(
        handlers: MCPClientHandlers = MCPClientHandlers(),
        policy: MCPServerConfiguration.Policy = .persistent(),
        timeouts: MCPServerConfiguration.Timeouts = .init(),
        group: EventLoopGroup = .shared
    ) -> MCPClient {
        let endpoint = MCPServerConfiguration.Endpoint.command(.init("none"))
        let configuration = MCPServerConfiguration(
            name: "tasks",
            endpoint: endpoint,
            policy: policy,
            timeouts: timeouts
        )
        let factory = TransportFactory {
            InMemoryTransport { message, _, peer in
                self.state.withLock { $0.messages.append(message) }
                self.receive(message, peer)
            }
        }
        return MCPClient(configuration, factory: factory, handlers: handlers, loop: group.next())
    }

    private func receive(_ message: JSONRPCMessage, _ peer: InMemoryTransport.Peer) {
        switch message {
        case .request(let id, let method, let params): asked(id, method, params, peer)
        case .response(_, let result):
            let fetches = state.withLock { state in
                state.answers.append(result)
                defer { state.fetches = [] }
                return state.fetches
            }
            // The question is answered: the result is there.
            for id in fetches { peer.send(.response(id: id, result: .object(state.withLock { $0.result }))) }
        case .notification, .failure: break
        }
    }

    private func asked(_ id: JSONRPCID, _ method: String, _ params: JSONValue?, _ peer: InMemoryTransport.Peer) {
        @Sendable func answer(_ result: JSONObject) { peer.send(.response(id: id, result: .object(result))) }
        switch method {
        case "server/discover" where version.isStateless:
            answer(["supportedVersions": [.string(version.rawValue)], "capabilities": .object(capabilities)])
        case "initialize":
            answer(["protocolVersion": .string(version.rawValue), "capabilities": .object(capabilities)])
        case "tools/list":
            var tool: JSONObject = ["name": "work", "inputSchema": ["type": "object"]]
            if let support { tool["execution"] = ["taskSupport": .string(support)] }
            answer(["tools": [.object(tool)]])
        case "tools/call": called(params, answer)
        case "tasks/get":
            answer(look())
            if state.withLock({ $0.endsAfterLook }) { peer.disconnect() }
        case "tasks/result": fetched(id, peer)
        case "tasks/update":
            state.withLock { $0.answers.append(params?["inputResponses"] ?? .null) }
            answer(["resultType": "complete"])
        case "tasks/cancel": answer(["taskId": "t1", "status": "cancelled"])
        default: peer.send(.failure(id: id, JSONRPCFailure(.methodNotFound, "what?")))
        }
    }

    private func called(_ params: JSONValue?, _ answer: @escaping @Sendable (JSONObject) -> Void) {
        var task: JSONObject = ["taskId": "t1", "status": "working"]
        task[version.isStateless ? "pollIntervalMs" : "pollInterval"] = 10
        let result: JSONObject
        if version.isStateless, support != nil {
            task["resultType"] = "task"
            result = task
        } else if params?["task"] != nil {
            result = ["task": .object(task)]
        } else {
            result = ["content": [["type": "text", "text": "at once"]]]
        }
        let isHeld = state.withLock { state in
            if state.holdsBack { state.held = { answer(result) } }
            return state.holdsBack
        }
        if !isHeld { answer(result) }
    }

    private func look() -> JSONObject {
        state.withLock { state in
            var look = state.looks.count > 1 ? state.looks.removeFirst() : state.looks[0]
            look["taskId"] = look["taskId"] ?? "t1"
            return look
        }
    }

    private func fetched(_ id: JSONRPCID, _ peer: InMemoryTransport.Peer) {
        let isOver = state.withLock { state in
            let isOver = state.looks[0].string("status") != "input_required"
            if !isOver { state.fetches.append(id) }
            return isOver
        }
        if isOver {
            peer.send(.response(id: id, result: .object(state.withLock { $0.result })))
        } else {
            let metadata: JSONValue = ["io.modelcontextprotocol/related-task": ["taskId": "t1"]]
            peer.send(.request(id: "q", method: "elicitation/create", params: ["message": "Who?", "_meta": metadata]))
        }
    }
}
