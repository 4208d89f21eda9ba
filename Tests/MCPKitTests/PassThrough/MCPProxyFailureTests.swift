import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

@Suite("Failures behind a pass-through", .timeLimit(.minutes(5)))
struct MCPProxyFailureTests {
    /// Whether there is somebody on a way, and how often it was gone.
    private final class Door: Sendable {
        let isOpen = Locked(false)
        let starts = Locked(0)
    }

    /// A way to nobody, as long as a test says so; then to a service.
    private static func ways(_ door: Door, _ service: any MCPService) -> MCPProxy.Ways {
        { configuration, group, logger throws(MCPError) in
            guard configuration.name == "flaky" else {
                return try TransportFactory.configured(configuration, group: group, logger: logger)
            }
            return TransportFactory { () throws(MCPError) in
                door.starts.withLock { $0 += 1 }
                guard door.isOpen.withLock({ $0 }) else { throw MCPError(.launch, "there is no such program") }
                return ServiceTransport(service)
            }
        }
    }

    @Test("A server that fails costs its own entries only, says so, and is back without any client connecting anew")
    func unavailable() async throws {
        let (clock, door) = (ManualClock(), Door())
        let service = ScriptedService(.tools("f"))
        let rig = try ProxyRig(
            ["good": ScriptedService(.tools("g")), "flaky": service],
            clock: clock,
            ways: Self.ways(door, service)
        )
        let client = try await rig.client()
        var changes = client.changes().makeAsyncIterator()
        let list = try await client.request("tools/list")
        #expect(list["tools"]?.array?.map { $0["name"] } == ["good__g"])
        let missing = try #require(list["_meta"]?["modelplex/unavailable"]?.array?.first)
        #expect(missing["server"] == "flaky" && missing["code"] == "launch")
        let status = await rig.proxy.status().servers
        #expect(status.map(\.state) == [.ready, .failing])
        #expect(status[1].tools == nil && status[1].retryIn != nil && status[1].errorCode == "launch")
        // A list does not wait for what is known to fail, and does not start it more often.
        _ = try await client.request("tools/list")
        #expect(door.starts.withLock { $0 } == 1)
        let error = await #expect(throws: MCPError.self) {
            try await rig.proxy.call("f", of: "flaky", arguments: [:], for: ProxyRig.caller)
        }
        #expect(error?.code == .launch && error?.server == "flaky")
        #expect(error?.retryAfter != nil)
        let named = await #expect(throws: MCPError.self) {
            try await rig.proxy.call(named: "flaky__f", arguments: [:], for: ProxyRig.caller)
        }
        #expect(named?.description == error?.description && named?.code == .launch)
        let failure = await #expect(throws: MCPError.self) { try await client.callTool("flaky__f", arguments: [:]) }
        #expect(failure?.failure?.data?["modelplex/error"]?["code"] == "launch")
        // It is tried ever less often: 1 s, 2 s, 4 s, …, each a tenth more or less.
        while rig.proxy.state.withLock({ $0.subscriptions.isEmpty }) { await Task.yield() }
        for seconds in [2.0, 3.0, 5.0] {
            let before = door.starts.withLock { $0 }
            clock.advance(by: .seconds(seconds))
            while door.starts.withLock({ $0 }) == before {
                await Task.yield()
                clock.advance(by: .milliseconds(10))
            }
            while await rig.proxy.status().servers[1].retryIn == nil { await Task.yield() }
            #expect(door.starts.withLock { $0 } == before + 1)
        }
        door.isOpen.withLock { $0 = true }
        let back = Task { try await changes.next() }
        while await rig.proxy.status().servers[1].state != .ready {
            clock.advance(by: .milliseconds(100))
            await Task.yield()
        }
        #expect(try await back.value == .tools)
        #expect(try await client.tools().map(\.name) == ["good__g", "flaky__f"])
        #expect(try await client.callTool("flaky__f", arguments: [:]).isError == false)
        await rig.end()
    }

    @Test(
        "A server that dies in the middle of calls fails these with a reason, and nobody else's",
        arguments: ProxyRig.Era.allCases
    )
    func dies(era: ProxyRig.Era) async throws {
        let begun = Locked(0)
        let service = ScriptedService(.tools("hang")) { request throws(JSONRPCFailure) in
            begun.withLock { $0 += 1 }
            while !Task.isCancelled { await Task.yield() }
            throw JSONRPCFailure(.internalError, "cancelled")
        }
        let rig = try ProxyRig(["bad": service, "good": ScriptedService(.tools("t"))], era: era)
        let client = try await rig.client()
        let calls = (0..<5).map { _ in Task { try await client.callTool("bad__hang", arguments: [:]) } }
        while begun.withLock({ $0 }) < 5 { await Task.yield() }
        await rig.kill("bad")
        for call in calls {
            let error = await #expect(throws: MCPError.self) { try await call.value }
            let detail = error?.failure?.data?["modelplex/error"]
            #expect(detail?["code"] == "closed" && detail?["server"] == "bad")
        }
        // Nothing is called twice, as nobody knows what a call has done.
        #expect(begun.withLock { $0 } == 5)
        #expect(try await client.callTool("good__t", arguments: [:]).isError == false)
        await rig.end()
    }

    @Test("A server that forgets its session is initialised anew alone; clients and other servers notice nothing")
    func forgets() async throws {
        let sessions = Locked(0)
        let peers = Locked<[InMemoryTransport.Peer]>([])
        let rig = try ProxyRig(["http": ScriptedService(), "good": ScriptedService(.tools("t"))]) {
            configuration,
            group,
            logger throws(MCPError) in
            guard configuration.name == "http" else {
                return try TransportFactory.configured(configuration, group: group, logger: logger)
            }
            return TransportFactory {
                InMemoryTransport { message, _, peer in
                    guard case .request(let id, let method, _) = message else { return }
                    switch method {
                    case "initialize":
                        sessions.withLock { $0 += 1 }
                        peers.withLock { $0.append(peer) }
                        peer.send(
                            .response(
                                id: id,
                                result: ["protocolVersion": "2025-11-25", "capabilities": ["tools": [:]]]
                            )
                        )
                    case "tools/list": peer.send(.response(id: id, result: ["tools": [["name": "h"]]]))
                    case "tools/call": peer.send(.response(id: id, result: ["content": []]))
                    default: peer.send(.failure(id: id, JSONRPCFailure(.methodNotFound, "no")))
                    }
                }
            }
        }
        let client = try await rig.client()
        #expect(try await client.tools().map(\.name) == ["http__h", "good__t"])
        let backend = try #require(rig.proxy.backends.first)
        peers.withLock { $0.last }?.emit(.sessionExpired)
        while backend.state.withLock({ $0.figures.ends }) == 0 { await Task.yield() }
        #expect(try await client.callTool("http__h", arguments: [:]).isError == false)
        #expect(sessions.withLock { $0 } == 2)
        #expect(await client.statistics().starts == 1)
        #expect(await rig.proxy.status().servers[1].connections == 1)
        await rig.end()
    }

    @Test("A server that is slow with its list is left out of it, and announced when it has answered")
    func slow() async throws {
        let clock = ManualClock()
        let gate = Locked(false)
        let service = ScriptedService { request throws(JSONRPCFailure) in
            while !gate.withLock({ $0 }), !Task.isCancelled { await Task.yield() }
            return ["tools": [["name": "late"]]]
        }
        let rig = try ProxyRig(["slow": service, "good": ScriptedService(.tools("t"))], clock: clock)
        let client = try await rig.client()
        var changes = client.changes().makeAsyncIterator()
        let first = Task { try await client.request("tools/list") }
        while rig.proxy.backends[0].state.withLock({ $0.agreement }) == nil { await Task.yield() }
        while rig.proxy.state.withLock({ $0.subscriptions.isEmpty }) { await Task.yield() }
        try await clock.waitForSleepers(1)
        clock.advance(by: .seconds(11))
        let list = try await first.value
        #expect(list["tools"]?.array?.map { $0["name"] } == ["good__t"])
        #expect(list["_meta"]?["modelplex/unavailable"]?.array?.first?["code"] == "timeout")
        gate.withLock { $0 = true }
        #expect(try await changes.next() == .tools)
        #expect(try await client.tools().map(\.name) == ["slow__late", "good__t"])
        await rig.end()
    }

    @Test("Who calls a tool of a slow server waits for it, and nobody else does")
    func slowToCall() async throws {
        let clock = ManualClock()
        let gate = Locked(false)
        let service = ScriptedService { request throws(JSONRPCFailure) in
            guard request.method == "tools/list" else { return ["content": [["type": "text", "text": "done"]]] }
            while !gate.withLock({ $0 }), !Task.isCancelled { await Task.yield() }
            return ["tools": [["name": "late"]]]
        }
        let rig = try ProxyRig(["slow": service, "good": ScriptedService(.tools("t"))], clock: clock)
        let client = try await rig.client()
        let calls = [
            Task { try await client.callTool("slow__late", arguments: [:]) },
            Task { try await rig.proxy.call("late", of: "slow", arguments: [:], for: ProxyRig.caller) },
            Task { try await rig.proxy.call(named: "slow__late", arguments: [:], for: ProxyRig.caller) },
        ]
        while rig.proxy.backends[0].state.withLock({ $0.agreement }) == nil { await Task.yield() }
        clock.advance(by: .seconds(11))
        #expect(try await rig.proxy.call(named: "good__t", arguments: [:], for: ProxyRig.caller).isError == false)
        gate.withLock { $0 = true }
        for call in calls { #expect(try await call.value.text == "done") }
        await rig.end()
    }

    @Test("Who calls without a client of its own waits no longer than a request may take")
    func waitsNoLonger() async throws {
        let clock = ManualClock()
        let held = Locked<CheckedContinuation<Void, Never>?>(nil)
        let service = ScriptedService(.tools("t")) { request throws(JSONRPCFailure) in
            await withCheckedContinuation { continuation in held.withLock { $0 = continuation } }
            return [:]
        }
        let rig = try ProxyRig(["s": service], clock: clock)
        let call = Task { try await rig.proxy.call("t", of: "s", arguments: [:], for: ProxyRig.caller) }
        while held.withLock({ $0 == nil }) { await Task.yield() }
        clock.advance(by: .seconds(30))
        let error = await #expect(throws: MCPError.self) { try await call.value }
        #expect(error?.code == .timeout)
        held.withLock { $0 }?.resume()
        await rig.end()
    }

    @Test("Sessions that nobody uses are closed after their time, and made anew when needed")
    func idle() async throws {
        let clock = ManualClock()
        let service = ScriptedService(.tools("t"))
        let rig = try ProxyRig(["s": service], clock: clock)
        let client = try await rig.client(handlers: MCPClientHandlers(roots: { [] }))
        _ = try await client.callTool("s__t", arguments: [:])
        #expect(await rig.proxy.status().servers[0].sessions == 2)
        while await rig.proxy.status().servers[0].state != .idle {
            clock.advance(by: .seconds(60))
            await Task.yield()
        }
        await service.wait { $0.left.count == 2 }
        #expect(try await client.callTool("s__t", arguments: [:]).isError == false)
        await rig.end()
    }

    @Test("With all sessions in use a further one is refused in words")
    func tooMany() async throws {
        let begun = Locked(0)
        let service = ScriptedService(.tools("hang")) { request throws(JSONRPCFailure) in
            begun.withLock { $0 += 1 }
            while !Task.isCancelled { await Task.yield() }
            throw JSONRPCFailure(.internalError, "cancelled")
        }
        let rig = try ProxyRig(["s": service], options: .init(sessions: 1))
        let handlers = MCPClientHandlers(roots: { [] })
        let (one, two) = (try await rig.client(handlers: handlers), try await rig.client(handlers: handlers))
        let call = Task { try await one.callTool("s__hang", arguments: [:]) }
        while begun.withLock({ $0 }) < 1 { await Task.yield() }
        let error = await #expect(throws: MCPError.self) { try await two.callTool("s__hang", arguments: [:]) }
        #expect(error?.failure?.data?["modelplex/error"]?["code"] == "limit")
        call.cancel()
        _ = try? await call.value
        await rig.end()
    }
}
