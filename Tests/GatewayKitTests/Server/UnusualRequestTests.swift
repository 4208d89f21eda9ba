import Testing
import TransportKit

@testable import GatewayKit

/// Requests that are rarely sent, and where two servers could see two different ones.
@Suite(.timeLimit(.minutes(5)))
struct UnusualRequestTests {
    /// Nothing behind a body whose end others may see elsewhere is a request.
    @Test(arguments: [
        "2;a\nhi\r\n0\r\n\r\n", "2\nhi\r\n0\r\n\r\n", "2\r\nhi\n0\r\n\r\n", "2\r\nhi\r\n0\n\n",
        "2;a\rb\r\nhi\r\n0\r\n\r\n",
        "2\r\nhi\r\n0\r\nContent-Length: 50\r\n\r\n", "2\r\nhi\r\n0\r\nX: 1\r\n y\r\n\r\n",
        "2\r\nhi\r\n0\r\n\r\n",
    ])
    func nothingIsReadBehindChunks(_ chunks: String) async throws {
        for extra in ["", "Expect: 100-continue\r\n", "Connection: keep-alive\r\n"] {
            try await TestServer.with { test in
                let client = try test.connect()
                let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
                async let sending: Void? = try? client.send(
                    "POST /x HTTP/1.1\r\nHost: a\r\n" + extra + "Transfer-Encoding: chunked\r\n\r\n" + chunks + smuggled
                )
                // The connection may be reset, as what was sent behind the body is not read.
                let answer = try? await client.readToEnd()
                _ = await sending
                #expect(answer?.contains("smuggled") != true, "\(answer ?? "")")
                let paths = test.responder.requests.withLock { $0.map(\.path) }
                #expect(!paths.contains("/smuggled"))
                #expect(try await test.ask("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n").body == "GET /echo ")
            }
        }
    }

    /// What is unusual and has one meaning only.
    @Test(
        arguments: [
            ("GET http://b.example:80/x?y=1 HTTP/1.1\r\nHost: a\r\n\r\n", "b.example:80", true),
            ("GET HTTP://b.example HTTP/1.1\r\nHost: a\r\n\r\n", "b.example", true),
            ("\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n", "a", true), ("GET /x HTTP/1.0\r\n\r\n", nil, false),
            ("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", nil, true),
            ("GET /x HTTP/1.1\r\nHost: a\r\nX: \t1 \t\r\n\r\n", "a", true),
            ("GET /x HTTP/1.1\r\nHost: a\r\nX: \u{E4}\r\n\r\n", "a", true),
            ("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0002\r\n\r\nhi", "a", true),
            (
                "GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                    + "HTTP2-Settings: AA\r\n\r\n",
                "a", true
            ),
            ("GET /x HTTP/1.1\r\nHost: a\r\nConnection: x, close\r\n\r\n", "a", false),
        ] as [(String, String?, Bool)]
    )
    func theUnusualIsTaken(request: String, host: String?, staysOpen: Bool) async throws {
        try await TestServer.with { test in
            let client = try test.connect()
            try await client.send(request)
            #expect(try await client.readResponse().status == 200)
            let seen = try #require(test.responder.requests.withLock { $0.first })
            #expect(seen.fields.values("host") == (host.map { [$0] } ?? []))
            if staysOpen {
                try await client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.readResponse().body == "GET /echo ")
            } else {
                #expect(try await client.readToEnd() == "")
            }
        }
    }
}
