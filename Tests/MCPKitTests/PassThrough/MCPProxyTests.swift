import Testing
import TransportKit

@testable import MCPKit

@Suite("Pass-through", .timeLimit(.minutes(5)))
struct MCPProxyTests {
    /// Every pair of eras: the client's, the server's.
    static let cells = ProxyRig.Era.allCases.flatMap { client in ProxyRig.Era.allCases.map { (client, $0) } }

    @Test(
        "Tools of all servers are listed and called, and metadata go through whole, in every pair of eras",
        arguments: cells
    )
    func calls(client era: ProxyRig.Era, server: ProxyRig.Era) async throws {
        let rig = try ProxyRig(
            [
                "one": ScriptedService(.tools("echo", "only")) { request throws(JSONRPCFailure) in
                    [
                        "content": [], "params": .object(request.params), "unknown": ["kept": 1],
                        "_meta": ["vendor/result": [1, 2]],
                    ]
                },
                "two": ScriptedService(.tools("echo")),
            ],
            era: server
        )
        let client = try await rig.client(era)
        #expect(try await client.connect().version.isStateless == (era == .stateless))
        #expect(try await client.tools().map(\.name) == ["one__echo", "one__only", "two__echo"])
        let result = try await client.request(
            "tools/call",
            [
                "name": "one__echo", "arguments": ["a": [1.50, nil]], "extra": true,
                "_meta": ["vendor/x": ["deep": "value"], "traceparent": "00-1-2-01"],
            ]
        )
        let params = try #require(result["params"]?.object)
        #expect(params["name"] == "echo" && params["arguments"] == ["a": [1.50, nil]] && params["extra"] == true)
        #expect(params["_meta"]?["vendor/x"]?["deep"] == "value" && params["_meta"]?["traceparent"] == "00-1-2-01")
        #expect(result["unknown"]?["kept"] == 1 && result["_meta"]?["vendor/result"] == [1, 2])
        let version = params["_meta"]?["io.modelcontextprotocol/protocolVersion"]?.string
        #expect(version == (server == .stateless ? "2026-07-28" : nil))
        #expect(try await client.callTool("two__echo", arguments: [:]).json["params"]?["name"] == "echo")
        await rig.end()
    }

    @Test("What a server asks is answered by the client that called, in every pair of eras", arguments: cells)
    func questions(client era: ProxyRig.Era, server: ProxyRig.Era) async throws {
        let service = ScriptedService(.tools("ask")) { request throws(JSONRPCFailure) in
            let roots = try await request.ask("roots/list")
            let answer = try await request.ask(
                "elicitation/create",
                ["message": "who?", "requestedSchema": ["type": "object"], "_meta": ["vendor/q": 1]]
            )
            return ["content": [], "roots": .object(roots), "answer": .object(answer)]
        }
        let rig = try ProxyRig(["asker": service], era: server)
        func handlers(_ name: String) -> MCPClientHandlers {
            MCPClientHandlers(
                roots: { [MCPRoot(path: "/\(name)")].compactMap(\.self) },
                elicitation: { _ in .accept(["name": .string(name)]) }
            )
        }
        let (ada, bob) = (
            try await rig.client(era, handlers: handlers("ada")), try await rig.client(era, handlers: handlers("bob"))
        )
        for _ in 0..<3 {
            async let first = ada.callTool("asker__ask", arguments: [:])
            async let second = bob.callTool("asker__ask", arguments: [:])
            let (one, two) = (try await first, try await second)
            #expect(one.json["answer"]?["content"]?["name"] == "ada")
            #expect(two.json["answer"]?["content"]?["name"] == "bob")
            #expect(one.json["roots"]?["roots"]?.array?.first?["uri"] == "file:///ada")
        }
        // Who offers nothing is asked nothing, and its call fails in words.
        let nobody = try await rig.client(era)
        await #expect(throws: MCPError.self) { try await nobody.callTool("asker__ask", arguments: [:]) }
        await rig.end()
    }

    @Test("Progress and what is logged about a call reach the caller before its result", arguments: cells)
    func progress(client era: ProxyRig.Era, server: ProxyRig.Era) async throws {
        let service = ScriptedService(.tools("slow")) { request throws(JSONRPCFailure) in
            for step in 1...3 {
                await request.notify("notifications/progress", ["progress": .number(JSONNumber(step)), "total": 3])
            }
            await request.notify("notifications/message", ["level": "error", "data": "hot"])
            return ["content": []]
        }
        let rig = try ProxyRig(["s": service], era: server)
        let logged = Locked<[JSONObject]>([])
        let client = try await rig.client(
            era,
            handlers: MCPClientHandlers(log: { entry in logged.withLock { $0.append(entry.json) } })
        )
        try await client.setLogLevel("info")
        let reports = Locked<[Double]>([])
        let options = MCPRequestOptions { report in reports.withLock { $0.append(report.progress) } }
        _ = try await client.callTool("s__slow", arguments: [:], options: options)
        #expect(reports.withLock { $0 } == [1, 2, 3])
        #expect(logged.withLock { $0.first?["data"] } == "hot")
        #expect(logged.withLock { $0.first?["_meta"]?["modelplex/server"] } == "s")
        await rig.end()
    }

    @Test("A call that is taken back is taken back at the server", arguments: cells)
    func cancels(client era: ProxyRig.Era, server: ProxyRig.Era) async throws {
        let begun = Locked(false)
        let service = ScriptedService(.tools("hang")) { request throws(JSONRPCFailure) in
            begun.withLock { $0 = true }
            while !Task.isCancelled { await Task.yield() }
            throw JSONRPCFailure(.internalError, "cancelled")
        }
        let rig = try ProxyRig(["s": service], era: server)
        let client = try await rig.client(era)
        let call = Task { try await client.callTool("s__hang", arguments: [:]) }
        while !begun.withLock({ $0 }) { await Task.yield() }
        call.cancel()
        await #expect(throws: MCPError.self) { try await call.value }
        await service.wait { $0.cancelled == ["tools/call"] }
        await rig.end()
    }

    @Test("Servers with same-named tools, and servers whose names look alike, keep all of their tools apart")
    func collisions() async throws {
        let rig = try ProxyRig([
            "a.b": ScriptedService(.tools("t")), "a_b": ScriptedService(.tools("t", "t.t", "t_t")),
            "c": ScriptedService(.tools("t")),
        ])
        let client = try await rig.client()
        let names = try await client.tools().map(\.name)
        #expect(Set(names).count == 5 && names.allSatisfy { $0.count <= 64 })
        for (name, own) in zip(names, ["t", "t", "t.t", "t_t", "t"]) {
            #expect(try await client.callTool(name, arguments: [:]).json["params"]?["name"]?.string == own)
        }
        let collisions = await rig.proxy.status().collisions
        #expect(collisions.map(\.name) == ["a_b__t", "a_b__t_t"])
        #expect(collisions.first?.items.map(\.server) == ["a.b", "a_b"])
        await rig.end()
    }

    @Test("Resources, templates, prompts and completions lead to their servers, and back", arguments: cells)
    func resources(client era: ProxyRig.Era, server: ProxyRig.Era) async throws {
        let offer = Offer(
            tools: [["name": "view", "inputSchema": ["type": "object"], "_meta": ["ui": ["resourceUri": "ui://v"]]]],
            prompts: [["name": "greet"]],
            resources: [["uri": "file:///a+b.txt", "name": "a"]],
            templates: [["uriTemplate": "file:///{path}", "name": "files"]]
        )
        let service = ScriptedService(offer) { request throws(JSONRPCFailure) in
            switch request.method {
            case "resources/read":
                return ["contents": [["uri": request.params["uri"] ?? nil, "text": "hello"]]]
            case "prompts/get":
                let link: JSONValue = ["type": "resource_link", "uri": "file:///x", "name": "x"]
                return ["messages": [["role": "user", "content": link]], "asked": request.params["name"] ?? nil]
            case "completion/complete": return ["completion": ["values": [request.params["ref"]?["uri"] ?? "?"]]]
            default:
                return [
                    "content": [
                        ["type": "text", "text": "file:///stays"],
                        ["type": "resource", "resource": ["uri": "file:///y", "text": "y"]],
                    ]
                ]
            }
        }
        let rig = try ProxyRig(["Files_1": service, "other": ScriptedService(Offer())], era: server)
        let client = try await rig.client(era)
        let uri = "files-1+file:///a+b.txt"
        #expect(try await client.resources().map(\.uri) == [uri])
        #expect(try await client.resourceTemplates().map(\.uriTemplate) == ["files-1+file:///{path}"])
        #expect(try await client.readResource(uri).first?.uri == uri)
        #expect(try await client.readResource("FILES-1+file:///z").first?.uri == "files-1+file:///z")
        let prompt = try await client.prompt("Files_1__greet")
        #expect(prompt.json["asked"] == "greet")
        #expect(prompt.json["messages"]?.array?.first?["content"]?["uri"] == "files-1+file:///x")
        let result = try await client.callTool("Files_1__view", arguments: [:])
        #expect(result.json["content"]?.array?.last?["resource"]?["uri"] == "files-1+file:///y")
        #expect(result.text == "file:///stays")
        #expect(try await client.tools().first?.metadata["ui"]?["resourceUri"] == "files-1+ui://v")
        let completion = try await client.request(
            "completion/complete",
            [
                "ref": ["type": "ref/resource", "uri": "files-1+file:///{path}"],
                "argument": ["name": "path", "value": "a"],
            ]
        )
        #expect(completion["completion"]?["values"] == ["file:///{path}"])
        await #expect(throws: MCPError.self) { try await client.readResource("nobody+file:///a") }
        await rig.end()
    }

    @Test("Long lists come in pages, whose cursors lead on")
    func pages() async throws {
        let offer = Offer(tools: (0..<25).map { ["name": .string("t\($0)"), "inputSchema": [:]] })
        let rig = try ProxyRig(
            ["a": ScriptedService(offer), "b": ScriptedService(offer)],
            options: .init(pageSize: 20)
        )
        let client = try await rig.client()
        #expect(try await client.tools().count == 50)
        let first = try await client.request("tools/list")
        #expect(first["tools"]?.array?.count == 20 && first["nextCursor"] == "20")
        let error = await #expect(throws: MCPError.self) {
            try await client.request("tools/list", ["cursor": "elsewhere"])
        }
        #expect(error?.failure?.code == .invalidParams)
        await rig.end()
    }
}
