import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

/// A server of the stateless era whose streams of news end when the test says so.
private final class NewsServer: Sendable {
    struct State: Sendable {
        var tools = ["a"]
        var lists = 0
        var peer: InMemoryTransport.Peer?
        var listening: [JSONRPCID] = []
        /// What the next requests to listen are refused with.
        var refusals: [JSONRPCFailure] = []
        var refused = 0
    }

    let state = Locked(State())
    private let tellsChanges: Bool

    init(tellsChanges: Bool = true) {
        self.tellsChanges = tellsChanges
    }

    func factory() -> TransportFactory {
        TransportFactory({
            InMemoryTransport { message, _, peer in
                self.state.withLock { $0.peer = peer }
                guard case .request(let id, let method, _) = message else { return }
                self.asked(id, method, peer)
            }
        })
    }

    private func asked(_ id: JSONRPCID, _ method: String, _ peer: InMemoryTransport.Peer) {
        switch method {
        case "server/discover":
            let tools: JSONValue = tellsChanges ? ["listChanged": true] : [:]
            let capabilities: JSONValue = ["tools": tools]
            peer.send(.response(id: id, result: ["supportedVersions": ["2026-07-28"], "capabilities": capabilities]))
        case "tools/list":
            let tools = state.withLock { state in
                state.lists += 1
                return state.tools
            }
            let list = tools.map { JSONValue.object(["name": .string($0), "inputSchema": ["type": "object"]]) }
            peer.send(.response(id: id, result: ["resultType": "complete", "tools": .array(list)]))
        case "subscriptions/listen":
            let refusal = state.withLock { state -> JSONRPCFailure? in
                guard state.refusals.isEmpty else {
                    state.refused += 1
                    return state.refusals.removeFirst()
                }
                state.listening.append(id)
                return nil
            }
            if let refusal { return peer.send(.failure(id: id, refusal)) }
            let metadata: JSONValue = ["io.modelcontextprotocol/subscriptionId": id.json]
            let params: JSONValue = ["notifications": ["toolsListChanged": true], "_meta": metadata]
            peer.send(.notification(method: "notifications/subscriptions/acknowledged", params: params))
        default: peer.send(.failure(id: id, JSONRPCFailure(.methodNotFound, "what?")))
        }
    }

    /// Ends the stream of news in order.
    func endNews() {
        let (peer, ids) = state.withLock { state in
            defer { state.listening = [] }
            return (state.peer, state.listening)
        }
        for id in ids { peer?.send(.response(id: id, result: ["resultType": "complete"])) }
    }
}

@Suite("How a pass-through listens to servers of the stateless era", .timeLimit(.minutes(5)))
struct ListeningTests {
    private func rig(_ server: NewsServer, _ clock: ManualClock) throws -> ProxyRig {
        try ProxyRig(["s": ScriptedService()], era: .stateless, clock: clock) { _, _, _ in server.factory() }
    }

    @Test("What changed between two streams of news is found and told")
    func gap() async throws {
        let (server, clock) = (NewsServer(), ManualClock())
        let rig = try rig(server, clock)
        let client = try await rig.client()
        var changes = client.changes().makeAsyncIterator()
        #expect(try await client.tools().map(\.name) == ["s__a"])
        while rig.proxy.state.withLock({ $0.subscriptions.isEmpty }) { await Task.yield() }
        while server.state.withLock({ $0.listening.isEmpty }) { await Task.yield() }
        server.endNews()
        server.state.withLock { $0.tools = ["a", "b"] }
        while server.state.withLock({ $0.listening.isEmpty }) {
            clock.advance(by: .milliseconds(100))
            await Task.yield()
        }
        #expect(try await changes.next() == .tools)
        #expect(try await client.tools().map(\.name) == ["s__a", "s__b"])
        await rig.end()
    }

    @Test("A server that cannot be listened to for a while is listened to afterwards")
    func passing() async throws {
        let (server, clock) = (NewsServer(), ManualClock())
        let busy = JSONRPCFailure(.internalError, "too many requests")
        server.state.withLock { $0.refusals = [busy, busy] }
        let rig = try rig(server, clock)
        let client = try await rig.client()
        #expect(try await client.tools().count == 1)
        while server.state.withLock({ $0.listening.isEmpty }) {
            clock.advance(by: .milliseconds(100))
            await Task.yield()
        }
        #expect(server.state.withLock { $0.refused } == 2)
        await rig.end()
    }

    @Test("A server that tells nothing of changes is asked for its list again in time", arguments: [true, false])
    func silent(says: Bool) async throws {
        let (server, clock) = (NewsServer(tellsChanges: says), ManualClock())
        server.state.withLock { $0.refusals = [JSONRPCFailure(.methodNotFound, "what?")] }
        let rig = try rig(server, clock)
        let client = try await rig.client()
        #expect(try await client.tools().map(\.name) == ["s__a"])
        while server.state.withLock({ $0.refused == 0 }) { await Task.yield() }
        server.state.withLock { $0.tools = ["b"] }
        let backend = try #require(rig.proxy.backends.first)
        clock.advance(by: .seconds(61))
        while backend.freshList(.tools) != nil {
            clock.advance(by: .seconds(1))
            await Task.yield()
        }
        #expect(try await client.request("tools/list")["tools"]?.array?.map { $0["name"] } == ["s__b"])
        await rig.end()
    }
}
