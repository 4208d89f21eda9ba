import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

@Suite("Changes behind a pass-through", .timeLimit(.minutes(5)))
struct MCPProxyChangesTests {
    @Test("Other tools of a server are announced and listed, in every pair of eras", arguments: MCPProxyTests.cells)
    func otherTools(client era: ProxyRig.Era, server: ProxyRig.Era) async throws {
        let names = Locked(["a"])
        let service = ScriptedService { request throws(JSONRPCFailure) in
            ["tools": .array(names.withLock { $0 }.map { ["name": .string($0)] })]
        }
        let rig = try ProxyRig(["s": service], era: server)
        let client = try await rig.client(era)
        var changes = client.changes().makeAsyncIterator()
        #expect(try await client.tools().map(\.name) == ["s__a"])
        if server == .stateless { await service.wait { !$0.subscriptions.isEmpty } }
        await settle(rig, client)
        names.withLock { $0 = ["a", "b"] }
        await tell(service, rig)
        #expect(try await changes.next() == .tools)
        #expect(try await client.tools().map(\.name) == ["s__a", "s__b"])
        await rig.end()
    }

    /// Waits until the client's interest has arrived.
    private func settle(_ rig: ProxyRig, _ client: MCPClient) async {
        while rig.proxy.state.withLock({ $0.subscriptions.isEmpty }) { await Task.yield() }
    }

    /// Lets a server tell of other tools, once it is listened to.
    private func tell(_ service: ScriptedService, _ rig: ProxyRig) async {
        await service.wait { !$0.subscriptions.isEmpty }
        service.change(.tools)
    }

    @Test(
        "A server that comes back with other tools is listed anew and announced, though nobody calls it",
        arguments: ProxyRig.Era.allCases
    )
    func restart(era: ProxyRig.Era) async throws {
        let names = Locked(["a"])
        let service = ScriptedService { request throws(JSONRPCFailure) in
            ["tools": .array(names.withLock { $0 }.map { ["name": .string($0)] })]
        }
        let rig = try ProxyRig(["s": service], era: era)
        let client = try await rig.client(.handshake)
        var changes = client.changes().makeAsyncIterator()
        #expect(try await client.tools().count == 1)
        await settle(rig, client)
        names.withLock { $0 = ["b"] }
        await rig.kill("s")
        #expect(try await changes.next() == .tools)
        #expect(try await client.tools().map(\.name) == ["s__b"])
        #expect(await rig.proxy.status().servers[0].connections == 2)
        await rig.end()
    }

    @Test(
        "Resources are listened to once for all clients, and again on a new connection",
        arguments: ProxyRig.Era.allCases
    )
    func subscriptions(era: ProxyRig.Era) async throws {
        let service = ScriptedService(Offer(resources: [["uri": "file:///a"]]))
        let rig = try ProxyRig(["s": service], era: era)
        let (one, two) = (try await rig.client(.handshake), try await rig.client(.stateless))
        let filter = MCPChangeFilter(tools: false, prompts: false, resources: false, contents: ["s+file:///a"])
        var first = one.changes(filter).makeAsyncIterator()
        var second: MCPChanges.Iterator? = two.changes(filter).makeAsyncIterator()
        while rig.proxy.state.withLock({ $0.subscriptions.count { !$0.value.filter.contents.isEmpty } }) < 2 {
            await Task.yield()
        }
        let backend = try #require(rig.proxy.backends.first)
        #expect(backend.state.withLock { $0.watched } == ["file:///a": 2])
        func heard() -> Int { service.record.withLock { $0.filters.count { $0.contents == ["file:///a"] } } }
        await service.wait { $0.filters.contains { $0.contents == ["file:///a"] } }
        #expect(heard() == 1)
        await service.wait { !$0.subscriptions.isEmpty }
        service.change(.resource(uri: "file:///a"))
        #expect(try await first.next() == .resource(uri: "s+file:///a"))
        #expect(try await second?.next() == .resource(uri: "s+file:///a"))
        second = nil
        while backend.state.withLock({ $0.watched["file:///a"] }) != 1 { await Task.yield() }
        await rig.kill("s")
        // What happened meanwhile is unknown.
        _ = try await one.request("resources/list")
        #expect(try await first.next() == .resource(uri: "s+file:///a"))
        while heard() < 2 { await Task.yield() }
        await rig.end()
    }

    @Test("Servers are added, replaced, disabled and removed while clients go on")
    func servers() async throws {
        let rig = try ProxyRig(["a": ScriptedService(.tools("t")), "b": ScriptedService(.tools("t"))])
        let client = try await rig.client()
        #expect(try await client.tools().map(\.name) == ["a__t", "b__t"])
        let kept = try #require(rig.proxy.backends.first)
        try rig.proxy.setEnabled(false, "b")
        #expect(try await client.tools().map(\.name) == ["a__t"])
        #expect(await rig.proxy.status().servers.map(\.state) == [.ready, .disabled])
        await #expect(throws: MCPError.self) { try await client.callTool("b__t", arguments: [:]) }
        try rig.proxy.add(MCPServerConfiguration(name: "c", endpoint: .service(ScriptedService(.tools("x")))))
        #expect(try await client.tools().map(\.name) == ["a__t", "c__x"])
        try rig.proxy.setEnabled(true, "b")
        try rig.proxy.remove("c")
        #expect(try await client.tools().map(\.name) == ["a__t", "b__t"])
        #expect(rig.proxy.backends.first === kept)
        #expect(throws: MCPError.self) { try rig.proxy.remove("c") }
        #expect(throws: MCPError.self) { try rig.proxy.setEnabled(true, "c") }
        #expect(await rig.proxy.status().json["servers"]?.array?.first?["state"] == "ready")
        await rig.end()
    }

    @Test("Changes at once are all there in the end")
    func changesAtOnce() async throws {
        let rig = try ProxyRig(["a": ScriptedService(.tools("t"))])
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask {
                    let server = MCPServerConfiguration(
                        name: "s\(number)",
                        endpoint: .service(ScriptedService(.tools("t")))
                    )
                    try? rig.proxy.add(server)
                    if number.isMultiple(of: 2) { try? rig.proxy.remove("s\(number)") }
                }
            }
        }
        let names = await rig.proxy.status().servers.map(\.name)
        #expect(Set(names) == Set(["a"] + (0..<25).map { "s\($0 * 2 + 1)" }))
        #expect(try await rig.client().tools().count == 26)
        await rig.end()
    }

    @Test("A tool's schema is known to those who may use it, so that header fields can be held against arguments")
    func schemas() async throws {
        let schema: JSONValue = ["type": "object", "properties": ["a": ["type": "string", "x-mcp-header": "A"]]]
        let rig = try ProxyRig(
            ["s": ScriptedService(Offer(tools: [["name": "t", "inputSchema": schema]]))],
            options: .init(access: MCPAccessPolicy([.init(guests: true, deny: ["*"])]))
        )
        func known(to caller: MCPServedClient.Caller) async -> JSONValue? {
            let client = MCPServedClient(
                id: "c",
                caller: caller,
                version: .v2026_07_28,
                capabilities: [:],
                information: [:],
                channel: SilentChannel()
            )
            return await rig.proxy.inputSchema(of: "s__t", for: client)
        }
        #expect(await known(to: ProxyRig.caller) == nil)
        _ = try await rig.client().tools()
        #expect(await known(to: ProxyRig.caller) == schema)
        #expect(await known(to: .init(listener: "unix:/guest", isGuest: true)) == nil)
        await rig.end()
    }

    @Test("Other roots of a client are told to its own sessions; a client that leaves takes these with it")
    func roots() async throws {
        let service = ScriptedService(.tools("t"))
        let rig = try ProxyRig(["s": service])
        let client = try await rig.client(handlers: MCPClientHandlers(roots: { [] }))
        _ = try await client.callTool("s__t", arguments: [:])
        try await client.rootsChanged()
        await service.wait { $0.received.contains("notifications/roots/list_changed") }
        #expect(await rig.proxy.status().servers[0].sessions == 2)
        await client.close()
        await service.wait { $0.left.count == 1 }
        #expect(await rig.proxy.status().servers[0].sessions == 1)
        #expect(await rig.proxy.status().clients == 0)
        await rig.end()
    }

    @Test("A server logs at the level that most is wanted of it, and again on a new connection")
    func levels() async throws {
        let levels = Locked<[String]>([])
        let service = ScriptedService(.tools("t")) { request throws(JSONRPCFailure) in
            if request.method == "logging/setLevel" {
                levels.withLock { $0.append(request.params["level"]?.string ?? "") }
            }
            return ["content": []]
        }
        let rig = try ProxyRig(["s": service])
        let (one, two) = (try await rig.client(), try await rig.client())
        _ = try await one.tools()
        try await one.setLogLevel("warning")
        while levels.withLock({ $0 }) != ["warning"] { await Task.yield() }
        try await two.setLogLevel("debug")
        while levels.withLock({ $0 }) != ["warning", "debug"] { await Task.yield() }
        await two.close()
        while levels.withLock({ $0 }) != ["warning", "debug", "warning"] { await Task.yield() }
        await rig.kill("s")
        while levels.withLock({ $0.count }) < 4 { await Task.yield() }
        #expect(levels.withLock { $0.last } == "warning")
        await rig.end()
    }

    @Test("Tasks are led back to their server, by who made them only")
    func tasks() async throws {
        let service = ScriptedService(.tools("t")) { request throws(JSONRPCFailure) in
            switch request.method {
            case "tools/call": ["task": ["taskId": "7", "status": "working"]]
            case "tasks/get": ["taskId": request.params["taskId"] ?? nil, "status": "working"]
            default: ["method": .string(request.method)]
            }
        }
        let rig = try ProxyRig(["s": service])
        let (one, two) = (try await rig.client(), try await rig.client())
        let made = try await one.request("tools/call", ["name": "s__t", "task": [:]])
        let id = try #require(made["task"]?["taskId"]?.string)
        #expect(id == "s+7")
        #expect(try await one.request("tasks/get", ["taskId": .string(id)])["taskId"] == "s+7")
        #expect(try await one.request("tasks/cancel", ["taskId": .string(id)])["method"] == "tasks/cancel")
        for method in ["tasks/get", "tasks/result", "tasks/cancel"] {
            await #expect(throws: MCPError.self) { try await two.request(method, ["taskId": .string(id)]) }
        }
        await rig.end()
    }

    @Test("A list that changes while it is listed is not taken for the newest", arguments: ProxyRig.Era.allCases)
    func changesWhileListed(era: ProxyRig.Era) async throws {
        let lists = Locked((count: 0, isOpen: false))
        let service = ScriptedService { request throws(JSONRPCFailure) in
            guard request.method == "tools/list" else { return [:] }
            let number = lists.withLock { lists in
                lists.count += 1
                return lists.count
            }
            // The first answer is made before the change, and comes after it.
            while number == 1, !lists.withLock({ $0.isOpen }), !Task.isCancelled { await Task.yield() }
            return ["tools": [["name": number == 1 ? "old" : "new"]]]
        }
        let rig = try ProxyRig(["s": service], era: era)
        let client = try await rig.client()
        let first = Task { try await client.tools().map(\.name) }
        while lists.withLock({ $0.count }) == 0 { await Task.yield() }
        let backend = try #require(rig.proxy.backends.first)
        await service.wait { !$0.subscriptions.isEmpty }
        let before = backend.state.withLock { $0.lists[.tools]?.generation ?? 0 }
        service.change(.tools)
        while backend.state.withLock({ $0.lists[.tools]?.generation ?? 0 }) == before { await Task.yield() }
        lists.withLock { $0.isOpen = true }
        #expect(try await first.value == ["s__new"])
        await rig.end()
    }

    @Test("A resource is listened to at the server that takes the place of another", arguments: ProxyRig.Era.allCases)
    func replacedServer(era: ProxyRig.Era) async throws {
        let (one, two) = (ScriptedService(Offer()), ScriptedService(Offer()))
        let rig = try ProxyRig(["s": one], era: era)
        let client = try await rig.client()
        let filter = MCPChangeFilter(tools: false, prompts: false, resources: false, contents: ["s+file:///a"])
        var changes = client.changes(filter).makeAsyncIterator()
        await one.wait { $0.filters.contains { $0.contents == ["file:///a"] } }
        while rig.proxy.state.withLock({ $0.subscriptions.count { !$0.value.filter.contents.isEmpty } }) < 1 {
            await Task.yield()
        }
        try rig.proxy.add(MCPServerConfiguration(name: "s", endpoint: .service(two)))
        #expect(try await changes.next() == .resource(uri: "s+file:///a"))
        await two.wait { $0.filters.contains { $0.contents == ["file:///a"] } }
        two.change(.resource(uri: "file:///a"))
        #expect(try await changes.next() == .resource(uri: "s+file:///a"))
        await rig.end()
    }

    @Test("What is not allowed any more is not told of either")
    func forbiddenResource() async throws {
        let service = ScriptedService(Offer())
        let rig = try ProxyRig(["s": service])
        let client = try await rig.client()
        let heard = Locked<[MCPChange]>([])
        let reader = Task {
            var filter = MCPChangeFilter(prompts: false, resources: false)
            filter.contents = ["s+file:///a", "s+file:///b"]
            for try await change in client.changes(filter) { heard.withLock { $0.append(change) } }
        }
        await service.wait { $0.filters.count { !$0.contents.isEmpty } == 2 }
        while rig.proxy.state.withLock({ $0.subscriptions.count { !$0.value.filter.contents.isEmpty } }) < 2 {
            await Task.yield()
        }
        rig.proxy.setAccess(MCPAccessPolicy([.init(deny: ["s+file:///a"])]))
        while heard.withLock({ !$0.contains(.tools) }) { await Task.yield() }
        heard.withLock { $0 = [] }
        service.change(.resource(uri: "file:///a"))
        service.change(.resource(uri: "file:///b"))
        while heard.withLock({ $0.isEmpty }) { await Task.yield() }
        // Once more where a stream for it has just begun anew, which may have missed something.
        #expect(heard.withLock { $0.allSatisfy { $0 == .resource(uri: "s+file:///b") } })
        reader.cancel()
        await rig.end()
    }
}
