import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

@Suite(.timeLimit(.minutes(5)))
struct MCPSessionTests {
    private struct Bench {
        let clock = ManualClock()
        let group: EventLoopGroup
        let session: MCPSession

        init(
            traits: TransportTraits = TransportTraits(
                name: "memory",
                cancelsByClosing: false,
                survivesDisconnect: false
            ),
            limits: SessionLimits = SessionLimits(),
            server: @escaping InMemoryTransport.Server = { _, _, _ in }
        ) async throws {
            group = EventLoopGroup(count: 1, clock: clock)
            let sent = Box()
            let transport = InMemoryTransport(traits: traits) { message, context, peer in
                sent.messages.withLock { $0.append(message) }
                server(message, context, peer)
            }
            box = sent
            session = MCPSession(transport, on: group.loops[0], limits: limits)
            try await session.open()
        }

        private let box: Box
        var messages: [JSONRPCMessage] { box.messages.withLock { $0 } }

        final class Box: Sendable {
            let messages = Locked<[JSONRPCMessage]>([])
        }

        func end() async {
            await session.close()
            await group.shutdown()
        }
    }

    private static let echo: InMemoryTransport.Server = { message, _, peer in
        guard case .request(let id, let method, _) = message else { return }
        peer.send(.response(id: id, result: .string(method)))
    }

    @Test("A request without an answer ends with its time, and the server is told")
    func timesOut() async throws {
        let bench = try await Bench()
        let (clock, session) = (bench.clock, bench.session)
        let call = Task { try await session.request("slow", nil, options: MCPRequestOptions(timeLimit: .seconds(5))) }
        try await clock.waitForSleepers(1)
        clock.advance(by: .seconds(5))
        let error = await #expect(throws: MCPError.self) { try await call.value }
        #expect(error?.code == .timeout)
        // The caller may be here before the loop is through with the request.
        _ = await session.figures()
        #expect(bench.messages.last?.method == "notifications/cancelled")
        await bench.end()
    }

    @Test("Progress gives more time, but never more than the maximum")
    func extendsTime() async throws {
        let report = Locked<(@Sendable () -> Void)?>(nil)
        let bench = try await Bench { message, _, peer in
            guard case .request(let id, _, _) = message else { return }
            let params: JSONValue = ["progressToken": id.json, "progress": 1]
            report.withLock { $0 = { peer.send(.notification(method: "notifications/progress", params: params)) } }
        }
        let (clock, session) = (bench.clock, bench.session)
        let reports = Locked(0)
        let options = MCPRequestOptions(timeLimit: .seconds(5), maximumTime: .seconds(7)) { _ in
            reports.withLock { $0 += 1 }
        }
        let call = Task { try await session.request("slow", nil, options: options) }
        while report.withLock({ $0 == nil }) { await Task.yield() }
        clock.advance(by: .seconds(4))
        // Two reports at once; the second makes no progress.
        for _ in 0..<2 { report.withLock { $0 }?() }
        while reports.withLock({ $0 }) == 0 { await Task.yield() }
        clock.advance(by: .seconds(2))
        #expect(await session.figures().pending == 1)
        clock.advance(by: .seconds(1))
        let error = await #expect(throws: MCPError.self) { try await call.value }
        #expect(error?.code == .timeout)
        #expect(error?.message.contains("the longest time allowed") == true)
        #expect(reports.withLock { $0 } == 1)
        await bench.end()
    }

    @Test(
        "In the stateless era over HTTP the closed stream tells the server, else a notification does",
        arguments: [true, false]
    )
    func tellsCancellation(closes: Bool) async throws {
        let traits = TransportTraits(name: "http", cancelsByClosing: closes, survivesDisconnect: true)
        let bench = try await Bench(traits: traits)
        await bench.session.agree(on: .v2026_07_28)
        let session = bench.session
        let call = Task { try await session.request("slow", nil) }
        while await session.figures().pending == 0 { await Task.yield() }
        call.cancel()
        await #expect(throws: MCPError.self) { try await call.value }
        _ = await session.figures()
        #expect((bench.messages.last?.method == "notifications/cancelled") == !closes)
        await bench.end()
    }

    @Test("An answer to a cancelled request is late and harms nobody; others go on")
    func ignoresLate() async throws {
        let held = Locked<[@Sendable () -> Void]>([])
        let bench = try await Bench { message, context, peer in
            if case .request(let id, "held", _) = message {
                held.withLock { $0.append { peer.send(.response(id: id, result: 1)) } }
            } else {
                Self.echo(message, context, peer)
            }
        }
        let session = bench.session
        let call = Task { try await session.request("held", nil) }
        while await session.figures().pending == 0 { await Task.yield() }
        call.cancel()
        await #expect(throws: MCPError.self) { try await call.value }
        for send in held.withLock({ $0 }) { send() }
        #expect(try await session.request("next", nil) == "next")
        #expect(await session.figures().late == 1)
        await bench.end()
    }

    @Test("The end of the connection ends all calls, and later ones at once")
    func endsCalls() async throws {
        let bench = try await Bench { message, _, peer in
            if message.method == "last" { peer.disconnect() }
        }
        let session = bench.session
        let first = Task { try await session.request("first", nil) }
        while await session.figures().pending == 0 { await Task.yield() }
        let last = await #expect(throws: MCPError.self) { try await session.request("last", nil) }
        #expect(last?.code == .closed)
        await #expect(throws: MCPError.self) { try await first.value }
        let later = await #expect(throws: MCPError.self) { try await session.request("later", nil) }
        #expect(later?.code == .closed)
        await bench.end()
    }

    @Test("No more requests wait than may")
    func boundsPending() async throws {
        var limits = SessionLimits()
        limits.pending = 1
        let bench = try await Bench(limits: limits)
        let session = bench.session
        let first = Task { try await session.request("first", nil) }
        while await session.figures().pending == 0 { await Task.yield() }
        let error = await #expect(throws: MCPError.self) { try await session.request("second", nil) }
        #expect(error?.code == .limit)
        first.cancel()
        await #expect(throws: MCPError.self) { try await first.value }
        await bench.end()
    }
}
