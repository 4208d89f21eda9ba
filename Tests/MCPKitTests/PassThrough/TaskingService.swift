import TransportKit

@testable import MCPKit

/// A server behind a pass-through whose tool `work` is called by way of a task only.
final class TaskingService: Sendable {
    struct State: Sendable {
        /// How often it is asked how the task stands before that is over.
        var looks = 2
        /// Whether it asks a question on the way.
        var asks = true
        var calls: [JSONObject] = []
        var gets = 0
        var cancelled: [JSONValue] = []
        var answer: JSONValue?
    }

    let state = Locked(State())
    private let service = Locked<ScriptedService?>(nil)

    var scripted: ScriptedService {
        get throws { try service.withLock { $0 }.required }
    }

    static let metadata: JSONObject = ["io.modelcontextprotocol/related-task": ["taskId": "t1"]]
    private static let question: JSONObject = ["message": "Who?", "requestedSchema": ["type": "object"]]

    init(_ era: ProxyRig.Era) {
        let execution: JSONValue = ["taskSupport": "required"]
        let offer = Offer(tools: [["name": "work", "inputSchema": ["type": "object"], "execution": execution]])
        let capabilities: JSONObject =
            era == .handshake
            ? ["tools": ["listChanged": true], "tasks": ["cancel": [:], "requests": ["tools": ["call": [:]]]]]
            : ["tools": ["listChanged": true], "extensions": ["io.modelcontextprotocol/tasks": [:]]]
        let made = ScriptedService(capabilities: capabilities) {
            [weak self] request async throws(JSONRPCFailure) in
            if let list = offer.list(request) { return list }
            guard let self else { throw JSONRPCFailure(.internalError, "gone") }
            return try await era == .handshake ? handshake(request) : stateless(request)
        }
        service.withLock { $0 = made }
    }

    private func handshake(_ request: MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject {
        switch request.method {
        case "tools/call":
            guard request.params["task"] != nil else { throw JSONRPCFailure(.methodNotFound, "make it a task") }
            state.withLock { $0.calls.append(request.params) }
            let times: JSONObject = ["createdAt": "2026-01-01T00:00:00Z", "lastUpdatedAt": "2026-01-01T00:00:00Z"]
            var task: JSONObject = ["taskId": "t1", "status": "working", "ttl": 60_000, "pollInterval": 10]
            for member in times.members { task[member.name] = member.value }
            return ["task": .object(task)]
        case "tasks/get":
            let (isOver, asks) = look()
            return ["taskId": "t1", "status": !isOver ? "working" : asks ? "input_required" : "completed"]
        case "tasks/result":
            var name: JSONValue = "nobody"
            if state.withLock({ $0.asks }) {
                var question = Self.question
                question["_meta"] = .object(Self.metadata)
                let answer = try await request.ask("elicitation/create", question)
                state.withLock { $0.answer = .object(answer) }
                name = answer["content"]?["name"] ?? "?"
            }
            return [
                "content": [["type": "text", "text": .string("Hello \(name.string ?? "")")], Self.link],
                "_meta": .object(Self.metadata),
            ]
        case "tasks/cancel":
            state.withLock { $0.cancelled.append(request.params["taskId"] ?? nil) }
            return ["taskId": "t1", "status": "cancelled"]
        default: throw JSONRPCFailure(.methodNotFound, "what?")
        }
    }

    private func stateless(_ request: MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject {
        let declared = request.params["_meta"]?["io.modelcontextprotocol/clientCapabilities"]?["extensions"]
        switch request.method {
        case "tools/call":
            guard declared?["io.modelcontextprotocol/tasks"] != nil else { throw .tasksNotDeclared }
            state.withLock { $0.calls.append(request.params) }
            return ["resultType": "task", "taskId": "t1", "status": "working", "ttlMs": 60_000, "pollIntervalMs": 10]
        case "tasks/get":
            let (isOver, asks) = look()
            guard isOver else { return ["taskId": "t1", "status": "working"] }
            let answer = state.withLock { $0.answer }
            guard !asks || answer != nil else {
                let question: JSONValue = ["method": "elicitation/create", "params": .object(Self.question)]
                return ["taskId": "t1", "status": "input_required", "inputRequests": ["q": question]]
            }
            let name = answer?["q"]?["content"]?["name"]?.string ?? "nobody"
            let content: JSONValue = [["type": "text", "text": .string("Hello \(name)")], Self.link]
            return ["taskId": "t1", "status": "completed", "result": ["content": content]]
        case "tasks/update":
            state.withLock { $0.answer = request.params["inputResponses"] }
            return [:]
        case "tasks/cancel":
            state.withLock { $0.cancelled.append(request.params["taskId"] ?? nil) }
            return [:]
        default: throw JSONRPCFailure(.methodNotFound, "what?")
        }
    }

    private static let link: JSONValue = ["type": "resource_link", "name": "log", "uri": "file:///log"]

    private func look() -> (isOver: Bool, asks: Bool) {
        state.withLock { state in
            state.gets += 1
            return (state.gets > state.looks, state.asks)
        }
    }

    /// Waits until something is so, looking whenever other tasks have run.
    func wait(_ condition: @Sendable (State) -> Bool) async {
        while !state.withLock({ condition($0) }) { await Task.yield() }
    }
}

extension Optional {
    fileprivate struct Missing: Error {}
    fileprivate var required: Wrapped {
        get throws {
            guard let self else { throw Missing() }
            return self
        }
    }
}
