import Testing

@testable import TransportKit

/// How connections are kept, shared and given up.
@Suite(.timeLimit(.minutes(5)), .eachWay)
struct HTTPConnectionTests {
    /// Makes a client for which time stands still: no limit is reached however slow the machine is.
    private func client(
        perHost: Int = 256,
        total: Int = 1024,
        idle: Int = 64,
        clock: TestClock = TestClock()
    ) -> HTTPClient {
        var configuration = HTTPClient.Configuration.forTests(clock: clock)
        configuration.maximumConnectionsPerHost = perHost
        configuration.maximumConnections = total
        configuration.maximumIdleConnections = idle
        return HTTPClient(configuration: configuration)
    }

    /// Answers with the request's path, for `/slow` once the test says `go`.
    private func server() throws -> LocalServer {
        try LocalServer { connection in
            while let head = connection.readHead() {
                let path = head.split(separator: " ")[1]
                if path == "/slow" { connection.log.blockUntil("go") }
                connection.respond(String(path))
            }
            connection.log.note("closed")
        }
    }

    @Test(arguments: [(1, 1024), (256, 1)])
    func requestsWaitForAConnection(_ perHost: Int, _ total: Int) async throws {
        let server = try server()
        let client = client(perHost: perHost, total: total)
        let url = server.url
        let slow = Task { try await client.send(HTTPRequest(url: url + "/slow")).text() as String }
        await server.log.wait(for: "request")
        let others = (0..<5).map { number in
            Task { try await client.send(HTTPRequest(url: "\(url)/\(number)")).text() as String }
        }
        let cancelled = Task { try await client.send(HTTPRequest(url: url + "/cancelled")).text() as String }
        // All of them wait.
        try await client.wait { $0.inFlight == 7 }
        cancelled.cancel()
        let error = await #expect(throws: TransportError.self) { try await cancelled.value }
        #expect(error?.code == .cancelled)
        #expect(server.log.count("accepted") == 1)
        server.log.note("go")
        #expect(try await slow.value == "/slow")
        for (number, task) in others.enumerated() { #expect(try await task.value == "/\(number)") }
        #expect(server.log.count("accepted") == 1)
        #expect(client.statistics == .init(open: 1, idle: 1, inFlight: 0, created: 1, reused: 5))
    }

    @Test func requestThatWaitsHasItsConnectLimit() async throws {
        let server = try server()
        let clock = TestClock()
        var configuration = HTTPClient.Configuration.forTests(clock: clock)
        configuration.maximumConnections = 1
        let client = HTTPClient(configuration: configuration)
        let url = server.url
        let slow = Task { try await client.send(HTTPRequest(url: url + "/slow")).text() as String }
        await server.log.wait(for: "request")
        let waiting = Task { try await client.send(HTTPRequest(url: url)).text() as String }
        try await client.wait { $0.inFlight == 2 }
        clock.advance(by: .seconds(5))
        let error = await #expect(throws: TransportError.self) { try await waiting.value }
        #expect(error?.code == .timeout(.connect))
        server.log.note("go")
        #expect(try await slow.value == "/slow")
    }

    @Test func idleConnectionMakesRoomForAnotherServer() async throws {
        let servers = [try server(), try server()]
        let client = client(total: 1)
        for server in servers + servers {
            #expect(try await client.send(HTTPRequest(url: server.url + "/x")).text() == "/x")
        }
        await servers[0].log.wait(for: "closed", count: 2)
        #expect(client.statistics.open == 1)
    }

    @Test func idleConnectionThatItsServerClosesIsNotUsed() async throws {
        let server = try LocalServer { connection in
            guard connection.readHead() != nil else { return }
            connection.respond("first")
            if connection.log.count("accepted") > 1 { connection.waitForClose() }
        }
        let client = client()
        #expect(try await client.send(HTTPRequest(url: server.url)).text() == "first")
        // Seen at once without libcurl; libcurl looks before it uses a connection.
        if EachWay.isDirect { try await client.wait { $0.open == 0 } }
        let request = HTTPRequest(method: "POST", url: server.url, body: .bytes([1]))
        if EachWay.isDirect {
            #expect(try await client.send(request).text() == "first")
            #expect(client.statistics == .init(open: 1, idle: 1, inFlight: 0, created: 2, reused: 0))
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ])
    func connectionIsNotKeptAgainstTheServersWord(_ answer: String) async throws {
        let server = try LocalServer { connection in
            guard connection.readHead() != nil else { return }
            connection.write(answer)
            connection.waitForClose()
        }
        let client = client()
        for _ in 0..<2 { #expect(try await client.send(HTTPRequest(url: server.url)).text() == "ok") }
        await server.log.wait(for: "closed", count: 2)
        #expect(server.log.count("accepted") == 2)
    }

    @Test func localhostIsFoundWhereverItListens() async throws {
        let server = try server()
        let url = "http://localhost:\(server.port)/here"
        let client = client()
        for _ in 0..<2 { #expect(try await client.send(HTTPRequest(url: url)).text() == "/here") }
        #expect(client.statistics.reused == 1)
    }

    @Test func connectionAfterOneThatGrewTooOldIsKeptLikeAnyOther() async throws {
        // libcurl counts the age by itself.
        guard EachWay.isDirect else { return }
        let server = try server()
        let clock = TestClock()
        let client = client(clock: clock)
        // Without limits no timer closes the connection before it is looked at.
        let timeouts = Timeouts(connect: nil, firstByte: nil, idle: nil, total: nil)
        let request = HTTPRequest(url: server.url + "/x", timeouts: timeouts)
        #expect(try await client.send(request).text() == "/x")
        clock.advance(by: client.configuration.maximumIdleAge + .seconds(1))
        for _ in 0..<2 { #expect(try await client.send(request).text() == "/x") }
        #expect(client.statistics == .init(open: 1, idle: 1, inFlight: 0, created: 2, reused: 1))
    }

    @Test func releasedAnswerThatEndsSoonKeepsItsConnection() async throws {
        let server = try LocalServer { connection in
            while connection.readHead() != nil {
                connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ndone\r\n")
                connection.log.blockUntil("released", count: connection.log.count("request"))
                connection.write("1\r\nx\r\n0\r\n\r\n")
            }
        }
        let client = client()
        for _ in 0..<2 {
            let response = try await client.send(HTTPRequest(url: server.url, isStreaming: true))
            var iterator = response.body.makeAsyncIterator()
            #expect(try await iterator.next() == Array("done".utf8))
            response.body.release()
            server.log.note("released")
            try await client.wait { $0.inFlight == 0 }
        }
        #expect(server.log.count("accepted") == 1)
    }

    @Test func releasedAnswerThatGoesOnLosesItsConnection() async throws {
        let server = try LocalServer { connection in
            guard connection.readHead() != nil else { return }
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ndone\r\n")
            connection.waitForClose()
        }
        let clock = TestClock()
        let client = client(clock: clock)
        let response = try await client.send(HTTPRequest(url: server.url, isStreaming: true))
        response.body.release()
        let loop = client.configuration.eventLoopGroup.loops[0]
        await loop.run {}
        clock.advance(by: .milliseconds(499))
        await loop.run {}
        #expect(client.statistics.inFlight == 1)
        clock.advance(by: .milliseconds(1))
        await server.log.wait(for: "closed")
        try await client.wait { $0.inFlight == 0 && $0.open == 0 }
    }

    @Test func serverMayAnswerBeforeItHasReadAll() async throws {
        let server = try LocalServer { connection in
            _ = connection.readHead()
            connection.respond("too much", status: "413 Content Too Large")
            connection.log.blockUntil("answered")
        }
        let body = [UInt8](repeating: 1, count: 20 << 20)
        let request = HTTPRequest(method: "POST", url: server.url, body: .bytes(body))
        let response = try await client().send(request)
        #expect(response.status == 413)
        #expect(try await response.text() == "too much")
        server.log.note("answered")
    }

    @Test func hostFieldOfTheRequestIsUsed() async throws {
        let server = try LocalServer { connection in
            connection.log.note(connection.readHead() ?? "")
            connection.respond("ok")
        }
        let fields: HTTPFields = [
            "Host": "model.example", "accept": "text/x", "User-Agent": "me", "connection": "upgrade",
        ]
        _ = try await client().send(HTTPRequest(url: server.url + "?a=b#c", fields: fields)).text()
        let lines = server.log.events[2].split(separator: "\r\n").map { $0.lowercased() }
        #expect(lines.first == "get /?a=b http/1.1")
        for name in ["host", "accept", "user-agent"] { #expect(lines.count { $0.hasPrefix(name + ":") } == 1) }
        #expect(lines.contains("host: model.example"))
        #expect(!lines.contains { $0.hasPrefix("connection") })
    }

    @Test func brokenCompressionIsAnError() async throws {
        let server = try LocalServer { connection in
            while let head = connection.readHead() {
                let coding = head.contains("/unknown") ? "compress" : "gzip"
                connection.write("HTTP/1.1 200 OK\r\nContent-Encoding: \(coding)\r\nContent-Length: 7\r\n\r\nno gzip")
            }
        }
        for path in ["/gzip", "/unknown"] {
            let error = await #expect(throws: TransportError.self) {
                try await client().send(HTTPRequest(url: server.url + path)).text()
            }
            #expect(error?.code == .protocolViolation)
        }
    }
}
