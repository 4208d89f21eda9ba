import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

@Suite("The event stream of 2024-11-05", .timeLimit(.minutes(5)))
struct EventStreamTransportTests {
    /// A server of 2024-11-05 whose stream answers one request, behind a gate that its POST opens.
    private static func server(
        endpoint: String = "/messages?session=1",
        refusing status: Int = 405,
        posted: Int = 202
    ) async throws -> ScriptedUpstream {
        let gate = Gate()
        return try await ScriptedUpstream { request in
            if request.method == "GET" {
                return .steps([
                    .write(Array("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n".utf8)),
                    .write(Array("event: endpoint\ndata: \(endpoint)\n\n".utf8)),
                    .wait(gate),
                    .write(Array("event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{}}\n\n".utf8)),
                    .stall,
                ])
            }
            guard request.path == "/messages" else { return .http(status) }
            gate.open()
            return .http(posted)
        }
    }

    @Test("Messages go where the stream says, answers come by the stream")
    func exchange() async throws {
        let upstream = try await Self.server()
        let line = try await TransportLine.open(EventStreamTransport(upstream.sender(path: "/sse")))
        try await line.request(0, "initialize", version: nil)
        #expect(await line.text() == "response 0 {}")
        #expect(upstream.requests.map(\.target) == ["/sse", "/messages?session=1"])
        #expect(upstream.requests[0].fields["accept"] == "text/event-stream")
        await line.transport.close()
        #expect(await line.text() == "closed")
        #expect(try await upstream.peerLeft(request: 0) != nil)
        #expect(await line.refusal(1, "tools/list") == .closed)
    }

    @Test(
        "A server that refuses initialize in the way of an older one is asked for its stream",
        arguments: [400, 404, 405]
    )
    func fallback(status: Int) async throws {
        let upstream = try await Self.server(refusing: status)
        let line = try await TransportLine.open(upstream.streamable(path: "/sse"))
        try await line.request(0, "initialize", version: nil)
        #expect(await line.text() == "response 0 {}")
        #expect(
            upstream.requests.map { "\($0.method) \($0.target)" } == [
                "POST /sse", "GET /sse", "POST /messages?session=1",
            ]
        )
        await line.transport.close()
        #expect(await line.text() == "closed")
        #expect(await line.next() == nil)
    }

    @Test("A refusal that no older server gives, or one that has no stream either, is what the session hears of")
    func noFallback() async throws {
        for (status, requests) in [(415, 1), (500, 1), (404, 2)] {
            let upstream = try await ScriptedUpstream { request in .http(request.method == "GET" ? 406 : status) }
            let line = try await TransportLine.open(upstream.streamable())
            try await line.request(0, "initialize", version: nil)
            let text = await line.text()
            #expect(text?.hasPrefix("lost 0 ") == true && text?.hasSuffix(" \(status == 404 ? 406 : status)") == true)
            #expect(upstream.requests.count == requests)
            await line.transport.close()
        }
    }

    @Test("A place to post to on another origin is refused")
    func otherOrigin() async throws {
        let upstream = try await Self.server(endpoint: "http://127.0.0.2:9/messages")
        let transport = EventStreamTransport(try upstream.sender(path: "/sse"))
        await #expect(throws: MCPError.self) { _ = try await TransportLine.open(transport) }
        #expect(upstream.requests.count == 1)
    }

    @Test("A stream that never says where to post ends the opening in time, and so does cancelling")
    func silence() async throws {
        let clock = ManualClock()
        let group = EventLoopGroup(count: 1, clock: clock)
        let upstream = try await ScriptedUpstream { _ in
            .steps([
                .write(Array("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hello\n\n".utf8)), .stall,
            ])
        }
        let silent = EventStreamTransport(try upstream.sender(on: group))
        let opening = Task { try await TransportLine.open(silent, on: group.loops[0]) }
        _ = try await upstream.request(0)
        try await clock.waitForSleepers(1)
        clock.advance(by: .seconds(30))
        #expect(await opening.result.failure?.code == .timeout)
        let abandoned = EventStreamTransport(try upstream.sender(on: group))
        let cancelled = Task { try await TransportLine.open(abandoned, on: group.loops[0]) }
        _ = try await upstream.request(1)
        cancelled.cancel()
        #expect(await cancelled.result.failure?.code == .cancelled)
        #expect(try await upstream.peerLeft(request: 1) != nil)
        await group.shutdown()
    }

    @Test("The end of the stream is the end of the connection; a message that is refused is only lost")
    func ends() async throws {
        let gate = Gate()
        let upstream = try await ScriptedUpstream { request in
            guard request.method == "GET" else { return .http(400) }
            return .steps([
                .write(Array("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n".utf8)),
                .write(Array("event: endpoint\ndata: /m\n\n".utf8)), .wait(gate), .close,
            ])
        }
        let line = try await TransportLine.open(EventStreamTransport(upstream.sender()))
        try await line.request(1, "tools/list")
        #expect(await line.text() == "lost 1 request 400")
        gate.open()
        #expect(await line.text() == "closed closed")
        await line.transport.close()
        #expect(await line.next() == nil)
    }
}

extension Result where Failure == any Error {
    fileprivate var failure: MCPError? {
        if case .failure(let error) = self { error as? MCPError } else { nil }
    }
}
