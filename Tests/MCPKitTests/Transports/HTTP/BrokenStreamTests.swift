import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

@Suite("Streams over HTTP that break off", .timeLimit(.minutes(5)))
struct BrokenStreamTests {
    private static let result = "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n"

    @Test("A stream that ends before its answer is asked for again from behind its last event, when the server says")
    func retry() async throws {
        let clock = ManualClock()
        let group = EventLoopGroup(count: 1, clock: clock)
        let upstream = try await ScriptedUpstream([
            .result(0, fields: ["Mcp-Session-Id": "s"]), .http(202), .http(405),
            .events("id: e1\nretry: 700\ndata:\n\n"),
            .events("id: e2\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}\n\n"),
            .http(503), .events(Self.result),
        ])
        let line = try await TransportLine.open(upstream.streamable(on: group), on: group.loops[0])
        _ = try await line.handshake()
        _ = try await upstream.request(2)
        try await line.request(1, "tools/call")
        for (index, pause) in [(4, 700), (5, 700), (6, 700)] {
            _ = try await upstream.request(index - 1)
            let end = clock.now.advanced(by: .milliseconds(pause))
            try await clock.waitForSleeper(from: end, to: end)
            clock.advance(by: .milliseconds(pause))
        }
        #expect(await line.text() == "notification notifications/x")
        #expect(await line.text() == "response 1 {}")
        let streams = upstream.requests[4...]
        #expect(streams.map(\.method) == ["GET", "GET", "GET"])
        #expect(streams.map { $0.fields["last-event-id"] } == ["e1", "e2", "e2"])
        #expect(streams.allSatisfy { $0.fields["mcp-session-id"] == "s" && $0.fields["accept"] == "text/event-stream" })
        #expect(streams.allSatisfy { $0.fields["mcp-protocol-version"] == "2025-11-25" })
        await line.transport.close()
        await group.shutdown()
    }

    @Test("A resumption that is refused loses the answer, one in a session that is gone tells that too")
    func refused() async throws {
        for (status, expected) in [(405, ["lost 1 closed"]), (404, ["session expired", "lost 1 closed 404"])] {
            let upstream = try await ScriptedUpstream { request in
                switch request.json?["method"]?.string {
                case "initialize": .result(0, fields: ["Mcp-Session-Id": "s"])
                case "tools/call": .events("id: e1\nretry: 0\ndata:\n\n")
                default: .http(request.fields["last-event-id"] == nil ? 405 : status)
                }
            }
            let line = try await TransportLine.open(upstream.streamable())
            try await line.request(0, "initialize", version: nil)
            #expect(await line.text() == "response 0 {}")
            try await line.request(1, "tools/call")
            for text in expected { #expect(await line.text() == text) }
            await line.transport.close()
        }
    }

    @Test("Who no longer waits is not reconnected for")
    func abandoned() async throws {
        let clock = ManualClock()
        let group = EventLoopGroup(count: 1, clock: clock)
        let upstream = try await ScriptedUpstream([.events("id: e1\ndata:\n\n")])
        let line = try await TransportLine.open(upstream.streamable(on: group), on: group.loops[0])
        try await line.request(1, "tools/call")
        let end = clock.now.advanced(by: .seconds(1))
        try await clock.waitForSleeper(from: end, to: end)
        line.transport.abandon(.integer(1))
        await line.transport.close()
        #expect(await line.text() == "closed")
        #expect(upstream.requests.count == 1)
        await group.shutdown()
    }

    @Test("What the server says unasked comes by a stream of its own, which is asked for again when it ends")
    func listening() async throws {
        let clock = ManualClock()
        let group = EventLoopGroup(count: 1, clock: clock)
        let upstream = try await ScriptedUpstream { request in
            switch (request.method, request.json?["method"]?.string) {
            case ("GET", _):
                request.fields["last-event-id"] == nil
                    ? .events(
                        "id: 7\nretry: 250\ndata: {\"jsonrpc\":\"2.0\",\"id\":\"s1\",\"method\":\"roots/list\"}\n\n"
                    )
                    : .events(Self.result, "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/y\"}\n\n")
            case (_, "initialize"): .result(0, fields: ["Mcp-Session-Id": "s"])
            default: .http(202)
            }
        }
        let line = try await TransportLine.open(upstream.streamable(on: group), on: group.loops[0])
        _ = try await line.handshake()
        #expect(await line.text() == "request \"s1\" roots/list")
        let end = clock.now.advanced(by: .milliseconds(250))
        try await clock.waitForSleeper(from: end, to: end)
        // A server that answers on the listening stream, against the rules, is understood.
        try await line.request(1, "tools/call")
        _ = try await upstream.request(3)
        clock.advance(by: .milliseconds(250))
        #expect(await line.text() == "response 1 {}")
        #expect(await line.text() == "notification notifications/y")
        await line.transport.close()
        #expect(await line.text() == "closed")
        await group.shutdown()
    }
}
