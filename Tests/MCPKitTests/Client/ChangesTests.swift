import Testing
import TransportKit

@testable import MCPKit

@Suite("Changes at a server", .timeLimit(.minutes(5)))
struct ChangesTests {
    private static let capabilities: JSONObject = [
        "tools": ["listChanged": true], "resources": ["subscribe": true, "listChanged": true],
    ]

    private static func told(_ method: String, _ params: JSONValue? = nil) -> JSONRPCMessage {
        .notification(method: "notifications/\(method)", params: params)
    }

    @Test("What a server tells is handed on once, and what was subscribed to is let go at the end")
    func subscribes() async throws {
        let server = ScriptedServer(capabilities: Self.capabilities)
        let client = server.client()
        do {
            let changes = client.changes(MCPChangeFilter(prompts: false, contents: ["file:///a", "file:///b"]))
            var iterator = changes.makeAsyncIterator()
            while server.params("resources/subscribe").count < 2 { await Task.yield() }
            let peer = try #require(server.peer)
            peer.send(Self.told("prompts/list_changed"))
            peer.send(Self.told("tools/list_changed"))
            peer.send(Self.told("tools/list_changed"))
            peer.send(Self.told("resources/updated", ["uri": "file:///a"]))
            // What comes while it is not read is told once.
            while try await client.connection().session.figures().notifications < 4 { await Task.yield() }
            #expect(try await iterator.next() == .tools)
            #expect(try await iterator.next() == .resource(uri: "file:///a"))
            #expect(server.params("resources/unsubscribe").isEmpty)
        }
        while server.params("resources/unsubscribe").count < 2 { await Task.yield() }
        #expect(
            Set(server.params("resources/unsubscribe").compactMap { $0["uri"]?.string }) == ["file:///a", "file:///b"]
        )
        await client.close()
    }

    @Test("What another listener still wants to hear of is not let go")
    func keepsSubscriptions() async throws {
        let server = ScriptedServer(capabilities: Self.capabilities)
        let client = server.client()
        let only = MCPChangeFilter(tools: false, prompts: false, resources: false, contents: ["file:///a"])
        var more = only
        more.contents.append("file:///b")
        var kept = client.changes(only).makeAsyncIterator()
        do {
            let other = client.changes(more).makeAsyncIterator()
            while server.params("resources/subscribe").count < 3 { await Task.yield() }
            _ = consume other
        }
        while server.params("resources/unsubscribe").isEmpty { await Task.yield() }
        server.peer?.send(Self.told("resources/updated", ["uri": "file:///a"]))
        #expect(try await kept.next() == .resource(uri: "file:///a"))
        #expect(server.params("resources/unsubscribe") == [["uri": "file:///b"]])
        await client.close()
        #expect(try await kept.next() == nil)
    }

    @Test("After a connection broke all is subscribed to again, and counts as changed")
    func survivesBreaks() async throws {
        let server = ScriptedServer(capabilities: Self.capabilities)
        let client = server.client()
        var iterator = client.changes(MCPChangeFilter(resources: false, contents: ["file:///a"])).makeAsyncIterator()
        while server.params("resources/subscribe").isEmpty { await Task.yield() }
        server.peer?.disconnect()
        var seen: Set<MCPChange> = []
        for _ in 0..<3 { seen.insert(try #require(try await iterator.next())) }
        #expect(seen == [.tools, .prompts, .resource(uri: "file:///a")])
        #expect(server.connections == 2)
        while server.params("resources/subscribe").count < 2 { await Task.yield() }
        await client.close()
    }

    @Test("A server without subscriptions says so at once")
    func refuses() async throws {
        let server = ScriptedServer(capabilities: ["resources": [:]])
        let client = server.client()
        var iterator = client.changes(MCPChangeFilter(contents: ["file:///a"])).makeAsyncIterator()
        let error = await #expect(throws: MCPError.self) { try await iterator.next() }
        #expect(error?.code == .unsupported)
        await client.close()
    }

    @Test("In the stateless era each listener has a stream of its own, which ends with it")
    func listens() async throws {
        let streams = Locked<[JSONRPCID]>([])
        let server = ScriptedServer(.v2026_07_28, capabilities: Self.capabilities) { method, _, id in
            guard method == "subscriptions/listen" else { return .success([:]) }
            streams.withLock { $0.append(id) }
            return nil
        }
        let client = server.client()
        var first = client.changes(MCPChangeFilter(prompts: false)).makeAsyncIterator()
        while streams.withLock({ $0.count }) < 1 { await Task.yield() }
        do {
            var second = client.changes(MCPChangeFilter(contents: ["file:///a"])).makeAsyncIterator()
            while streams.withLock({ $0.count }) < 2 { await Task.yield() }
            let ids = streams.withLock { $0 }.map(\.json)
            func told(_ method: String, _ stream: Int, _ uri: JSONValue? = nil) {
                var params: JSONObject = ["_meta": ["io.modelcontextprotocol/subscriptionId": ids[stream]]]
                params["uri"] = uri
                server.peer?.send(Self.told(method, .object(params)))
            }
            told("subscriptions/acknowledged", 0)
            told("tools/list_changed", 1)
            told("resources/updated", 1, "file:///a")
            told("resources/list_changed", 0)
            #expect(try await second.next() == .tools)
            #expect(try await second.next() == .resource(uri: "file:///a"))
            #expect(try await first.next() == .resources)
        }
        while server.params("notifications/cancelled").isEmpty { await Task.yield() }
        let ids = streams.withLock { $0 }
        #expect(server.params("notifications/cancelled").first?["requestId"] == ids[1].json)
        // A stream that the server ends is over.
        server.peer?.send(.response(id: ids[0], result: [:]))
        #expect(try await first.next() == nil)
        await client.close()
    }

    @Test("A reader that is cancelled ends")
    func endsCancelled() async throws {
        let server = ScriptedServer(capabilities: Self.capabilities)
        let client = server.client()
        let reader = Task {
            var count = 0
            for try await _ in client.changes() { count += 1 }
            return count
        }
        while server.connections == 0 { await Task.yield() }
        reader.cancel()
        #expect(try await reader.value == 0)
        await client.close()
    }
}
