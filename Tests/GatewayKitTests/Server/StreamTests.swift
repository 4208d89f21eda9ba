import ProviderTesting
import Testing
import TransportKit

@testable import GatewayKit

@Suite(.timeLimit(.minutes(5)))
struct StreamTests {
    private static let get = "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let echo = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func sendsPiecesAsTheyCome() async throws {
        try await TestServer.with { test in
            let client = try test.connect()
            test.responder.stream.push("one")
            try await client.send(Self.get)
            let head = try await client.readHead()
            #expect(head.status == 200)
            #expect(head.field("transfer-encoding") == "chunked")
            #expect(head.field("content-type") == "text/event-stream")
            #expect(head.field("date")?.hasSuffix("GMT") == true)
            #expect(try await client.readChunk() == "one")
            // A size of two hexadecimal digits, and one that is not ASCII.
            let long = String(repeating: "ä", count: 100)
            test.responder.stream.push(long)
            #expect(try await client.readChunk() == long)
            #expect(test.server.statistics.requestsInFlight == 1)
            test.responder.stream.end()
            #expect(try await client.readChunk() == "")
        }
    }

    @Test func emptyPieceIsNotTheEnd() async throws {
        try await TestServer.with { test in
            let client = try test.connect()
            for piece in ["", "one", "", "two"] { test.responder.stream.push(piece) }
            test.responder.stream.end()
            try await client.send(Self.get)
            _ = try await client.readHead()
            for piece in ["one", "two", ""] { #expect(try await client.readChunk() == piece) }
        }
    }

    @Test func keepsTheConnectionForAnotherRequest() async throws {
        try await TestServer.with { test in
            let client = try test.connect()
            test.responder.stream.push("a")
            test.responder.stream.end()
            for _ in 0..<3 {
                try await client.send(Self.echo)
                #expect(try await client.readResponse().body == "GET /echo ")
                test.responder.stream.push("a")
                try await client.send(Self.get)
                let response = try await client.readResponse()
                #expect(response.body.hasPrefix("a"))
                #expect(response.field("connection") == nil)
            }
            #expect(test.server.statistics.accepted == 1)
        }
    }

    @Test func answersWhatFollowedAStreamAtOnce() async throws {
        try await TestServer.with { test in
            let client = try test.connect()
            test.responder.stream.push("a")
            test.responder.stream.end()
            try await client.send(Self.get + Self.echo)
            let response = try await client.readResponse()
            #expect(response.body.hasPrefix("a"))
            #expect(response.field("connection") == nil)
            #expect(try await client.readResponse().body == "GET /echo ")
        }
    }

    /// What the library read with the request before it is lost to the next one, so the connection says that it closes.
    @Test func closesAfterAStreamWhoseFollowerTheLibraryRead() async throws {
        try await TestServer.with { test in
            let client = try test.connect()
            test.responder.stream.push("a")
            test.responder.stream.end()
            try await client.send("GET /stream HTTP/1.1\r\nHost: a\r\nX: ä\r\n\r\n" + Self.echo)
            let answer = try await client.readToEnd()
            #expect(answer.contains("Connection: close\r\n"))
            #expect(answer.hasSuffix("1\r\na\r\n0\r\n\r\n"))
        }
    }

    @Test func answersHeadWithoutAStream() async throws {
        try await TestServer.with { test in
            let client = try test.connect()
            try await client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n" + Self.echo)
            #expect(try await client.readHead().status == 200)
            #expect(try await client.readResponse().body == "GET /echo ")
            await test.responder.events.wait(for: "stream cancelled")
        }
    }

    @Test func sendsPlainBytesToHTTP10() async throws {
        try await TestServer.with { test in
            let client = try test.connect()
            test.responder.stream.push("one")
            test.responder.stream.push("two")
            test.responder.stream.end()
            try await client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let answer = try await client.readToEnd()
            #expect(!answer.lowercased().contains("chunked"))
            #expect(answer.hasSuffix("\r\n\r\nonetwo"))
        }
    }

    @Test(arguments: ["close", "half", "reset"])
    func callerWhoLeavesBeforeTheFirstPieceIsNoticed(how: String) async throws {
        try await TestServer.with { test in
            var client: RawClient? = try test.connect()
            try await client?.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            await test.responder.events.wait(for: "request /wait")
            switch how {
            case "half": client?.closeSending()
            case "reset":
                client?.reset()
                client = nil
            default: client = nil
            }
            await test.responder.events.wait(for: "cancelled")
        }
    }

    @Test(arguments: ["close", "half", "reset"])
    func callerWhoLeavesMidStreamIsNoticed(how: String) async throws {
        try await TestServer.with { test in
            var client: RawClient? = try test.connect()
            test.responder.stream.push("one")
            try await client?.send(Self.get)
            _ = try await client?.readHead()
            #expect(try await client?.readChunk() == "one")
            switch how {
            case "half": client?.closeSending()
            case "reset":
                client?.reset()
                client = nil
            default: client = nil
            }
            await test.responder.events.wait(for: "stream cancelled")
        }
    }

    @Test func slowReaderHoldsTheSourceBack() async throws {
        let size = 256 << 10
        let count = 200
        let source = PieceSource(endless: { number in
            number <= count ? [UInt8](repeating: UInt8(truncatingIfNeeded: 65 + number % 26), count: size) : nil
        })
        try await TestServer.with(TestResponder(stream: source)) { test in
            let client = try test.connect()
            try await client.send(Self.get)
            _ = try await client.readHead()
            // What the kernel's buffers hold is a few MB; all of it would be 50 MB.
            #expect(source.asked < count)
            for number in 1...count {
                let chunk = try await client.readChunk()
                #expect(chunk.utf8.count == size)
                #expect(chunk.utf8.first == UInt8(truncatingIfNeeded: 65 + number % 26))
            }
            #expect(try await client.readChunk() == "")
            #expect(source.asked == count + 1)
        }
    }

    @Test func slowReaderWhoLeavesIsNoticed() async throws {
        let source = PieceSource(endless: { _ in [UInt8](repeating: 65, count: 1 << 20) })
        try await TestServer.with(TestResponder(stream: source)) { test in
            var client: RawClient? = try test.connect()
            try await client?.send(Self.get)
            _ = try await client?.readHead()
            client = nil
            await source.events.wait(for: "stream cancelled")
        }
    }

    @Test(arguments: ["/stream", "/large"])
    func readerWhoStopsIsGivenUp(path: String) async throws {
        let clock = ManualClock()
        let source = PieceSource(endless: { _ in [UInt8](repeating: 65, count: 1 << 20) })
        let responder = TestResponder(stream: source) { request in
            guard request.path == "/large" else { return nil }
            return GatewayResponse(status: 200, body: .bytes([UInt8](repeating: 65, count: 64 << 20)))
        }
        try await TestServer.with(responder, clock: clock) { test in
            let client = try test.connect()
            try await client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await client.readHead()
            // The deadline for the first request, which was at the same time, is moved, so time must have passed to tell.
            let idle = ManualClock.Instant(offset: .seconds(75))
            try await clock.waitForSleeper(from: idle, to: idle)
            clock.advance(to: idle)
            var seconds = 75
            while test.server.statistics.connections > 0 {
                try Task.checkCancellation()
                seconds += 75
                clock.advance(to: ManualClock.Instant(offset: .seconds(seconds)))
                await Task.yield()
            }
            if path == "/stream" { await source.events.wait(for: "stream cancelled") }
        }
    }

    @Test func sendsKeepAlivesWhileNothingComes() async throws {
        let clock = ManualClock()
        try await TestServer.with(clock: clock) { test in
            let client = try test.connect()
            test.responder.stream.push("one")
            try await client.send(Self.get)
            _ = try await client.readHead()
            #expect(try await client.readChunk() == "one")
            for _ in 0..<2 {
                let now = clock.now
                try await clock.waitForSleeper(
                    from: now.advanced(by: .seconds(15)),
                    to: now.advanced(by: .seconds(15))
                )
                clock.advance(by: .seconds(15))
                #expect(try await client.readChunk() == ": keep-alive\n\n")
            }
            // A piece puts it off.
            let now = clock.now
            try await clock.waitForSleeper(from: now.advanced(by: .seconds(15)), to: now.advanced(by: .seconds(15)))
            clock.advance(by: .seconds(10))
            test.responder.stream.push("two")
            #expect(try await client.readChunk() == "two")
            clock.advance(by: .seconds(5))
            try await clock.waitForSleeper(from: now.advanced(by: .seconds(25)), to: now.advanced(by: .seconds(25)))
            test.responder.stream.push("three")
            #expect(try await client.readChunk() == "three")
        }
    }

    @Test func manyStreamsAtOnce() async throws {
        let sources = Locked<[PieceSource]>([])
        let responder = TestResponder { _ in
            let source = PieceSource()
            source.push("x")
            sources.withLock { $0.append(source) }
            return GatewayResponse(status: 200, body: .stream(GatewayStream(source: source, keepAlive: nil)))
        }
        try await TestServer.with(responder, loops: 2) { test in
            let clients = try (0..<50).map { _ in try test.connect() }
            for client in clients {
                try await client.send(Self.get)
                _ = try await client.readHead()
                #expect(try await client.readChunk() == "x")
            }
            #expect(test.server.statistics.connections == 50)
            #expect(test.server.statistics.requestsInFlight == 50)
            for source in sources.withLock({ $0 }) { source.end() }
            for client in clients { #expect(try await client.readChunk() == "") }
        }
    }
}
