import Testing
import TransportKit

@testable import GatewayKit

@Suite(.timeLimit(.minutes(5)))
struct BodyBudgetTests {
    private static func post(_ path: String, _ length: Int) -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n"
    }

    private static func part(_ length: Int) -> String { String(repeating: "x", count: length) }

    /// Waits until so many bytes of bodies are held.
    private func wait(for bytes: Int, _ test: TestServer) async throws {
        while test.server.statistics.bodyBytes != bytes {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test func oneHalfBodyTooManyIsRefused() async throws {
        let limits = HTTPLimits(bodyBytes: 1000, totalBodyBytes: 5000)
        try await TestServer.with(limits: limits, loops: 2) { test in
            for _ in 0..<3 {
                var clients: [RawClient] = []
                for number in 1...5 {
                    let client = try test.connect()
                    try await client.send(Self.post("/echo", 1000) + Self.part(900))
                    try await wait(for: number * 900, test)
                    clients.append(client)
                }
                let client = try test.connect()
                try await client.send(Self.post("/echo", 1000) + Self.part(900))
                let response = try await client.readResponse()
                #expect(response.status == 503)
                #expect(response.field("retry-after") == "1")
                #expect(response.field("connection") == "close")
                #expect(response.body == #"{"error":"full"}"#)
                #expect(test.server.statistics.bodyBytes == 4500)
                // Those that were there go on.
                try await clients[0].send(Self.part(100))
                #expect(try await clients[0].readResponse().body.hasSuffix("xxx"))
                try await wait(for: 3600, test)
                #expect(try await test.ask(Self.post("/echo", 1000) + Self.part(1000)).status == 200)
                clients = []
                try await wait(for: 0, test)
            }
            #expect(test.server.statistics.refused == 3)
        }
    }

    @Test func aBodyOfTheGreatestSizeIsAlwaysTaken() async throws {
        let size = 1 << 20
        try await TestServer.with(limits: HTTPLimits(bodyBytes: size, totalBodyBytes: 1)) { test in
            let half = try test.connect()
            try await half.send(Self.post("/echo", size) + Self.part(size - 1))
            try await wait(for: size - 1, test)
            #expect(try await test.ask(Self.post("/echo", size) + Self.part(size)).status == 200)
            try await wait(for: size - 1, test)
        }
    }

    @Test func bodiesAreHeldUntilTheAnswerBegins() async throws {
        try await TestServer.with { test in
            let waiting = try test.connect()
            try await waiting.send(Self.post("/wait", 7) + Self.part(7))
            await test.responder.events.wait(for: "request /wait")
            #expect(test.server.statistics.bodyBytes == 7)
            let streaming = try test.connect()
            test.responder.stream.push("one")
            try await streaming.send(Self.post("/stream", 9) + Self.part(9))
            _ = try await streaming.readHead()
            #expect(test.server.statistics.bodyBytes == 7)
            test.responder.stream.openGate()
            _ = try await waiting.readResponse()
            #expect(test.server.statistics.bodyBytes == 0)
        }
    }

    @Test(arguments: [
        ("Content-Length: 10\r\n\r\nhello", ""), ("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "zz\r\n"),
        ("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "7d0\r\n" + String(repeating: "x", count: 2000)),
    ])
    func aBrokenRequestGivesBackWhatItHad(begin: String, end: String) async throws {
        try await TestServer.with(limits: HTTPLimits(bodyBytes: 1000)) { test in
            let client = try test.connect()
            try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\n" + begin)
            try await wait(for: 5, test)
            if end.isEmpty { client.closeSending() } else { try await client.send(end) }
            let answer = try await client.readToEnd()
            #expect(answer.hasPrefix(end.isEmpty ? "" : "HTTP/1.1 4"))
            try await wait(for: 0, test)
        }
    }

    @Test func aCallerWhoLeavesGivesBackWhatItHad() async throws {
        try await TestServer.with { test in
            var client: RawClient? = try test.connect()
            try await client?.send(Self.post("/wait", 7) + Self.part(7))
            await test.responder.events.wait(for: "request /wait")
            #expect(test.server.statistics.bodyBytes == 7)
            client = nil
            try await wait(for: 0, test)
        }
    }
}
