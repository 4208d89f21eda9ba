import Glibc
import Testing

@testable import TransportKit

/// Requests and answers as they should be.
@Suite(.timeLimit(.minutes(5)), .eachWay)
struct HTTPClientTests {
    let client = HTTPClient(configuration: .forTests())

    @Test func sendsARequestAndReadsTheAnswer() async throws {
        let server = try LocalServer { connection in
            guard let head = connection.readHead() else { return }
            connection.log.note(head)
            connection.log.note(String(decoding: connection.read(5), as: UTF8.self))
            connection.respond("hello", status: "201 Created", fields: "X-Two: a\r\nx-two: b\r\nX-Empty:\r\n")
        }
        let response = try await client.send(
            HTTPRequest(
                method: "POST",
                url: server.url + "/v1/chat?x=1",
                fields: ["Content-Type": "application/json", "X-Empty": ""],
                credentials: ["Authorization": Secret("Bearer s3cret")],
                body: .bytes(Array("12345".utf8))
            )
        )
        #expect(response.status == 201)
        #expect(response.fields.values("X-TWO") == ["a", "b"])
        #expect(response.fields["x-empty"] == "")
        #expect(try await response.text() == "hello")
        let head = server.log.events[2].split(separator: "\r\n").map(String.init)
        #expect(head.first == "POST /v1/chat?x=1 HTTP/1.1")
        #expect(head.contains("Authorization: Bearer s3cret"))
        #expect(head.contains("Content-Length: 5"))
        #expect(head.contains("X-Empty:"))
        #expect(head.contains("User-Agent: modelplex"))
        #expect(!head.contains { $0.hasPrefix("Expect") })
        #expect(server.log.events[3] == "12345")
    }

    @Test(arguments: ["GET", "HEAD", "DELETE", "POST", "PATCH"])
    func sendsMethodsWithoutABody(_ method: String) async throws {
        let server = try LocalServer { connection in
            guard let head = connection.readHead() else { return }
            connection.log.note(head)
            connection.respond(method == "HEAD" ? "" : "x")
        }
        let response = try await client.send(HTTPRequest(method: method, url: server.url))
        #expect(try await response.text() == (method == "HEAD" ? "" : "x"))
        let lines = server.log.events[2].split(separator: "\r\n")
        #expect(lines.first == "\(method) / HTTP/1.1")
        #expect(lines.contains("Content-Length: 0") == (method == "POST"))
    }

    @Test func handleOfAFormerRequestLeavesNothingBehind() async throws {
        let server = try LocalServer { connection in
            while let head = connection.readHead() {
                connection.log.note(head)
                if head.contains("Content-Length: 3") { _ = connection.read(3) }
                connection.respond("")
            }
        }
        let first = HTTPRequest(
            method: "PUT",
            url: server.url,
            fields: ["X-First": "1"],
            credentials: ["X-Key": Secret("k")],
            body: .bytes([1, 2, 3]),
            isStreaming: true
        )
        _ = try await client.send(first).text()
        _ = try await client.send(HTTPRequest(url: server.url)).text()
        let second = server.log.events[4]
        #expect(second.hasPrefix("GET / HTTP/1.1"))
        for trace in ["X-First", "X-Key", "Content-", "identity"] { #expect(!second.contains(trace)) }
    }

    @Test func keepsConnectionsAndCountsThem() async throws {
        let server = try LocalServer { connection in
            while connection.readHead() != nil { connection.respond("ok") }
            connection.log.note("closed")
        }
        var client: HTTPClient? = client
        for _ in 0..<5 {
            let response = try await client?.send(HTTPRequest(url: server.url))
            #expect(try await response?.text() == "ok")
        }
        #expect(server.log.count("accepted") == 1)
        #expect(client?.statistics == .init(open: 1, idle: 1, inFlight: 0, created: 1, reused: 4))
        client = nil
    }

    @Test func releasedClientClosesItsConnectionsAfterTheLastBody() async throws {
        let server = try LocalServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
            connection.log.blockUntil("go")
            connection.write("67890")
            connection.waitForClose()
        }
        var other: HTTPClient? = HTTPClient(configuration: client.configuration)
        let response = try await other?.send(HTTPRequest(url: server.url))
        other = nil
        server.log.note("go")
        #expect(try await response?.text() == "1234567890")
        await server.log.wait(for: "closed")
    }

    @Test func speaksOverAUnixSocket() async throws {
        let path = "/tmp/plex-test-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
        let server = try LocalServer(path: path) { connection in
            connection.log.note(connection.readHead() ?? "")
            connection.respond("over a socket")
        }
        let endpoint = try Endpoint(parsing: "unix:\(path):/v1")
        let response = try await client.send(
            HTTPRequest(url: endpoint.url(path: "/models"), unixSocketPath: endpoint.unixSocketPath)
        )
        #expect(try await response.text() == "over a socket")
        #expect(server.log.events[2].hasPrefix("GET /v1/models HTTP/1.1\r\nHost: localhost\r\n"))
    }

    @Test func runsAHundredExchangesAtATime() async throws {
        let server = try LocalServer { connection in
            while let head = connection.readHead() {
                let path = head.split(separator: " ")[1]
                connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                for _ in 0..<20 { connection.write("\(String(path.utf8.count, radix: 16))\r\n\(path)\r\n") }
                connection.write("0\r\n\r\n")
            }
        }
        let client = HTTPClient(configuration: .forTests(loops: 2))
        let url = server.url
        try await withThrowingTaskGroup(of: Bool.self) { tasks in
            for number in 0..<100 {
                tasks.addTask {
                    let response = try await client.send(HTTPRequest(url: "\(url)/\(number)", isStreaming: true))
                    return try await response.text() == String(repeating: "/\(number)", count: 20)
                }
            }
            for try await isRight in tasks { #expect(isRight) }
        }
        #expect(client.statistics.inFlight == 0)
        #expect(client.statistics.created + client.statistics.reused == 100)
    }

    @Test func callerOnALoopStaysThere() async throws {
        let server = try LocalServer { connection in
            _ = connection.readHead()
            connection.respond("x")
        }
        let client = HTTPClient(configuration: .forTests(loops: 2))
        let loop = client.configuration.eventLoopGroup.loops[1]
        let url = server.url
        let thread = try await Task(executorPreference: loop) {
            let response = try await client.send(HTTPRequest(url: url))
            let isOnLoop = loop.isCurrent
            _ = try await response.text()
            return isOnLoop && loop.isCurrent
        }.value
        #expect(thread)
        #expect(client.configuration.eventLoopGroup.loops[0].statistics.jobs == 0)
    }

    @Test func decompressesWithinTheSizeLimit() async throws {
        let packed = Self.hundredThousandZeros
        let server = try LocalServer { connection in
            while let head = connection.readHead() {
                connection.log.note(head.contains("gzip") ? "offered" : "plain")
                connection.write(
                    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n\r\n"
                )
                connection.write(packed)
            }
        }
        let response = try await client.send(HTTPRequest(url: server.url))
        #expect(response.fields["content-encoding"] == nil)
        #expect(response.fields["content-length"] == nil)
        #expect(try await response.body.collect(upTo: .max) == [UInt8](repeating: 0, count: 100_000))

        let streamed = try await client.send(HTTPRequest(url: server.url, isStreaming: true))
        #expect(try await streamed.body.collect(upTo: .max) == packed)
        #expect(server.log.events.filter { $0 == "offered" || $0 == "plain" } == ["offered", "plain"])

        var configuration = client.configuration
        configuration.maximumResponseSize = 50_000
        let small = HTTPClient(configuration: configuration)
        let bomb = try await small.send(HTTPRequest(url: server.url))
        let error = await #expect(throws: TransportError.self) { try await bomb.body.collect(upTo: .max) }
        #expect(error?.code == .tooLarge)
    }

    private static let hundredThousandZeros: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xED, 0xC1, 0x31, 0x01, 0x00, 0x00, 0x00,
        0xC2, 0xA0, 0xF5, 0x4F, 0x6D, 0x0D, 0x0F, 0xA0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x80, 0x57, 0x03, 0x7D, 0x95, 0x11, 0xD4, 0xA0, 0x86, 0x01, 0x00,
    ]
}

extension HTTPClient.Configuration {
    static func forTests(loops: Int = 1, clock: any Clock<Duration> = ContinuousClock()) -> Self {
        var configuration = Self(eventLoopGroup: EventLoopGroup(count: loops, clock: clock))
        configuration.proxy = .none
        configuration.connectsDirectly = EachWay.isDirect
        return configuration
    }
}

extension HTTPClient {
    /// Returns when the figures are as wanted; a test that has reached its time limit is not kept from ending.
    func wait(until isReached: (Statistics) -> Bool) async throws {
        while !isReached(statistics) {
            try Task.checkCancellation()
            await configuration.eventLoopGroup.loops[0].run {}
        }
    }
}

extension HTTPResponse {
    func text() async throws -> String {
        String(decoding: try await body.collect(upTo: 1 << 24), as: UTF8.self)
    }
}
