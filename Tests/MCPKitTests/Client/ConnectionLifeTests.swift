import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

@Suite("How long connections live", .timeLimit(.minutes(5)))
struct ConnectionLifeTests {
    @Test("A server that gives no sign of life twice is given up; the next call makes another connection")
    func givesUpSilence() async throws {
        let clock = ManualClock()
        let group = EventLoopGroup(count: 1, clock: clock)
        let isSilent = Locked(false)
        let server = ScriptedServer { _, _, _ in isSilent.withLock { $0 } ? nil : .success([:]) }
        let client = server.client(pingInterval: .seconds(60), group: group)
        try await client.connect()
        while server.params("ping").count < 2 {
            clock.advance(by: .seconds(5))
            await Task.yield()
        }
        #expect(await client.statistics().age != nil)
        isSilent.withLock { $0 = true }
        while await client.statistics().age != nil {
            clock.advance(by: .seconds(5))
            await Task.yield()
        }
        isSilent.withLock { $0 = false }
        let call = Task { try await client.callTool("x", arguments: [:]) }
        while server.connections < 2 {
            clock.advance(by: .seconds(1))
            await Task.yield()
        }
        _ = try await call.value
        await client.close()
        await group.shutdown()
    }

    @Test(
        "Servers are not asked for signs of life unless that is wanted, and never while they work or where it means nothing"
    )
    func doesNotPing() async throws {
        for (version, interval, works) in [
            (ProtocolVersion.v2025_11_25, Duration?.none, false), (.v2025_11_25, .seconds(60), true),
            (.v2026_07_28, .seconds(60), false),
        ] {
            let clock = ManualClock()
            let group = EventLoopGroup(count: 1, clock: clock)
            let held = Locked<JSONRPCID?>(nil)
            let server = ScriptedServer(version) { method, _, id in
                guard method == "tools/call" else { return .success([:]) }
                held.withLock { $0 = id }
                return nil
            }
            let client = server.client(pingInterval: interval, group: group)
            try await client.connect()
            let long = MCPRequestOptions(timeLimit: .seconds(9000), maximumTime: .seconds(9000))
            let call = works ? Task { try await client.callTool("x", arguments: [:], options: long) } : nil
            while works, held.withLock({ $0 == nil }) { await Task.yield() }
            for _ in 0..<100 {
                clock.advance(by: .seconds(10))
                _ = await client.statistics()
            }
            #expect(server.params("ping").isEmpty)
            if let id = held.withLock({ $0 }) { server.peer?.send(.response(id: id, result: [:])) }
            _ = try await call?.value
            await client.close()
            await group.shutdown()
        }
    }

    @Test("A connection that nobody uses is closed, one with a listener is not")
    func closesIdle() async throws {
        let clock = ManualClock()
        let group = EventLoopGroup(count: 1, clock: clock)
        let server = ScriptedServer(capabilities: ["tools": ["listChanged": true]])
        let client = server.client(policy: .persistent(idleClose: .seconds(60)), group: group)
        do {
            let changes = client.changes().makeAsyncIterator()
            while await client.statistics().age == nil { await Task.yield() }
            while await !client.isListening { await Task.yield() }
            for _ in 0..<30 {
                clock.advance(by: .seconds(10))
                #expect(await client.statistics().age != nil)
            }
            _ = consume changes
        }
        while await client.isListening { await Task.yield() }
        while await client.statistics().age != nil {
            clock.advance(by: .seconds(10))
            await Task.yield()
        }
        #expect(server.connections == 1)
        await client.close()
        await group.shutdown()
    }

    @Test("Starts for one call each are throttled too: what fails again and again is not tried at once")
    func throttlesOwnConnections() async throws {
        let clock = ManualClock()
        let group = EventLoopGroup(count: 1, clock: clock)
        let configuration = MCPServerConfiguration(name: "gone", endpoint: .command(.init("none")), policy: .perCall)
        let starts = Locked(0)
        let factory = TransportFactory { () throws(MCPError) in
            starts.withLock { $0 += 1 }
            throw MCPError(.launch, "it is gone")
        }
        let client = MCPClient(configuration, factory: factory, loop: group.loops[0])
        for round in 0..<4 {
            let call = Task { try await client.callTool("x", arguments: [:]) }
            if round > 0 {
                // It waits its turn.
                try await clock.waitForSleepers(1)
                clock.advance(by: .seconds(5))
            }
            let error = await #expect(throws: MCPError.self) { try await call.value }
            #expect(error?.code == .launch)
        }
        let error = await #expect(throws: MCPError.self) { try await client.callTool("x", arguments: [:]) }
        #expect(error?.code == .launch)
        #expect(error?.message.hasPrefix("it is gone; it ended or failed 4 times in a row") == true)
        #expect(error?.retryAfter.map { $0 > .seconds(5) } == true)
        #expect(starts.withLock { $0 } == 4)
        await client.close()
        let closed = await #expect(throws: MCPError.self) { try await client.callTool("x", arguments: [:]) }
        #expect(closed?.code == .closed)
        await group.shutdown()
    }
}

extension MCPClient {
    fileprivate var isListening: Bool {
        get async { await loop.run { [core] in !core.value.listeners.isEmpty } }
    }
}
