import ProviderTesting
import Testing
import TransportKit

@testable import GatewayKit

@Suite(.timeLimit(.minutes(5)))
struct BadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let request: String
        /// 0 for a connection that is closed without an answer.
        let status: Int
        var testDescription: String { name }

        init(_ name: String, _ status: Int, _ request: String) {
            (self.name, self.status, self.request) = (name, status, request)
        }
    }

    private static let head = "POST /x HTTP/1.1\r\nHost: a\r\n"

    static let cases = [
        Case("nothing like HTTP", 0, "hello\r\n\r\n"),
        Case("no version", 400, "GET /x\r\n\r\n"),
        Case("unknown version", 505, "GET /x HTTP/3.0\r\nHost: a\r\n\r\n"),
        Case("preface of HTTP/2", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        Case("TLS", 0, "\u{16}\u{03}\u{01}\u{02}\n\n"),
        Case("a space in the target", 0, "GET /x y HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("two spaces before the target", 400, "GET  /x HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("a zero byte in the target", 400, "GET /x\u{0}y HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("a control character in the target", 400, "GET /x\u{1} HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("a fragment in the target", 400, "GET /x#y HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("a target without a slash", 400, "GET x HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("a URL within a target without a slash", 400, "GET x?u=http://a/y HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("a URL of another scheme", 400, "GET ftp://a/x HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("a URL without a host", 400, "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("a URL with a user", 400, "GET http://b@a/x HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("a space behind the version", 400, "GET /x HTTP/1.1 \r\nHost: a\r\n\r\n"),
        Case("a version in lower case", 400, "GET /x http/1.1\r\nHost: a\r\n\r\n"),
        Case("a version with more digits", 400, "GET /x HTTP/1.10\r\nHost: a\r\n\r\n"),
        Case("lines that end in LF", 400, "GET /x HTTP/1.1\nHost: a\n\n"),
        Case("a request's line that ends in LF", 400, "GET /x HTTP/1.1\nHost: a\r\n\r\n"),
        Case("a field that ends in LF", 400, "GET /x HTTP/1.1\r\nHost: a\r\nX: 1\nY: 2\r\n\r\n"),
        Case("a last field that ends in LF", 400, "GET /x HTTP/1.1\r\nHost: a\r\nX: 1\n\r\n"),
        Case("a head that ends in LF", 400, "GET /x HTTP/1.1\r\nHost: a\r\nX: 1\r\n\n"),
        Case("a field hidden behind CR", 400, "GET /x HTTP/1.1\r\nHost: a\rX: 1\r\n\r\n"),
        Case("CR in a value", 400, head + "X: 1\r2\r\n\r\n"),
        Case("a control character in a value", 400, head + "X: 1\u{1}2\r\n\r\n"),
        Case("DEL in a value", 400, head + "X: 1\u{7F}2\r\n\r\n"),
        Case("a field before the first", 400, "GET /x HTTP/1.1\r\n X: 1\r\nHost: a\r\n\r\n"),
        Case("no Host", 400, "GET /x HTTP/1.1\r\n\r\n"),
        Case("two Hosts", 400, "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        Case("a field without a colon", 400, head + "Nonsense\r\n\r\n"),
        Case("a space before the colon", 400, head + "X : 1\r\n\r\n"),
        Case("a zero byte in a value", 400, head + "X: 1\u{00}2\r\n\r\n"),
        Case("a zero byte in a value before another", 400, head + "X: 1\u{00}2\r\nY: 1\r\n\r\n"),
        Case("a zero byte in a name", 400, head + "X\u{00}: 1\r\n\r\n"),
        Case("a folded line", 400, head + "X: 1\r\n 2\r\n\r\n"),
        Case("a folded line before another", 400, head + "X: 1\r\n\t2\r\nY: 1\r\n\r\n"),
        Case("an empty name before another", 400, head + ": 1\r\nY: 1\r\n\r\n"),
        Case("an empty name", 400, head + ": 1\r\n\r\n"),
        Case("a control character in a name", 400, head + "X\u{01}: 1\r\n\r\n"),
        Case("a word for Content-Length", 400, head + "Content-Length: five\r\n\r\nhello"),
        Case("a negative Content-Length", 400, head + "Content-Length: -5\r\n\r\nhello"),
        Case("a Content-Length beyond all numbers", 413, head + "Content-Length: 99999999999999999999999\r\n\r\n"),
        Case("a list of Content-Lengths", 400, head + "Content-Length: 5, 5\r\n\r\nhello"),
        Case("two Content-Lengths", 400, head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
        Case(
            "Content-Length and Transfer-Encoding",
            400,
            head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        Case(
            "Transfer-Encoding and Content-Length",
            400,
            head + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"
        ),
        Case("another coding", 400, head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        Case("two codings", 400, head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n"),
        Case("a coding in HTTP/1.0", 400, "POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Case("a chunk size of letters", 400, head + "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n"),
        Case("a negative chunk size", 400, head + "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n"),
        Case("an empty chunk size", 400, head + "Transfer-Encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n"),
        Case(
            "a chunk size beyond all numbers",
            413,
            head + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n"
        ),
        Case("a chunk longer than its size", 400, head + "Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n"),
        Case("a space before a coding's colon", 400, head + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
        Case("a coding of no name", 400, head + "Transfer-Encoding:\r\nContent-Length: 2\r\n\r\nhi"),
        Case("a coding behind a vertical tab", 400, head + "Transfer-Encoding: \u{B}chunked\r\n\r\n0\r\n\r\n"),
        Case("a coding with a parameter", 400, head + "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n"),
        Case("a coding twice", 400, head + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
        Case("identity", 400, head + "Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nhi"),
        Case("the same Content-Length twice", 400, head + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi"),
        Case("a sign before Content-Length", 400, head + "Content-Length: +2\r\n\r\nhi"),
        Case("a hexadecimal Content-Length", 400, head + "Content-Length: 0x2\r\n\r\nhi"),
        Case("an empty Content-Length", 400, head + "Content-Length:\r\n\r\nhi"),
        Case("a chunk size with a prefix", 400, head + "Transfer-Encoding: chunked\r\n\r\n0x2\r\nhi\r\n0\r\n\r\n"),
        Case("a chunk size with a sign", 400, head + "Transfer-Encoding: chunked\r\n\r\n+2\r\nhi\r\n0\r\n\r\n"),
        Case("a space before a chunk size", 400, head + "Transfer-Encoding: chunked\r\n\r\n 2\r\nhi\r\n0\r\n\r\n"),
        Case("LF within an extension", 400, head + "Transfer-Encoding: chunked\r\n\r\n2;a\nb\r\nhi\r\n0\r\n\r\n"),
        Case("a large body by its length", 413, head + "Content-Length: 2000\r\n\r\n"),
        Case(
            "a large body that asks first",
            413,
            head + "Expect: 100-continue\r\nContent-Length: 2000\r\n\r\n"
        ),
        Case(
            "a large body in chunks",
            413,
            head + "Transfer-Encoding: chunked\r\n\r\n7d0\r\n" + String(repeating: "x", count: 2000)
        ),
        Case(
            "a long target",
            431,
            "GET /" + String(repeating: "x", count: 5000) + " HTTP/1.1\r\nHost: a\r\n\r\n"
        ),
        Case(
            "a target without end",
            431,
            "GET /" + String(repeating: "x", count: 200_000)
        ),
        Case("a long field", 431, head + "X: " + String(repeating: "x", count: 5000) + "\r\n\r\n"),
        Case("a field without end", 431, head + "X: " + String(repeating: "x", count: 200_000)),
        Case(
            "a flood of fields",
            431,
            head + (0..<10_000).map { "X-\($0): 1\r\n" }.joined() + "\r\n"
        ),
    ]

    /// What is wrong gets one answer in the responder's shape or a closed connection, and the responder is not asked.
    @Test(arguments: cases)
    func isTurnedAway(_ bad: Case) async throws {
        let limits = HTTPLimits(bodyBytes: 1000, headBytes: 4096)
        try await TestServer.with(limits: limits) { test in
            let client = try test.connect()
            // The server may close before it has taken all of it.
            async let sending: Void? = try? client.send(bad.request)
            let answer = try await client.readToEnd()
            _ = await sending
            if bad.status == 0 {
                #expect(answer == "")
            } else {
                let status = bad.status == 505 ? 400 : bad.status
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
                #expect(answer.contains("\r\nConnection: close\r\n"), "\(answer)")
                #expect(answer.contains("\r\n\r\n{\"error\":"), "\(answer)")
                #expect(answer.hasSuffix("\"}"), "\(answer)")
                #expect(!answer.contains("<html>"))
                #expect(test.server.statistics.refused == 1)
            }
            #expect(test.responder.requests.withLock { $0.count } == 0)
            // Others are served as before.
            #expect(try await test.ask("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n").body == "GET /echo ")
        }
    }

    @Test func isTurnedAwayAfterAGoodRequestOnTheSameConnection() async throws {
        try await TestServer.with { test in
            let client = try test.connect()
            try await client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\nGET /echo HTTP/1.1\r\nNonsense\r\n\r\n")
            #expect(try await client.readResponse().body == "GET /echo ")
            let answer = try await client.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
            #expect(!answer.contains("<html>"))
            #expect(test.responder.requests.withLock { $0.count } == 1)
        }
    }

    @Test func isToldWhileItStillSends() async throws {
        try await TestServer.with(limits: HTTPLimits(bodyBytes: 1000)) { test in
            let client = try test.connect()
            // All of it is sent before the answer is read, as simple clients do.
            try await client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n")
            try await client.send([UInt8](repeating: 65, count: 20_000_000))
            let response = try await client.readResponse()
            #expect(response.status == 413)
            #expect(response.body == "{\"error\":\"body\"}")
        }
    }

    @Test(arguments: [
        "", "GET", "GET /x HTTP/1.1\r\nHos", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello",
        "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    ])
    func halfARequestIsGivenUpInTime(_ text: String) async throws {
        let clock = ManualClock()
        try await TestServer.with(clock: clock) { test in
            let client = try test.connect()
            try await client.send(text)
            let time = text.isEmpty ? Duration.seconds(75) : .seconds(30)
            let deadline = ManualClock.Instant(offset: time)
            try await clock.waitForSleeper(from: deadline, to: deadline)
            clock.advance(to: deadline)
            let answer = try await client.readToEnd()
            if text.isEmpty {
                #expect(answer == "")
            } else {
                #expect(answer.hasPrefix("HTTP/1.1 408 "), "\(answer)")
                #expect(answer.hasSuffix("{\"error\":\"slow\"}"))
            }
            #expect(test.responder.requests.withLock { $0.isEmpty })
        }
    }

    @Test(arguments: ["GET /x HT", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello"])
    func halfARequestThatEndsIsForgotten(_ text: String) async throws {
        try await TestServer.with { test in
            let client = try test.connect()
            try await client.send(text)
            client.closeSending()
            #expect(try await client.readToEnd() == "")
            #expect(test.responder.requests.withLock { $0.isEmpty })
        }
    }

    @Test func fullServerSaysSo() async throws {
        try await TestServer.with(limits: HTTPLimits(connections: 2)) { test in
            let clients = try (0..<2).map { _ in try test.connect() }
            for client in clients {
                try await client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try await client.readResponse()
            }
            let response = try await test.ask("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(response.status == 503)
            #expect(response.field("retry-after") == "1")
            #expect(response.field("connection") == "close")
        }
    }

    /// Every prefix of a good request, then the end: no crash, no answer, nobody is asked.
    @Test func everyPrefixOfARequestIsHarmless() async throws {
        let request = Array(
            "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nT: 1\r\n\r\n".utf8
        )
        try await TestServer.with { test in
            for length in 1..<request.count {
                let client = try test.connect()
                try await client.send(Array(request[..<length]))
                client.closeSending()
                #expect(try await client.readToEnd() == "")
            }
            #expect(test.responder.requests.withLock { $0.isEmpty })
        }
    }

    /// A request that comes byte by byte is one request.
    @Test func bytesMayComeOneByOne() async throws {
        try await TestServer.with { test in
            let client = try test.connect()
            let text = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
            for byte in text.utf8 { try await client.send([byte]) }
            #expect(try await client.readResponse().body == "POST /echo hello")
        }
    }
}
