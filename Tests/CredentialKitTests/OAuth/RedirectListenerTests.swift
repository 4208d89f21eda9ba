import ProviderTesting
import Testing
import TransportKit

@testable import CredentialKit

@Suite("Where a browser is sent back to", .timeLimit(.minutes(5)))
struct RedirectListenerTests {
    private static let host = "Host: 127.0.0.1:7\r\n"

    @Test(
        "one request is understood, all else turned away",
        arguments: [
            ("GET /callback?code=1&state=2 HTTP/1.1\r\n\(host)A: b\r\n\r\n", .query("code=1&state=2")),
            ("GET /callback HTTP/1.1\r\nhOsT:\tlocalhost:7 \r\n\r\n", .query("")),
            ("GET /callback?a?b HTTP/1.0\r\n\(host)\r\nrest", .query("a?b")),
            ("GET /callback?code=1 HTTP/1.1\r\n\(host)", .more), ("", .more),
            ("GET /favicon.ico HTTP/1.1\r\n\(host)\r\n", .other(.notFound)),
            ("GET /callback/ HTTP/1.1\r\n\(host)\r\n", .other(.notFound)),
            ("POST /callback HTTP/1.1\r\n\(host)\r\n", .other(.wrongMethod)),
            ("GET /callback HTTP/1.1\r\n\r\n", .other(.malformed)),
            ("GET /callback HTTP/1.1\r\nHost: evil.example\r\n\r\n", .other(.malformed)),
            ("GET /callback HTTP/1.1\r\nHost: 127.0.0.1:8\r\n\r\n", .other(.malformed)),
            ("GET /callback HTTP/1.1\r\n\(host)\(host)\r\n", .other(.malformed)),
            ("GET http://127.0.0.1:7/callback HTTP/1.1\r\n\(host)\r\n", .other(.malformed)),
            ("GET /callback HTTP/2\r\n\(host)\r\n", .other(.malformed)),
            ("GET  /callback HTTP/1.1\r\n\(host)\r\n", .other(.malformed)),
            ("GET /callback\u{1} HTTP/1.1\r\n\(host)\r\n", .other(.malformed)),
            ("GET /ä HTTP/1.1\r\n\(host)\r\n", .other(.malformed)),
            ("GET /callback HTTP/1.1\nHost: 127.0.0.1:7\r\n\r\n", .other(.malformed)),
        ] as [(String, RedirectRequestReader.Outcome)]
    )
    func read(text: String, outcome: RedirectRequestReader.Outcome) {
        var whole = RedirectRequestReader(path: "/callback", port: 7)
        #expect(whole.add(Array(text.utf8)) == outcome)
        // The same in single bytes, as a network may bring it.
        var reader = RedirectRequestReader(path: "/callback", port: 7)
        var last = RedirectRequestReader.Outcome.more
        for byte in text.utf8 where last == .more { last = reader.add([byte]) }
        #expect(last == outcome)
    }

    @Test("a head without end is read up to a limit")
    func endless() {
        var reader = RedirectRequestReader(path: "/callback", port: 7)
        var count = 0
        while count < 100_000, reader.add([UInt8(ascii: "a")]) == .more { count += 1 }
        #expect(count == RedirectRequestReader.maximumSize - 1)
    }

    private func get(_ url: String) async throws -> (status: Int, text: String) {
        let response = try await HTTPClient.forAuthorization().send(HTTPRequest(url: url))
        return (response.status, String(decoding: try await response.body.collect(upTo: 4096), as: UTF8.self))
    }

    @Test("the browser's query is told, the page shows nothing of it, and the port closes")
    func answer() async throws {
        let listener = try await RedirectListener.open()
        let query = Task { try await listener.query(within: .seconds(50)) { $0.contains("good") } }
        let other = try await get(listener.redirectURI.dropping("/callback") + "/favicon.ico")
        #expect(other.status == 404)
        let page = try await get(listener.redirectURI + "?code=canary&good")
        #expect(page.status == 200)
        #expect(!page.text.contains("canary"))
        #expect(try await query.value == "code=canary&good")
        await #expect(throws: TransportError.self) { try await get(listener.redirectURI) }
    }

    @Test("an answer that is none shows a page that says so")
    func refusal() async throws {
        let listener = try await RedirectListener.open()
        let query = Task { try await listener.query(within: .seconds(50)) { _ in false } }
        let page = try await get(listener.redirectURI + "?error=access_denied")
        #expect(page.status == 400)
        #expect(try await query.value == "error=access_denied")
    }

    @Test("nobody is waited for longer than the limit")
    func limit() async throws {
        let clock = ManualClock()
        let listener = try await RedirectListener.open(on: EventLoopGroup(count: 1, clock: clock))
        let query = Task { try await listener.query(within: .seconds(300)) }
        try await clock.waitForSleepers(1)
        clock.advance(by: .seconds(300))
        let error = await oauthError { try await query.value }
        #expect(error?.reason == .timedOut)
    }

    @Test("cancelling ends the wait")
    func cancel() async throws {
        let listener = try await RedirectListener.open()
        let task = Task { try await listener.query(within: .seconds(300)) }
        task.cancel()
        #expect(await oauthError { try await task.value }?.reason == .cancelled)
    }

    @Test("a port that is taken is said")
    func taken() async throws {
        let first = try await RedirectListener.open()
        let port = try #require(UInt16(first.redirectURI.dropping("/callback").split(separator: ":").last ?? ""))
        let error = await oauthError { try await RedirectListener.open(port: port) }
        #expect(error?.reason == .cannotListen)
        #expect(error?.message.contains("\(port)") == true)
    }
}

extension String {
    fileprivate func dropping(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
