import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

@Suite("Tasks through a pass-through", .timeLimit(.minutes(5)))
struct ProxyTaskTests {
    private static let undeclared: JSONObject = [
        "io.modelcontextprotocol/clientCapabilities": ["elicitation": ["form": [:]]]
    ]

    /// Somebody who is called Ada, and what she was asked.
    private final class Ada: Sendable {
        let asked = Locked<[JSONObject]>([])

        var handlers: MCPClientHandlers {
            MCPClientHandlers(elicitation: { question in
                self.asked.withLock { $0.append(question.json) }
                return .accept(["name": "Ada"])
            })
        }
    }

    /// Another client, which knows tasks.
    private static var stranger: MCPServedClient {
        MCPServedClient(
            id: "x",
            caller: .init(name: "x", listener: "memory"),
            version: .v2026_07_28,
            capabilities: ["extensions": ["io.modelcontextprotocol/tasks": [:]]],
            information: [:],
            channel: SilentChannel()
        )
    }

    @Test(
        "A client that knows no tasks calls a tool that requires one, in every pair of eras",
        arguments: [
            (ProxyRig.Era.stateless, ProxyRig.Era.handshake), (.handshake, .handshake), (.handshake, .stateless),
        ]
    )
    func followed(client era: ProxyRig.Era, server: ProxyRig.Era) async throws {
        let service = TaskingService(server)
        let rig = try ProxyRig(["s": try service.scripted], era: server)
        let ada = Ada()
        let client = try await rig.client(era, handlers: ada.handlers)
        var params: JSONObject = ["name": "s__work", "arguments": ["a": 1]]
        if era == .stateless { params["_meta"] = .object(Self.undeclared) }
        let result = try await client.request("tools/call", params)
        #expect(result["content"]?.array?.first?["text"] == "Hello Ada")
        #expect(result["content"]?.array?.last?["uri"] == "s+file:///log")
        #expect(result["taskId"] == nil && result["task"] == nil)
        #expect(result["_meta"]?["io.modelcontextprotocol/related-task"] == nil)
        // The task is between the pass-through and the server.
        #expect(ada.asked.withLock { $0.count } == 1)
        #expect(ada.asked.withLock { $0.first?["_meta"]?["io.modelcontextprotocol/related-task"] == nil })
        let state = service.state.withLock { $0 }
        #expect(state.calls.count == 1 && state.gets >= 3 && state.cancelled.isEmpty)
        #expect(state.calls.first?["arguments"] == ["a": 1])
        if server == .handshake {
            #expect(state.answer?["_meta"] == .object(TaskingService.metadata))
        }
        await rig.end()
    }

    @Test("So does a client of a revision before there were tasks, and a program without a client of MCP")
    func older() async throws {
        for era in ProxyRig.Era.allCases {
            let service = TaskingService(era)
            service.state.withLock { $0.asks = false }
            let rig = try ProxyRig(["s": try service.scripted], era: era)
            let client = MCPServedClient(
                id: "old",
                caller: ProxyRig.caller,
                version: .v2025_06_18,
                capabilities: [:],
                information: [:],
                channel: SilentChannel()
            )
            let request = MCPServedRequest(
                client: client,
                method: "tools/call",
                params: ["name": "s__work", "arguments": [:]],
                channel: SilentChannel()
            )
            #expect(try await rig.proxy.answer(request)["content"]?.array?.first?["text"] == "Hello nobody")
            let result = try await rig.proxy.call(named: "s__work", arguments: [:], for: ProxyRig.caller)
            #expect(result.text.hasPrefix("Hello nobody"))
            // Who has nobody to answer a question leaves no task behind that waits for one.
            service.state.withLock { $0.asks = true }
            await #expect(throws: MCPError.self) {
                try await rig.proxy.call(named: "s__work", arguments: [:], for: ProxyRig.caller)
            }
            if era == .stateless { await service.wait { $0.cancelled == ["t1"] } }
            await rig.end()
        }
    }

    @Test(
        "When the caller leaves, the task is cancelled at the server",
        arguments: [
            (ProxyRig.Era.stateless, ProxyRig.Era.handshake), (.handshake, .handshake), (.handshake, .stateless),
        ]
    )
    func left(client era: ProxyRig.Era, server: ProxyRig.Era) async throws {
        let service = TaskingService(server)
        service.state.withLock { $0.looks = .max }
        let rig = try ProxyRig(["s": try service.scripted], era: server)
        let client = try await rig.client(era)
        var params: JSONObject = ["name": "s__work", "arguments": [:]]
        if era == .stateless { params["_meta"] = .object(Self.undeclared) }
        let whole = params
        let call = Task { try await client.request("tools/call", whole) }
        await service.wait { $0.gets > 2 }
        call.cancel()
        await #expect(throws: MCPError.self) { try await call.value }
        await service.wait { $0.cancelled == ["t1"] }
        let backend = rig.proxy.backends[0]
        while backend.state.withLock({ $0.pool.busy }) > 0 { await Task.yield() }
        #expect(backend.state.withLock { $0.sessions.values.allSatisfy { !$0.traffic.follows("t1") } })
        await rig.end()
    }

    @Test("A client of the stateless era that knows tasks gets one of its own era, and comes back to it")
    func held() async throws {
        let service = TaskingService(.handshake)
        let rig = try ProxyRig(["s": try service.scripted])
        let ada = Ada()
        let client = try await rig.client(.stateless, handlers: ada.handlers)
        let made = try await client.request("tools/call", ["name": "s__work", "arguments": [:]])
        #expect(made["resultType"] == "task" && made["taskId"] == "s+t1" && made["status"] == "working")
        #expect(made["pollIntervalMs"] == 10 && made["ttlMs"]?.int != nil && made["lastUpdatedAt"]?.string != nil)
        #expect(made["createdAt"] == "2026-01-01T00:00:00Z" && made["task"] == nil)
        let target: JSONObject = ["taskId": "s+t1"]
        var look = try await client.request("tasks/get", target)
        while look["status"] == "working" {
            await Task.yield()
            look = try await client.request("tasks/get", target)
        }
        #expect(look["status"] == "input_required")
        let question = try #require(look["inputRequests"]?.object?.members.first)
        #expect(question.value["method"] == "elicitation/create" && question.value["params"]?["message"] == "Who?")
        #expect(question.value["params"]?["_meta"] == nil)
        var update = target
        let answers: JSONObject = ["nonsense": 1, question.name: ["action": "accept", "content": ["name": "Bea"]]]
        update["inputResponses"] = .object(answers)
        #expect(try await client.request("tasks/update", update)["resultType"] == "complete")
        while look["status"] != "completed" {
            await Task.yield()
            look = try await client.request("tasks/get", target)
        }
        #expect(look["resultType"] == "complete" && look["inputRequests"] == nil)
        #expect(look["result"]?["content"]?.array?.first?["text"] == "Hello Bea")
        #expect(look["result"]?["content"]?.array?.last?["uri"] == "s+file:///log")
        // Nobody else gets it, and who does not say that it knows tasks is told so.
        let stranger = Self.stranger
        let stolen = MCPServedRequest(client: stranger, method: "tasks/get", params: target, channel: SilentChannel())
        let refused = await #expect(throws: JSONRPCFailure.self) { try await rig.proxy.answer(stolen) }
        #expect(refused?.code == .invalidParams)
        let error = await #expect(throws: MCPError.self) {
            try await client.request("tasks/get", ["taskId": "s+t1", "_meta": .object(Self.undeclared)])
        }
        #expect(error?.failure?.code == .missingClientCapability)
        // A client that follows tasks by itself sees a plain call.
        service.state.withLock { $0.gets = 0 }
        #expect(try await client.callTool("s__work", arguments: [:]).text.hasPrefix("Hello Ada"))
        await rig.end()
    }

    @Test("A task that its client cancels is cancelled at the server; one whose call fails says why")
    func endings() async throws {
        let service = TaskingService(.handshake)
        service.state.withLock { $0.looks = .max }
        let rig = try ProxyRig(["s": try service.scripted])
        let client = try await rig.client(.stateless)
        let target: JSONObject = ["taskId": "s+t1"]
        #expect(try await client.request("tools/call", ["name": "s__work", "arguments": [:]])["resultType"] == "task")
        await service.wait { $0.gets > 1 }
        #expect(try await client.request("tasks/cancel", target)["resultType"] == "complete")
        #expect(try await client.request("tasks/get", target)["status"] == "cancelled")
        await service.wait { $0.cancelled == ["t1"] }
        while rig.proxy.backends[0].state.withLock({ $0.pool.busy }) > 0 { await Task.yield() }
        // The question goes to somebody who takes none.
        service.state.withLock { $0.looks = 0 }
        while try await client.request("tools/call", ["name": "s__work", "arguments": [:]])["resultType"] != "task" {
            await Task.yield()
        }
        var look: JSONObject = [:]
        repeat {
            await Task.yield()
            look = try await client.request("tasks/get", target)
        } while look["status"] == "working"
        #expect(look["status"] == "failed" && look["error"]?["code"]?.int != nil && look["statusMessage"] != nil)
        // What is over is forgotten in time.
        #expect(rig.proxy.state.withLock { $0.held["s+t1"]?.isOver } == true)
        await rig.end()
    }

    @Test("What a tool requires is not hidden from clients that make tasks by themselves")
    func ownTask() async throws {
        let service = TaskingService(.handshake)
        service.state.withLock { $0.asks = false }
        let rig = try ProxyRig(["s": try service.scripted])
        let client = try await rig.client()
        let tool = try #require(try await client.tools().first)
        // It may be called either way here.
        #expect(tool.taskSupport == .optional)
        guard case .running(let task) = try await client.startTool("s__work", arguments: [:]) else {
            Issue.record("no task")
            return
        }
        #expect(task.id == "s+t1")
        #expect(try await task.result().text.hasPrefix("Hello nobody"))
        await rig.end()
    }

    @Test("In the stateless era a task is its caller's, and what stands in it has the names that clients know")
    func statelessTasks() async throws {
        let service = TaskingService(.stateless)
        service.state.withLock { $0.asks = false }
        let rig = try ProxyRig(["s": try service.scripted], era: .stateless)
        let client = try await rig.client(.stateless)
        #expect(try await client.request("tools/call", ["name": "s__work", "arguments": [:]])["taskId"] == "s+t1")
        var look: JSONObject = [:]
        while look["status"] != "completed" { look = try await client.request("tasks/get", ["taskId": "s+t1"]) }
        #expect(look["result"]?["content"]?.array?.last?["uri"] == "s+file:///log")
        let stranger = Self.stranger
        for method in ["tasks/get", "tasks/update", "tasks/cancel"] {
            let request = MCPServedRequest(
                client: stranger,
                method: method,
                params: ["taskId": "s+t1", "inputResponses": [:]],
                channel: SilentChannel()
            )
            let refused = await #expect(throws: JSONRPCFailure.self) { try await rig.proxy.answer(request) }
            #expect(refused?.code == .invalidParams)
        }
        // News of tasks are for clients that know tasks.
        let error = await #expect(throws: MCPError.self) {
            try await client.request(
                "subscriptions/listen",
                ["notifications": ["taskIds": ["s+t1"]], "_meta": .object(Self.undeclared)]
            )
        }
        #expect(error?.failure?.code == .missingClientCapability)
        await rig.end()
    }

    @Test("The official library's tool that needs a task", .enabled(if: PythonHTTPServer.SDK.areThere))
    func python() async throws {
        let command = MCPServerConfiguration.Command(
            "\(PythonHTTPServer.root)/.venv-mcp1/bin/python",
            ["-c", PythonTaskTests.script]
        )
        let proxy = try MCPProxy(
            [MCPServerConfiguration(name: "py", endpoint: .command(command), timeouts: .init(connect: .seconds(120)))],
            options: .init(listTime: .seconds(120)),
            logger: .disabled
        )
        for era in ProxyRig.Era.allCases {
            let ada = Ada()
            let client = try MCPClient(
                MCPServerConfiguration(name: "proxy", endpoint: .service(proxy)),
                handlers: ada.handlers,
                logger: .disabled
            )
            await client.loop.run { client.core.value.remember(era.memory) }
            // As a client that knows tasks, and as one that does not.
            #expect(try await client.callTool("py__ask", arguments: [:]).text == "Hello Ada")
            var params: JSONObject = ["name": "py__ask", "arguments": [:]]
            if era == .stateless { params["_meta"] = .object(Self.undeclared) }
            let result = try await client.request("tools/call", params)
            #expect(result["content"]?.array?.first?["text"] == "Hello Ada")
            #expect(ada.asked.withLock { $0.count } == 2)
            await client.close()
        }
        await proxy.close()
    }
}
