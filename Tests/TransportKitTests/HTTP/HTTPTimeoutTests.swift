import Testing

@testable import TransportKit

/// The four limits on time, on a clock that only the test moves.
@Suite(.timeLimit(.minutes(5)), .eachWay)
struct HTTPTimeoutTests {
    let clock: TestClock
    let client: HTTPClient

    init() {
        clock = TestClock()
        client = HTTPClient(configuration: .forTests(clock: clock))
    }

    private func expectTimeout(
        _ phase: Timeouts.Phase,
        of task: Task<String, any Error>,
        after seconds: Int,
        log: EventLog
    ) async {
        clock.advance(by: .seconds(seconds) - .milliseconds(1))
        // Still running: one more exchange on the same loop passes through without an end.
        await client.configuration.eventLoopGroup.loops[0].run {}
        #expect(client.statistics.inFlight == 1)
        clock.advance(by: .milliseconds(1))
        let error = await #expect(throws: TransportError.self) { try await task.value }
        #expect(error?.code == .timeout(phase))
        #expect(error?.code.timeoutPhase == phase)
        await log.wait(for: "closed")
    }

    @Test func connectLimitCoversTheTLSHandshake() async throws {
        let server = try LocalServer { connection in connection.waitForClose() }
        let (client, port) = (client, server.port)
        let task = Task { try await client.send(HTTPRequest(url: "https://127.0.0.1:\(port)")).text() as String }
        await server.log.wait(for: "accepted")
        await expectTimeout(.connect, of: task, after: 5, log: server.log)
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"])
    func firstByteLimitRunsUntilABodyByte(_ head: String) async throws {
        let server = try LocalServer { connection in
            _ = connection.readHead()
            connection.write(head)
            connection.waitForClose()
        }
        let (client, url, log) = (client, server.url, server.log)
        let task = Task {
            let response = try await client.send(HTTPRequest(url: url))
            log.note("head")
            return try await response.text()
        }
        await server.log.wait(for: head.isEmpty ? "request" : "head")
        await expectTimeout(.firstByte, of: task, after: 60, log: server.log)
    }

    @Test func idleLimitBeginsAnewWithEachPiece() async throws {
        let server = try LocalServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
            _ = connection.readHead()
            connection.write("1\r\nb\r\n")
            connection.waitForClose()
        }
        let (client, url, log) = (client, server.url, server.log)
        let task = Task {
            let response = try await client.send(HTTPRequest(url: url, isStreaming: true))
            for try await piece in response.body { log.note(String(decoding: piece, as: UTF8.self)) }
            return ""
        }
        await server.log.wait(for: "a")
        await expectTimeout(.idle, of: task, after: 60, log: server.log)
    }

    @Test func totalLimitHoldsWhereTheOthersDoNot() async throws {
        let server = try LocalServer { connection in
            _ = connection.readHead()
            connection.waitForClose()
        }
        let (client, url) = (client, server.url)
        let timeouts = Timeouts(connect: .seconds(5), firstByte: nil, idle: nil, total: .seconds(600))
        let task = Task { try await client.send(HTTPRequest(url: url, timeouts: timeouts)).text() as String }
        await server.log.wait(for: "request")
        await expectTimeout(.total, of: task, after: 600, log: server.log)
    }

    @Test func timeInWhichTheReaderWaitsIsNotIdle() async throws {
        let body = [UInt8](repeating: 120, count: 8 << 20)
        let server = try LocalServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
            connection.write(body)
            connection.log.note("written")
            connection.waitForClose()
        }
        let timeouts = Timeouts(connect: nil, firstByte: nil, idle: .seconds(60), total: nil)
        let request = HTTPRequest(url: server.url, timeouts: timeouts, isStreaming: true)
        let response = try await client.send(request)
        var iterator = response.body.makeAsyncIterator()
        var count = 0
        // Nothing is read until the buffer is full and the transfer paused; then an hour passes.
        let loop = client.configuration.eventLoopGroup.loops[0]
        try await client.wait { $0.paused > 0 }
        clock.advance(by: .seconds(3600))
        await loop.run {}
        while let piece = try await iterator.next() { count += piece.count }
        #expect(count == body.count)
    }
}
