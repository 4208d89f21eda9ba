import Testing
import TransportKit

@testable import MCPKit

@Suite("A server within the program", .timeLimit(.minutes(5)))
struct ServiceTransportTests {
    /// Both eras, by what the client tries first.
    static let eras: [EraDetection.Memory] = [.nothing, .handshake]

    static func withClient<Value: Sendable>(
        of service: any MCPService,
        _ era: EraDetection.Memory = .nothing,
        handlers: MCPClientHandlers = MCPClientHandlers(),
        _ body: (MCPClient) async throws -> Value
    ) async throws -> Value {
        let client = try MCPClient(
            MCPServerConfiguration(name: "inside", endpoint: .service(service)),
            handlers: handlers,
            logger: .disabled
        )
        await client.loop.run { client.core.value.remember(era) }
        return try await client.use(body)
    }

    @Test("Requests go to the service whole and come back, in both eras", arguments: eras)
    func requests(era: EraDetection.Memory) async throws {
        let service = ScriptedService()
        try await Self.withClient(of: service, era) { client async throws in
            let agreement = try await client.connect()
            #expect(agreement.version == (era == .nothing ? .v2026_07_28 : .v2025_11_25))
            #expect(agreement.instructions == "be kind")
            let result = try await client.request("x/y", ["a": 1, "_meta": ["vendor/x": "kept"]])
            #expect(result["params"]?["a"] == 1)
            #expect(result["params"]?["_meta"]?["vendor/x"] == "kept")
        }
        // Only who shook hands can be said to leave.
        #expect(service.record.withLock { $0.left.count } == (era == .nothing ? 0 : 1))
    }

    @Test("Questions reach the client within a request, in both eras", arguments: eras)
    func questions(era: EraDetection.Memory) async throws {
        let service = ScriptedService { request throws(JSONRPCFailure) in
            async let first = Result { () async throws(JSONRPCFailure) in try await request.ask("roots/list") }
            async let second = Result { () async throws(JSONRPCFailure) in
                try await request.ask(
                    "elicitation/create",
                    ["message": "name?", "requestedSchema": ["type": "object"]]
                )
            }
            let (roots, answer) = (try await first.get(), try await second.get())
            let third = try await request.ask("roots/list")
            return [
                "content": [], "roots": roots["roots"] ?? nil, "answer": answer["content"] ?? nil,
                "same": .bool(third == roots),
            ]
        }
        let handlers = MCPClientHandlers(
            roots: { [MCPRoot(path: "/work")].compactMap(\.self) },
            elicitation: { _ in .accept(["name": "Ada"]) }
        )
        try await Self.withClient(of: service, era, handlers: handlers) { client async throws in
            let result = try await client.callTool("ask", arguments: [:])
            #expect(result.json["answer"]?["name"] == "Ada")
            #expect(result.json["roots"]?.array?.count == 1)
            #expect(result.json["same"] == true)
        }
    }

    @Test("A question that the client does not offer to answer fails, and the service may go on", arguments: eras)
    func refusedQuestions(era: EraDetection.Memory) async throws {
        let service = ScriptedService { request throws(JSONRPCFailure) in
            do throws(JSONRPCFailure) {
                return try await request.ask("sampling/createMessage", ["messages": []])
            } catch {
                return ["content": [], "code": .number(JSONNumber(error.code.rawValue))]
            }
        }
        try await Self.withClient(of: service, era) { client async throws in
            let code = try await client.callTool("ask", arguments: [:]).json["code"]?.int
            #expect(code == (era == .nothing ? -32021 : -32601))
        }
    }

    @Test("Progress and log entries come before the result", arguments: eras)
    func notifications(era: EraDetection.Memory) async throws {
        let service = ScriptedService { request throws(JSONRPCFailure) in
            guard request.method == "tools/call" else { return [:] }
            await request.report(MCPProgress(progress: 1, total: 2))
            await request.report(MCPProgress(progress: 0.5))
            await request.notify("notifications/message", ["level": "error", "data": "loud"])
            await request.notify("notifications/message", ["level": "debug", "data": "quiet"])
            await request.report(MCPProgress(progress: 2, total: 2, message: "done"))
            return ["content": []]
        }
        let heard = Locked<[String]>([])
        let handlers = MCPClientHandlers(log: { entry in heard.withLock { $0.append(entry.level) } })
        try await Self.withClient(of: service, era, handlers: handlers) { client async throws in
            if era != .nothing { try await client.setLogLevel("info") }
            let options = MCPRequestOptions(progress: { progress in heard.withLock { $0.append("\(progress.progress)") }
            })
            _ = try await client.callTool("work", arguments: [:], options: options)
        }
        #expect(heard.withLock { $0 } == ["1.0", "error", "2.0"])
    }

    @Test("A request that is taken back is cancelled at the service", arguments: eras)
    func cancellation(era: EraDetection.Memory) async throws {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let service = ScriptedService { _ in
            start.yield()
            while !Task.isCancelled { await Task.yield() }
            return [:]
        }
        try await Self.withClient(of: service, era) { client async throws in
            let call = Task { try await client.request("slow") }
            _ = await started.first { true }
            call.cancel()
            await #expect(throws: MCPError.self) { try await call.value }
            await service.wait { $0.cancelled == ["slow"] }
        }
    }

    @Test("Changes reach who listens, and nobody else", arguments: eras)
    func changes(era: EraDetection.Memory) async throws {
        let service = ScriptedService()
        try await Self.withClient(of: service, era) { client async throws in
            var changes = client.changes(
                MCPChangeFilter(tools: true, prompts: false, resources: false, contents: ["file:///a"])
            ).makeAsyncIterator()
            let filters = era == .nothing ? 1 : 2
            let all = Task {
                await service.wait { $0.subscriptions.count == filters }
                service.change(.prompts)
                service.change(.tools)
                service.change(.resource(uri: "file:///a"))
            }
            var heard: Set<MCPChange> = []
            while heard.count < 2, let change = try await changes.next() { heard.insert(change) }
            #expect(heard == [.tools, .resource(uri: "file:///a")])
            await all.value
        }
        await service.wait { $0.subscriptions.isEmpty }
    }
}
