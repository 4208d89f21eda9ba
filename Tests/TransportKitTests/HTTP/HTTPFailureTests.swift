import Testing

@testable import TransportKit

/// Servers that are not there, or misbehave.
@Suite(.timeLimit(.minutes(5)), .eachWay)
struct HTTPFailureTests {
    let client = HTTPClient(configuration: .forTests())

    private func outcome(_ request: HTTPRequest) async -> (body: String, error: TransportError?) {
        var body = ""
        do throws(TransportError) {
            let response = try await client.send(request)
            for try await piece in response.body { body += String(decoding: piece, as: UTF8.self) }
            return (body, nil)
        } catch {
            return (body, error)
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let answer: String
        var body = ""
        var code: TransportError.Code?
        var resets = false
        var testDescription: String { name }
    }

    static let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    @Test(arguments: [
        Case(name: "whole", answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", body: "ab"),
        Case(name: "delimited by the close", answer: "HTTP/1.1 200 OK\r\n\r\nabc", body: "abc"),
        Case(name: "HTTP/1.0", answer: "HTTP/1.0 200 OK\r\n\r\nabc", body: "abc"),
        Case(name: "chunked", answer: chunked + "3\r\nabc\r\n0\r\n\r\n", body: "abc"),
        Case(name: "trailers", answer: chunked + "3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n", body: "abc"),
        Case(name: "no body", answer: "HTTP/1.1 204 No Content\r\n\r\n"),
        Case(name: "interim first", answer: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx", body: "x"),
        Case(name: "short", answer: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", body: "abc", code: .closed),
        Case(name: "cut between chunks", answer: chunked + "3\r\nabc\r\n", body: "abc", code: .closed),
        Case(name: "cut within a chunk", answer: chunked + "5\r\nabc", body: "abc", code: .closed),
        Case(name: "reset", answer: chunked + "3\r\nabc\r\n", code: .closed, resets: true),
        Case(name: "nothing", answer: "", code: .closed),
        Case(name: "half a head", answer: "HTTP/1.1 200 OK\r\nX", code: .closed),
        Case(name: "no HTTP", answer: "SSH-2.0-OpenSSH_9.2\r\n\r\n", code: .protocolViolation),
        Case(name: "bad chunk", answer: chunked + "3\r\nabc\r\nzz\r\n", body: "abc", code: .protocolViolation),
        Case(name: "bad status", answer: "HTTP/1.1 xyz OK\r\n\r\n", code: .protocolViolation),
    ])
    func answersEndAsTheyShould(_ example: Case) async throws {
        let server = try LocalServer { connection in
            _ = connection.readHead()
            connection.write(example.answer)
            if example.resets { connection.reset() }
        }
        let (body, error) = await outcome(HTTPRequest(url: server.url + "/?secret=1"))
        // A reset may overtake what was sent before it.
        if !example.resets { #expect(body == example.body) }
        #expect(error?.code == example.code)
        #expect(error?.message.contains("secret") != true)
        #expect(error?.message.contains("127.0.0.1:\(server.port)") != false)
    }

    @Test func refusedPortSaysWhatToDo() async throws {
        var server: LocalServer? = try LocalServer { _ in }
        let url = server?.url ?? ""
        server = nil
        let error = await outcome(HTTPRequest(url: url)).error
        #expect(error?.code == .connect)
        #expect(error?.message == "nothing listens on \(url.dropFirst(7)): is the server running?")
    }

    @Test func missingSocketSaysWhatToDo() async {
        let error = await outcome(HTTPRequest(url: "http://localhost/", unixSocketPath: "/tmp/no/such.sock")).error
        #expect(error?.code == .connect)
        #expect(error?.message == "there is no socket at /tmp/no/such.sock: is the server running?")
    }

    @Test("What a name's lookup was watched with is watched no longer")
    func lookupLeavesNoWatch() async throws {
        let loop = client.configuration.eventLoopGroup.loops[0]
        let before = await loop.run { loop.onLoop.watches.count }
        let error = await #expect(throws: TransportError.self) {
            try await client.send(HTTPRequest(url: "http://no-such-host.invalid/"))
        }
        #expect(error?.code == .resolve)
        #expect(await loop.run { loop.onLoop.watches.count } == before)
    }

    @Test func unknownHostIsNamed() async {
        let error = await outcome(HTTPRequest(url: "http://no-such-host.invalid/v1?key=secret")).error
        #expect(error?.code == .resolve)
        #expect(error?.message.hasPrefix("the name no-such-host.invalid has no address") == true)
    }

    @Test func headAndBodyHaveLimits() async throws {
        let server = try LocalServer { connection in
            while let head = connection.readHead() {
                let size = head.contains("/head") ? 70_000 : 0
                connection.respond(
                    String(repeating: "b", count: 2000),
                    fields: "X: \(String(repeating: "a", count: size))\r\n"
                )
            }
        }
        var configuration = client.configuration
        configuration.maximumResponseSize = 1000
        let client = HTTPClient(configuration: configuration)
        let head = await #expect(throws: TransportError.self) {
            try await client.send(HTTPRequest(url: server.url + "/head"))
        }
        #expect(head?.code == .tooLarge)
        let response = try await client.send(HTTPRequest(url: server.url))
        let body = await #expect(throws: TransportError.self) { try await response.text() }
        #expect(body?.code == .tooLarge)
        let streamed = try await client.send(HTTPRequest(url: server.url, isStreaming: true))
        #expect(try await streamed.text().count == 2000)
    }

    @Test func requestThatCannotBeSentIsRefused() async {
        let url = "http://127.0.0.1:1/"
        let requests: [(HTTPRequest, TransportError.Code)] = [
            (HTTPRequest(method: "GET /x HTTP/1.1\r\nX: y", url: url), .invalidRequest),
            (HTTPRequest(url: url, fields: ["X": "a\r\nY: b"]), .invalidRequest),
            (HTTPRequest(url: url, fields: ["X Y": "a"]), .invalidRequest),
            (HTTPRequest(url: url, credentials: ["Authorization": Secret("s3cret\n")]), .invalidRequest),
            (HTTPRequest(url: "file:///etc/passwd"), .invalidURL),
            (HTTPRequest(url: "http://u:s3cret@127.0.0.1:1/"), .invalidURL),
            (HTTPRequest(url: url, proxy: "ftp://127.0.0.1"), .proxy),
            (HTTPRequest(url: url, unixSocketPath: String(repeating: "a", count: 108)), .invalidURL),
        ]
        for (request, code) in requests {
            let error = await outcome(request).error
            #expect(error?.code == code)
            #expect(error?.message.contains("s3cret") == false)
        }
        #expect(client.statistics.created == 0)
    }

    @Test func plainHTTPCanBeKeptToThisMachine() async throws {
        let server = try LocalServer { connection in
            _ = connection.readHead()
            connection.respond("x")
        }
        var configuration = client.configuration
        configuration.plainHTTP = .loopbackOnly
        let client = HTTPClient(configuration: configuration)
        #expect(try await client.send(HTTPRequest(url: server.url)).text() == "x")
        let error = await #expect(throws: TransportError.self) {
            try await client.send(HTTPRequest(url: "http://192.0.2.1/"))
        }
        #expect(error?.code == .invalidURL)
    }

    /// Answers one request on the first connection, reads another and leaves; answers on every later connection.
    private func forgetfulServer() throws -> LocalServer {
        try LocalServer { connection in
            guard connection.readHead() != nil else { return }
            connection.respond("first")
            if connection.log.count("accepted") == 1 {
                _ = connection.readHead()
            } else {
                connection.waitForClose()
            }
        }
    }

    @Test func requestOnADyingKeptConnectionIsNotSentTwice() async throws {
        let server = try forgetfulServer()
        #expect(await outcome(HTTPRequest(url: server.url)).body == "first")
        let error = await outcome(HTTPRequest(method: "POST", url: server.url, body: .bytes([1]))).error
        #expect(error?.code == .closed)
        #expect(error?.message.contains("not sent again") == true)
        #expect(server.log.count("request") == 2)
        #expect(server.log.count("accepted") <= 2)
    }

    @Test func repeatableRequestOnADyingKeptConnectionIsSentAgain() async throws {
        let server = try forgetfulServer()
        #expect(await outcome(HTTPRequest(url: server.url)).body == "first")
        #expect(await outcome(HTTPRequest(url: server.url)).body == "first")
        #expect(server.log.count("request") == 3)
    }
}
