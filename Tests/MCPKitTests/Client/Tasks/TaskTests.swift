import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

@Suite("Tasks", .timeLimit(.minutes(5)))
struct TaskTests {
    private static let done: JSONObject = [
        "status": "completed", "result": ["content": [["type": "text", "text": "inlined"]]],
    ]

    @Test(
        "A call becomes a task where it must and the server says that it can, and nowhere else",
        arguments: [
            ("required", true, ProtocolVersion.v2025_11_25, true), ("optional", true, .v2025_11_25, false),
            ("forbidden", true, .v2025_11_25, false), (nil, true, .v2025_11_25, false),
            ("required", false, .v2025_11_25, false), ("required", true, .v2025_06_18, false),
        ] as [(String?, Bool, ProtocolVersion, Bool)]
    )
    func augments(support: String?, offers: Bool, version: ProtocolVersion, isTask: Bool) async throws {
        let capabilities: JSONObject =
            offers ? ["tools": [:], "tasks": ["requests": ["tools": ["call": [:]]]]] : ["tools": [:]]
        let server = TaskServer(version, capabilities: capabilities, support: support, looks: [["status": "completed"]])
        let client = server.client()
        let result = try await client.callTool("work", arguments: ["a": 1])
        #expect(result.text == (isTask ? "fetched" : "at once"))
        #expect((server.params("tools/call").first?["task"] != nil) == isTask)
        #expect(server.methods.contains("tasks/get") == isTask)
        await client.close()
    }

    @Test("A call whose server ends between two looks at its task is not made once more")
    func isNotRepeated() async throws {
        let server = TaskServer(.v2025_11_25, looks: [["status": "working"]])
        server.state.withLock { $0.endsAfterLook = true }
        let client = server.client()
        let error = await #expect(throws: MCPError.self) { try await client.callTool("work", arguments: [:]) }
        #expect(error?.code == .closed)
        #expect(server.methods.count { $0 == "tools/call" } == 1)
        await client.close()
    }

    @Test("A task whose question finds no answer is given up at the server")
    func isGivenUpWithoutAnswer() async throws {
        let question: JSONValue = ["method": "elicitation/create", "params": ["message": "Who?"]]
        let look: JSONObject = ["status": "input_required", "inputRequests": ["q": question]]
        let server = TaskServer(.v2026_07_28, looks: [look])
        let client = server.client()
        await #expect(throws: MCPError.self) { try await client.callTool("work", arguments: [:]) }
        while server.params("tasks/cancel").isEmpty { await Task.yield() }
        await client.close()
    }

    @Test("Starting a tool makes a task of it where it may")
    func startsOptionalTasks() async throws {
        let server = TaskServer(
            .v2025_11_25,
            support: "optional",
            looks: [["status": "working"], ["status": "completed"]]
        )
        let client = server.client()
        guard case .running(let task) = try await client.startTool("work", arguments: [:], timeToLive: .seconds(60))
        else {
            Issue.record("no task")
            return
        }
        #expect(server.params("tools/call").first?["task"] == ["ttl": 60000])
        #expect(try await task.state().status == .working)
        #expect(try await task.result().text == "fetched")
        #expect(try await client.task("t1", of: "work").result().text == "fetched")
        try await task.cancel()
        #expect(server.params("tasks/cancel") == [["taskId": "t1"]])
        await client.close()
    }

    @Test("A server asks a question while its task waits; question and answer name the task")
    func answersWhileFetching() async throws {
        let server = TaskServer(.v2025_11_25, looks: [["status": "input_required"]])
        let client = server.client(handlers: MCPClientHandlers(elicitation: { _ in .decline }))
        #expect(try await client.callTool("work", arguments: [:]).text == "fetched")
        #expect(
            server.state.withLock { $0.answers } == [
                ["action": "decline", "_meta": ["io.modelcontextprotocol/related-task": ["taskId": "t1"]]]
            ]
        )
        await client.close()
    }

    @Test("In the stateless era a server may make a task of any call; its questions are answered once")
    func followsExtension() async throws {
        let question: JSONObject = [
            "status": "input_required", "pollIntervalMs": 10,
            "inputRequests": ["name": ["method": "elicitation/create", "params": ["message": "Who?"]]],
        ]
        let server = TaskServer(.v2026_07_28, looks: [question, question, question, Self.done])
        let asked = Locked(0)
        let handlers = MCPClientHandlers(elicitation: { _ in
            asked.withLock { $0 += 1 }
            return .decline
        })
        let client = server.client(handlers: handlers)
        #expect(try await client.callTool("work", arguments: [:]).text == "inlined")
        #expect(asked.withLock { $0 } == 1)
        #expect(server.params("tasks/update").map { $0["inputResponses"] } == [["name": ["action": "decline"]]])
        let metadata = server.params("tools/call").first?["_meta"]
        let extensions = metadata?["io.modelcontextprotocol/clientCapabilities"]?["extensions"]
        #expect(extensions?["io.modelcontextprotocol/tasks"] == [:])
        #expect(server.params("tools/call").first?["task"] == nil)
        await client.close()
    }

    @Test("The interval between looks is the server's")
    func respectsInterval() async throws {
        let clock = ManualClock()
        let group = EventLoopGroup(count: 1, clock: clock)
        let server = TaskServer(
            .v2026_07_28,
            looks: [["status": "working", "pollIntervalMs": 5000], Self.done]
        )
        let client = server.client(policy: .persistent(idleClose: nil), group: group)
        let call = Task { try await client.callTool("work", arguments: [:]) }
        while !server.methods.contains("tasks/get") {
            clock.advance(by: .milliseconds(10))
            await Task.yield()
        }
        let start = clock.now
        while server.params("tasks/get").count < 2 {
            clock.advance(by: .milliseconds(100))
            await Task.yield()
        }
        #expect(start.duration(to: clock.now) >= .seconds(4.9))
        #expect(try await call.value.text == "inlined")
        await client.close()
        await group.shutdown()
    }

    @Test(
        "A caller that goes away, or has waited long enough, takes the task back",
        arguments: [ProtocolVersion.v2025_11_25, .v2026_07_28],
        [true, false]
    )
    func takesBack(version: ProtocolVersion, byCancelling: Bool) async throws {
        let server = TaskServer(version, looks: [["status": "working", "pollInterval": 10, "pollIntervalMs": 10]])
        let client = server.client()
        let options = MCPRequestOptions(maximumTime: byCancelling ? nil : .milliseconds(100))
        let call = Task { try await client.callTool("work", arguments: [:], options: options) }
        if byCancelling {
            while !server.methods.contains("tasks/get") { await Task.yield() }
            call.cancel()
        }
        let error = await #expect(throws: MCPError.self) { try await call.value }
        #expect(error?.code == (byCancelling ? .cancelled : .timeout))
        while !server.methods.contains("tasks/cancel") { await Task.yield() }
        #expect(server.params("tasks/cancel").first?["taskId"] == "t1")
        #expect(
            !server.params("notifications/cancelled").contains { $0["requestId"]?.int == 3 },
            "a request that makes a task is not taken back, its task is"
        )
        await client.close()
    }

    @Test("A caller that goes away before it knows its task takes that back when it is known")
    func takesBackUnknown() async throws {
        let server = TaskServer(.v2025_11_25, looks: [["status": "working"]])
        server.state.withLock { $0.holdsBack = true }
        let client = server.client()
        let call = Task { try await client.callTool("work", arguments: [:]) }
        while server.state.withLock({ $0.held == nil }) { await Task.yield() }
        call.cancel()
        let error = await #expect(throws: MCPError.self) { try await call.value }
        #expect(error?.code == .cancelled)
        #expect(!server.methods.contains("notifications/cancelled"))
        server.state.withLock { $0.held }?()
        while !server.methods.contains("tasks/cancel") { await Task.yield() }
        await client.close()
    }

    @Test("Progress is heard of as long as the task lives, and no longer")
    func keepsProgress() async throws {
        let seen = Locked<[Double]>([])
        let server = TaskServer(.v2025_11_25, looks: [["status": "working"]])
        let peer = Locked<InMemoryTransport.Peer?>(nil)
        let configuration = MCPServerConfiguration(name: "tasks", endpoint: .command(.init("none")))
        let token = Locked<JSONValue>(.null)
        let factory = TransportFactory {
            let transport = InMemoryTransport { message, _, end in
                guard case .request(let id, let method, let params) = message else { return }
                peer.withLock { $0 = end }
                switch method {
                case "initialize":
                    end.send(
                        .response(
                            id: id,
                            result: [
                                "protocolVersion": "2025-11-25", "capabilities": .object(server.capabilities),
                            ]
                        )
                    )
                case "tools/list":
                    let tool: JSONValue = ["name": "work", "execution": ["taskSupport": "required"]]
                    end.send(.response(id: id, result: ["tools": [tool]]))
                case "tools/call":
                    token.withLock { $0 = params?["_meta"]?["progressToken"] ?? .null }
                    end.send(
                        .response(id: id, result: ["task": ["taskId": "t1", "status": "working", "pollInterval": 10]])
                    )
                case "tasks/get":
                    Self.report(seen.withLock { $0.count } + 1, token.withLock { $0 }, end)
                    let status = seen.withLock { $0.count } < 3 ? "working" : "completed"
                    end.send(
                        .response(id: id, result: ["taskId": "t1", "status": .string(status), "pollInterval": 10])
                    )
                case "tasks/result":
                    end.send(.response(id: id, result: ["content": [["type": "text", "text": "fetched"]]]))
                default: end.send(.failure(id: id, JSONRPCFailure(.methodNotFound, "what?")))
                }
            }
            return transport
        }
        let client = MCPClient(configuration, factory: factory, loop: EventLoopGroup.shared.next())
        let options = MCPRequestOptions { progress in seen.withLock { $0.append(progress.progress) } }
        #expect(try await client.callTool("work", arguments: [:], options: options).text == "fetched")
        let count = seen.withLock { $0.count }
        #expect(count >= 3)
        _ = await client.statistics()
        if let end = peer.withLock({ $0 }) { Self.report(99, token.withLock { $0 }, end) }
        _ = try await client.tools()
        #expect(seen.withLock { $0.count } == count)
        await client.close()
    }

    private static func report(_ value: Int, _ token: JSONValue, _ end: InMemoryTransport.Peer) {
        let params: JSONValue = ["progressToken": token, "progress": .number(JSONNumber(value))]
        end.send(.notification(method: "notifications/progress", params: params))
    }

    private static let endings: [(JSONObject, MCPError.Code)] = [
        (["status": "failed", "error": ["code": -32603, "message": "no"] as JSONValue] as JSONObject, .request),
        (["status": "cancelled"], .request), (["status": "completed"], .protocolViolation),
        (["status": "working", "taskId": "other"], .protocolViolation),
    ]

    @Test("What becomes of a task that has no result", arguments: endings)
    func fails(look: JSONObject, code: MCPError.Code) async throws {
        let server = TaskServer(.v2026_07_28, looks: [look])
        let client = server.client()
        let error = await #expect(throws: MCPError.self) { try await client.callTool("work", arguments: [:]) }
        #expect(error?.code == code)
        #expect(error?.server == "tasks")
        await client.close()
    }
}
