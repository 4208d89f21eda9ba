import CLinux
import Glibc
import ProviderTesting
import Testing
import TransportKit

@testable import GatewayKit

@Suite(.timeLimit(.minutes(5)))
struct StopTests {
    private static let echo = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func letsRequestsInFlightEnd() async throws {
        try await TestServer.with { test in
            let idle = try test.connect()
            try await idle.send(Self.echo)
            _ = try await idle.readResponse()
            let half = try test.connect()
            try await half.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel")
            let waiting = try test.connect()
            try await waiting.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            await test.responder.events.wait(for: "request /wait")
            let streaming = try test.connect()
            test.responder.stream.push("one")
            try await streaming.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await streaming.readHead()
            #expect(try await streaming.readChunk() == "one")

            async let stopped: Void = test.server.stop(drain: .seconds(3600))
            #expect(try await idle.readToEnd() == "")
            #expect(try await half.readToEnd().hasPrefix("HTTP/1.1 503 "))
            #expect(throws: RawClient.Failure.self) { try test.connect() }
            test.responder.stream.push("two")
            #expect(try await streaming.readChunk() == "two")
            test.responder.stream.openGate()
            let answer = try await waiting.readToEnd()
            #expect(answer.contains("Connection: close"))
            #expect(answer.hasSuffix("late"))
            test.responder.stream.end()
            #expect(try await streaming.readToEnd() == "0\r\n\r\n")
            await stopped
            #expect(test.server.statistics.connections == 0)
        }
    }

    @Test func letsWhatIsLeftAfterTheTimeEndItself() async throws {
        let clock = ManualClock()
        try await TestServer.with(clock: clock) { test in
            let waiting = try test.connect()
            try await waiting.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            await test.responder.events.wait(for: "request /wait")
            let streaming = try test.connect()
            test.responder.stream.push("one")
            try await streaming.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await streaming.readHead()
            test.responder.stream.setLastWords("bye")
            async let stopped: Void = test.server.stop(drain: .seconds(5))
            async let again: Void = test.server.stop(drain: .seconds(5))
            try await clock.waitForSleeper(
                from: ManualClock.Instant(offset: .seconds(5)),
                to: ManualClock.Instant(offset: .seconds(5))
            )
            clock.advance(by: .seconds(5))
            await stopped
            await again
            await test.responder.events.wait(for: "cancelled")
            #expect(test.responder.events.all.firstIndex(of: "cut") == 2)
            #expect(try await waiting.readToEnd().hasSuffix("late"))
            #expect(try await streaming.readToEnd() == "3\r\none\r\n3\r\nbye\r\n0\r\n\r\n")
            #expect(!test.responder.events.all.contains("stream cancelled"))
        }
    }

    @Test func cutsWhatDoesNotEndItself() async throws {
        let clock = ManualClock()
        let source = PieceSource(endless: { _ in [UInt8](repeating: 65, count: 1 << 20) })
        let responder = TestResponder(stream: source) { request in
            guard request.path == "/stuck" else { return nil }
            await source.gate()
            return GatewayResponse(status: 200, body: .bytes([]))
        }
        try await TestServer.with(responder, clock: clock) { test in
            let stuck = try test.connect()
            try await stuck.send("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n")
            await test.responder.events.wait(for: "request /stuck")
            // Reads no more than the head.
            let blocked = try test.connect()
            try await blocked.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await blocked.readHead()
            async let stopped: Void = test.server.stop(drain: .seconds(5))
            for time in [Duration.seconds(5), .milliseconds(5500)] {
                #expect(test.server.statistics.connections == 2)
                let instant = ManualClock.Instant(offset: time)
                try await clock.waitForSleeper(from: instant, to: instant)
                clock.advance(to: instant)
            }
            await stopped
            #expect(test.server.statistics.connections == 0)
            #expect(try await stuck.readToEnd() == "")
            await source.events.wait(for: "stream cancelled")
            source.openGate()
        }
    }

    @Test func leavesNoDescriptorOpen() async throws {
        try await TestServer.with { test in
            let listening = sockets(at: test.port)
            #expect(listening > 0)
            for _ in 0..<200 {
                let client = try test.connect()
                try await client.send("GET /echo HTTP/1.1\r\nNonsense\r\n\r\n")
                _ = try await client.readToEnd()
            }
            // Closed when the server sees that the clients have left; one that is left open runs into the time limit.
            while sockets(at: test.port) > listening {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(test.server.statistics.accepted == 200)
        }
    }

    /// The process's sockets whose own port this is, so not those of tests that run at the same time.
    private func sockets(at port: UInt16) -> Int {
        (0..<4096).count { descriptor in
            var address = sockaddr_in()
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let code = unsafe withUnsafeMutablePointer(to: &address) { address in
                unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                    unsafe getsockname(Int32(descriptor), pointer, &size)
                }
            }
            return code == 0 && address.sin_family == sa_family_t(AF_INET) && address.sin_port == port.bigEndian
        }
    }
}
