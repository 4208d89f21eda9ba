import Testing
import TransportKit

@testable import MCPKit

@Suite(.timeLimit(.minutes(5)))
struct HostileServerTests {
    private func withClient<Value>(
        _ mode: String = "handshake",
        handlers: MCPClientHandlers = MCPClientHandlers(),
        timeouts: MCPServerConfiguration.Timeouts = .init(),
        _ body: (MCPClient) async throws -> Value
    ) async throws -> Value {
        let configuration = HostileServer.configuration(mode, timeouts: timeouts)
        let client = try MCPClient(configuration, handlers: handlers, logger: .disabled)
        return try await client.use(body)
    }

    private func expectEcho(_ client: MCPClient) async throws {
        #expect(try await client.callTool("echo", arguments: ["x": 1]).text == #"{"x": 1}"#)
    }

    @Test("Noise around an answer, floods and batches harm nothing", arguments: ["noise", "batch", "flood"])
    func survivesNoise(tool: String) async throws {
        let texts = ["noise": "after the noise", "batch": "batched", "flood": "dry"]
        try await withClient { client async throws in
            #expect(try await client.callTool(tool, arguments: [:]).text == texts[tool])
            try await expectEcho(client)
        }
    }

    @Test(
        "What is wrong with one answer is an error of that call, in bounded time; the next call goes on",
        arguments: [
            ("huge", MCPError.Code.tooLarge), ("both", .protocolViolation), ("array", .protocolViolation),
            ("error", .request),
            ("wrong", .timeout), ("silence", .timeout),
        ]
    )
    func failsOneCall(tool: String, code: MCPError.Code) async throws {
        try await withClient { client async throws in
            let options = MCPRequestOptions(timeLimit: code == .timeout ? .milliseconds(300) : .seconds(20))
            let error = await #expect(throws: MCPError.self) {
                try await client.callTool(tool, arguments: [:], options: options)
            }
            #expect(error?.code == code)
            #expect(error?.server == "hostile")
            try await expectEcho(client)
            #expect(await client.statistics().starts == 1)
        }
    }

    @Test(
        "Death in the middle of a call is an error at once, and the next call starts the server anew",
        arguments: ["die", "close", "fork-die"]
    )
    func survivesDeath(tool: String) async throws {
        try await withClient { client async throws in
            async let waiting = client.callTool("silence", arguments: [:])
            try await expectEcho(client)
            let start = ContinuousClock.now
            let error = await #expect(throws: MCPError.self) { try await client.callTool(tool, arguments: [:]) }
            #expect(error?.code == .closed)
            #expect(start.duration(to: .now) < .seconds(5))
            do {
                _ = try await waiting
                Issue.record("an answer came from a dead server")
            } catch let error as MCPError {
                #expect(error.code == .closed)
            }
            try await expectEcho(client)
            #expect(await client.statistics().starts == 2)
        }
    }

    @Test(
        "A server that ends while connecting, or says nothing, is an error in bounded time",
        arguments: ["exit", "silent"]
    )
    func failsToConnect(mode: String) async throws {
        let isSilent = mode == "silent"
        let timeouts = MCPServerConfiguration.Timeouts(
            connect: isSilent ? .seconds(1) : .seconds(20),
            probe: isSilent ? .milliseconds(200) : .seconds(8)
        )
        try await withClient(mode, timeouts: timeouts) { client async throws in
            let error = await #expect(throws: MCPError.self) { try await client.connect() }
            #expect(error?.code == (mode == "exit" ? .closed : .timeout))
            #expect((error?.errorOutput?.contains("there is no licence") ?? false) == (mode == "exit"))
        }
    }

    @Test("A server that speaks no known version is told so by name")
    func refusesUnknownVersions() async throws {
        try await withClient("ancient") { client async throws in
            let error = await #expect(throws: MCPError.self) { try await client.connect() }
            #expect(error?.code == .version)
            #expect(error?.message.contains("1999-01-01") == true)
        }
    }

    @Test(
        "Servers that do not know the probe are led to the handshake",
        arguments: ["chatty", "dies-on-probe", "ignores-probe"]
    )
    func fallsBack(mode: String) async throws {
        try await withClient(mode, timeouts: .init(probe: .milliseconds(500))) { client async throws in
            #expect(try await client.connect().version == .v2025_11_25)
            try await expectEcho(client)
        }
    }

    @Test("A fork that survives its server is ended with it")
    func endsForks() async throws {
        let group = try await withClient { client async throws in
            try #require(Int32(try await client.callTool("fork", arguments: [:]).text))
        }
        // A process that was killed needs a moment to go; one that was not would stay for many minutes.
        while try await !isGone(group) {}
    }

    private func isGone(_ group: Int32) async throws -> Bool {
        let command = SubprocessCommand("ps", ["-eo", "pgid=,stat="], environment: ["PATH": "/usr/bin:/bin"])
        let text = String(decoding: try await Subprocess.run(command).output, as: UTF8.self)
        return !text.split(separator: "\n").contains { line in
            let columns = line.split(separator: " ")
            return columns.first.flatMap { Int32($0) } == group && columns.last?.hasPrefix("Z") == false
        }
    }

    @Test("Progress grows, and goes to its call")
    func reportsProgress() async throws {
        let seen = Locked<[Double]>([])
        try await withClient { client async throws in
            let options = MCPRequestOptions { progress in seen.withLock { $0.append(progress.progress) } }
            #expect(try await client.callTool("progress", arguments: [:], options: options).text == "done")
        }
        #expect(seen.withLock { $0 } == [1, 2, 3.5])
    }

    @Test("Cancelling the task ends the call at once and tells the server")
    func cancels() async throws {
        try await withClient { client async throws in
            try await expectEcho(client)
            let call = Task { try await client.callTool("silence", arguments: [:]) }
            while await client.statistics().active == 0 { await Task.yield() }
            call.cancel()
            let error = await #expect(throws: MCPError.self) { try await call.value }
            #expect(error?.code == .cancelled)
            #expect(try await client.callTool("cancelled", arguments: [:]).text != "[]")
        }
    }

    @Test("What a server asks is answered, or refused where it is not offered")
    func answersServers() async throws {
        let handlers = MCPClientHandlers(
            roots: { [MCPRoot(path: "/tmp/a b", name: "a")].compactMap(\.self) },
            elicitation: { $0.message == "ok" ? .accept(["name": "Ada"]) : .decline }
        )
        try await withClient(handlers: handlers) { client async throws in
            func ask(_ method: String, _ params: JSONValue = [:]) async throws -> JSONValue {
                let arguments: JSONObject = ["method": .string(method), "params": params]
                return try JSONValue(parsing: try await client.callTool("ask", arguments: arguments).text)
            }
            #expect(try await ask("roots/list") == ["roots": [["uri": "file:///tmp/a%20b", "name": "a"]]])
            #expect(try await ask("ping") == [:])
            #expect(try await ask("sampling/createMessage")["code"]?.int == -32601)
            #expect(try await ask("elicitation/create", ["message": "no"]) == ["action": "decline"])
            let form: JSONValue = ["message": "ok", "requestedSchema": ["type": "object", "required": ["name"]]]
            #expect(try await ask("elicitation/create", form) == ["action": "accept", "content": ["name": "Ada"]])
            let misfit: JSONValue = ["message": "ok", "requestedSchema": ["type": "object", "required": ["age"]]]
            #expect(try await ask("elicitation/create", misfit)["code"] != nil)
            #expect(
                try await ask("elicitation/create", ["message": "ok", "mode": "url", "url": "https://x"])["code"]?.int
                    == -32602
            )
        }
    }

    @Test("Pages are joined; an empty cursor is one, and a list without end is an error")
    func joinsPages() async throws {
        try await withClient { client async throws in
            #expect(try await client.tools().map(\.name) == ["tool0", "tool0b", "tool2", "tool3", "tool4"])
            var count = 0
            for try await page in client.toolPages { count += page.count }
            #expect(count == 5)
        }
        try await withClient("endless") { client async throws in
            let error = await #expect(throws: MCPError.self) { try await client.tools() }
            #expect(error?.code == .limit)
        }
    }

    @Test("What the server does not offer is refused here; its lists are empty")
    func respectsCapabilities() async throws {
        try await withClient("bare") { client async throws in
            #expect(try await client.tools().isEmpty)
            let error = await #expect(throws: MCPError.self) { try await client.callTool("echo", arguments: [:]) }
            #expect(error?.code == .unsupported)
        }
    }

    @Test("In the stateless era requests carry who asks, and questions of the server are answered")
    func speaksStateless() async throws {
        let handlers = MCPClientHandlers(elicitation: { _ in .accept(["name": "Ada"]) })
        try await withClient("stateless", handlers: handlers) { client async throws in
            #expect(try await client.connect().version == .v2026_07_28)
            let metadata = try JSONValue(parsing: try await client.callTool("meta", arguments: [:]).text)
            #expect(metadata["io.modelcontextprotocol/protocolVersion"] == "2026-07-28")
            #expect(metadata["io.modelcontextprotocol/clientCapabilities"]?["elicitation"]?["form"] == [:])
            let answer = try JSONValue(parsing: try await client.callTool("input", arguments: [:]).text)
            #expect(answer == [["a": ["action": "accept", "content": ["name": "Ada"]]], "s1"])
            for (tool, code) in [("always-input", MCPError.Code.limit), ("odd-type", .protocolViolation)] {
                let error = await #expect(throws: MCPError.self) { try await client.callTool(tool, arguments: [:]) }
                #expect(error?.code == code)
            }
        }
    }

    @Test("A server per call: each has its own, and all are gone afterwards")
    func opensPerCall() async throws {
        let client = try MCPClient(HostileServer.configuration(policy: .perCall))
        async let first = client.callTool("echo", arguments: ["n": 1])
        async let second = client.callTool("echo", arguments: ["n": 2])
        #expect(try await first.text == #"{"n": 1}"#)
        #expect(try await second.text == #"{"n": 2}"#)
        await client.close()
    }

    @Test("A program that is not there is said by name")
    func namesMissingPrograms() async throws {
        let endpoint = MCPServerConfiguration.Endpoint.command(.init("no-such-mcp-server"))
        let client = try MCPClient(MCPServerConfiguration(name: "gone", endpoint: endpoint))
        let error = await #expect(throws: MCPError.self) { try await client.connect() }
        #expect(error?.code == .launch)
        #expect(error?.description.contains("no-such-mcp-server") == true)
        #expect(error?.description.contains("gone") == true)
        await client.close()
        let closed = await #expect(throws: MCPError.self) { try await client.connect() }
        #expect(closed?.code == .closed)
    }
}
