import ProviderTesting
import Testing
import TransportKit

@testable import GatewayKit

@Suite(.timeLimit(.minutes(5)))
struct HTTPServerTests {
    private static let get = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func answersRequestsOnOneConnection() async throws {
        try await TestServer.with { test in
            let client = try test.connect()
            for number in 1...3 {
                try await client.send(
                    "POST /echo?n=\(number) HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nContent-Length: 5\r\n\r\nhello"
                )
                let response = try await client.readResponse()
                #expect(response.status == 200)
                #expect(response.body == "POST /echo hello")
                #expect(response.field("content-type") == "text/plain")
                #expect(response.field("date") != nil)
                #expect(response.field("connection") == nil)
            }
            let requests = test.responder.requests.withLock { $0 }
            #expect(requests.map(\.query) == ["n=1", "n=2", "n=3"])
            #expect(requests[0].fields["x-one"] == "1")
            guard case .tcp("127.0.0.1", _) = requests[0].peer.address else {
                Issue.record("the peer is \(requests[0].peer)")
                return
            }
            #expect(test.server.statistics.connections == 1)
            #expect(test.server.statistics.accepted == 1)
        }
    }

    @Test func handsTheTargetOnAsItWasSent() async throws {
        try await TestServer.with { test in
            _ = try await test.ask("GET /a%2Fb%20c/?x=%26&y=+1&&z HTTP/1.1\r\nHost: a\r\n\r\n")
            let request = try #require(test.responder.requests.withLock { $0.first })
            #expect(request.path == "/a%2Fb%20c/")
            #expect(request.query == "x=%26&y=+1&&z")
        }
    }

    @Test func readsChunkedBodies() async throws {
        try await TestServer.with { test in
            let client = try test.connect()
            try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")
            try await client.send("lo\r\n6;x=y\r\n world\r\n0\r\n\r\n")
            let response = try await client.readResponse()
            #expect(response.body == "POST /echo hello world")
            // What is behind chunks is no request: others may see their end elsewhere.
            #expect(response.field("connection") == "close")
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func answersPipelinedRequestsInOrder() async throws {
        try await TestServer.with { test in
            let client = try test.connect()
            let all = (0..<200).map {
                "POST /\($0) HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n\r\n\(String(repeating: "x", count: 300))"
            }
            async let sending: Void = client.send(all.joined())
            for number in 0..<200 {
                #expect(try await client.readResponse().body.hasPrefix("POST /\(number) xxx"))
            }
            try await sending
        }
    }

    @Test func takesLargeBodiesAndSendsLargeAnswers() async throws {
        try await TestServer.with { test in
            let client = try test.connect()
            let body = [UInt8](repeating: UInt8(ascii: "b"), count: 10 << 20)
            for _ in 0..<2 {
                async let sending: Void = client.send(
                    Array("POST /big HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body
                )
                let response = try await client.readResponse()
                #expect(response.body.utf8.count == body.count + "POST /big ".utf8.count)
                try await sending
            }
        }
    }

    /// Plain requests, and those that only the library reads, on one connection.
    @Test func readsWhateverComesNext() async throws {
        let plain = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
        let odd = "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, x\r\nContent-Length: 2\r\n\r\nhi"
        try await TestServer.with { test in
            for requests in [[plain, odd, plain], [odd, plain, plain, odd], [plain, plain, odd, odd]] {
                let together = try test.connect()
                try await together.send(requests.joined())
                let apart = try test.connect()
                for request in requests {
                    #expect(try await together.readResponse().body == "POST /echo hi")
                    try await apart.send(request)
                    #expect(try await apart.readResponse().body == "POST /echo hi")
                }
            }
        }
    }

    @Test func takesABodyInPieces() async throws {
        try await TestServer.with { test in
            let client = try test.connect()
            for size in [1, 20_000, 70_000] {
                try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \(2 * size)\r\n\r\n")
                try await client.send([UInt8](repeating: 65, count: size))
                try await client.send([UInt8](repeating: 66, count: size) + Array(Self.get.utf8))
                let response = try await client.readResponse()
                #expect(response.body.utf8.count == "POST /echo ".utf8.count + 2 * size)
                #expect(try await client.readResponse().body == "GET /echo ")
            }
        }
    }

    @Test func saysNoLengthWhereThereIsNoBody() async throws {
        let responder = TestResponder { _ in GatewayResponse(status: 204, fields: ["allow": "GET"]) }
        try await TestServer.with(responder) { test in
            let client = try test.connect()
            try await client.send("OPTIONS /x HTTP/1.1\r\nHost: a\r\n\r\n")
            let head = try await client.readHead()
            #expect(head.status == 204)
            #expect(head.field("content-length") == nil)
            #expect(head.field("allow") == "GET")
        }
    }

    @Test func leavesOutFieldsThatWouldBreakTheHead() async throws {
        let fields: HTTPFields = [
            "a": "1\r\nb: 2", "c\r\nd": "3", "": "4", "content-length": "99", "e": "5", "Date": "6",
        ]
        let responder = TestResponder { _ in GatewayResponse(status: 404, fields: fields, body: .bytes([65])) }
        try await TestServer.with(responder) { test in
            let client = try test.connect()
            try await client.send(Self.get)
            let head = try await client.readHead()
            #expect(head.status == 404)
            #expect(head.field("e") == "5")
            #expect(head.field("content-length") == "1")
            for name in ["a", "b", "c", "d", ""] { #expect(head.field(name) == nil) }
            #expect(head.field("date")?.hasSuffix("GMT") == true)
        }
    }

    @Test func sendsContinueWhenAskedTo() async throws {
        try await TestServer.with { test in
            let client = try test.connect()
            try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            #expect(try await client.read(through: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
            try await client.send("hi")
            #expect(try await client.readResponse().body == "POST /echo hi")
        }
    }

    @Test func speaksHTTP10() async throws {
        try await TestServer.with { test in
            let client = try test.connect()
            try await client.send("GET /echo HTTP/1.0\r\n\r\n")
            let answer = try await client.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.contains("Connection: close"))
            #expect(answer.hasSuffix("\r\n\r\nGET /echo "))
        }
    }

    @Test func closesWhenAskedTo() async throws {
        try await TestServer.with { test in
            let client = try test.connect()
            try await client.send("GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(try await client.readToEnd().contains("Connection: close"))
        }
    }

    @Test func answersHeadWithoutBody() async throws {
        try await TestServer.with { test in
            let client = try test.connect()
            try await client.send("HEAD /echo HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.readHead().field("content-length") == "11")
            try await client.send(Self.get)
            #expect(try await client.readResponse().body == "GET /echo ")
        }
    }

    @Test func spreadsConnectionsOverLoops() async throws {
        let loops = Locked<[Int: Int]>([:])
        let responder = TestResponder { _ in
            if let index = EventLoop.current?.index { loops.withLock { $0[index, default: 0] += 1 } }
            return nil
        }
        try await TestServer.with(responder, loops: 2) { test in
            var clients: [RawClient] = []
            for _ in 0..<16 {
                let client = try test.connect()
                try await client.send(Self.get)
                _ = try await client.readResponse()
                clients.append(client)
            }
            let counts = loops.withLock { $0 }
            #expect(counts.values.allSatisfy { (6...10).contains($0) }, "\(counts)")
            #expect(counts.count == 2)
        }
    }

    @Test func cannotStartTwice() async throws {
        try await TestServer.with { test in
            await #expect(throws: ListenError.self) {
                try await test.server.start([.tcp(host: "127.0.0.1", port: 0, role: .host)])
            }
        }
    }
}
