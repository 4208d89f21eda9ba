import Glibc
import Testing
import TransportKit

@testable import GatewayKit

/// A server that goes on elsewhere and with other limits, while it is used.
@Suite(.timeLimit(.minutes(5)))
struct ServerChangeTests {
    private static let get = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n"

    private func home(of test: TestServer) -> ListenAddress { .tcp(host: "127.0.0.1", port: 0, role: .host) }

    private func rights(_ path: String) -> mode_t? {
        var status = stat()
        return unsafe lstat(path, &status) == 0 ? status.st_mode & 0o777 : nil
    }

    private func unix(_ path: String, mode: UInt16 = 0o600, _ role: ListenAddress.Role = .host) -> ListenAddress {
        .unix(path: path, mode: mode, group: nil, role: role)
    }

    @Test func otherLimitsHoldForTheNextRequest() async throws {
        try await TestServer.with(limits: HTTPLimits(bodyBytes: 10, connections: 1), loops: 2) { test in
            let body = String(repeating: "x", count: 20)
            let post = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n\(body)"
            let client = try test.connect()
            try await client.send(Self.get)
            #expect(try await client.readResponse().status == 200)
            #expect(try await test.ask(Self.get).status == 503)
            _ = try await test.server.change(to: [home(of: test)], limits: HTTPLimits(bodyBytes: 20, connections: 9))
            try await client.send(post)
            #expect(try await client.readResponse().body.hasSuffix("xxx"))
            #expect(try await test.ask(post).status == 200)
            _ = try await test.server.change(to: [home(of: test)], limits: HTTPLimits(bodyBytes: 19, connections: 9))
            try await client.send(post)
            #expect(try await client.readResponse().status == 413)
        }
    }

    @Test func headsMayGrowAndShrink() async throws {
        func head(_ count: Int) -> String {
            "GET /echo HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "y", count: count))\r\n\r\n"
        }
        try await TestServer.with(limits: HTTPLimits(headBytes: 4096), loops: 2) { test in
            // One that the library has already, with memory for small heads.
            let old = try test.connect()
            try await old.send("GET /echo HTTP/1.1\r\n")
            for (limit, sizes) in [(64 << 10, [(3000, 200), (50_000, 200), (70_000, 431)]), (4096, [(50_000, 431)])] {
                let limits = HTTPLimits(headBytes: limit)
                _ = try await test.server.change(to: [home(of: test)], limits: limits)
                for (size, status) in sizes {
                    #expect(try await test.ask(head(size)).status == status, "\(limit) \(size)")
                }
            }
            try await old.send("Host: a\r\n\r\n")
            #expect(try await old.readResponse().status == 200)
            try await old.send(Self.get)
            #expect(try await old.readResponse().status == 200)
        }
    }

    @Test func aListenerGoesWhileAStreamRunsOnIt() async throws {
        let directory = UnixSocketTests.Directory()
        try await TestServer.with(loops: 2) { test in
            let both = [home(of: test), unix(directory.socket)]
            let bound = try await test.server.change(to: both, limits: HTTPLimits())
            #expect(bound.map(\.address) == both)
            guard case .tcp(_, let port) = bound[0].place else { throw RawClient.Failure(what: "no port") }
            #expect(port == test.port)
            let (stream, idle, begun) = (
                try RawClient(path: directory.socket), try RawClient(path: directory.socket),
                try RawClient(path: directory.socket)
            )
            try await idle.send(Self.get)
            #expect(try await idle.readResponse().status == 200)
            try await begun.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n")
            test.responder.stream.push("a")
            try await stream.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            await test.responder.events.wait(for: "request /stream")
            _ = try await test.server.change(to: [home(of: test)], limits: HTTPLimits())
            #expect(rights(directory.socket) == nil)
            #expect(throws: RawClient.Failure.self) { try RawClient(path: directory.socket) }
            #expect(try await test.ask(Self.get).status == 200)
            // What ran, or had begun to come, ends as it began.
            test.responder.stream.push("b")
            test.responder.stream.end()
            #expect(try await stream.readResponse().body == "ab")
            try await begun.send("four")
            let last = try await begun.readResponse()
            #expect(last.body == "POST /echo four")
            #expect(last.field("connection") == "close")
        }
    }

    @Test func aSocketsTermsChangeInPlace() async throws {
        let directory = UnixSocketTests.Directory()
        try await TestServer.with(loops: 2) { test in
            let server = test.server
            _ = try await server.change(to: [unix(directory.socket)], limits: HTTPLimits())
            #expect(rights(directory.socket) == 0o600)
            let client = try RawClient(path: directory.socket)
            try await client.send(Self.get)
            #expect(try await client.readResponse().status == 200)
            _ = try await server.change(to: [unix(directory.socket, mode: 0o660)], limits: HTTPLimits())
            #expect(rights(directory.socket) == 0o660)
            try await client.send(Self.get)
            #expect(try await client.readResponse().status == 200)
            let bound = try await server.change(to: [unix(directory.socket, .guest)], limits: HTTPLimits())
            #expect(bound.map(\.role) == [.guest])
            let guest = try RawClient(path: directory.socket)
            try await guest.send(Self.get)
            #expect(try await guest.readResponse().status == 200)
            #expect(test.responder.requests.withLock { $0.map(\.peer.role) } == [.host, .host, .guest])
            // A group that there is not leaves all as it was.
            let wrong = ListenAddress.unix(path: directory.socket, mode: 0o666, group: "no such group", role: .host)
            await #expect(throws: ListenError.self) { try await server.change(to: [wrong], limits: HTTPLimits()) }
            #expect(rights(directory.socket) == 0o600)
            // A file that somebody took away is made again.
            unsafe unlink(directory.socket)
            _ = try await server.change(to: [unix(directory.socket)], limits: HTTPLimits())
            let again = try RawClient(path: directory.socket)
            try await again.send(Self.get)
            #expect(try await again.readResponse().status == 200)
        }
    }

    @Test func aPortThatIsTakenChangesNothing() async throws {
        let directory = UnixSocketTests.Directory()
        try await TestServer.with { other in
            try await TestServer.with(loops: 2) { test in
                let taken = ListenAddress.tcp(host: "127.0.0.1", port: other.port, role: .host)
                let error = await #expect(throws: ListenError.self) {
                    try await test.server.change(
                        to: [unix(directory.socket), taken],
                        limits: HTTPLimits(bodyBytes: 1)
                    )
                }
                #expect(error?.reason == .inUse)
                #expect(rights(directory.socket) == nil)
                let post = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nfour"
                let answer = try await test.ask(post)
                #expect(answer.body == "POST /echo four")
                await #expect(throws: ListenError.self) { try await test.server.change(to: [], limits: HTTPLimits()) }
            }
        }
    }

    @Test func thePortCanGoOnAtAnotherAddress() async throws {
        try await TestServer.with(loops: 2) { test in
            for host in ["127.0.0.1", "0.0.0.0", "127.0.0.1"] {
                let address = ListenAddress.tcp(host: host, port: test.port, role: .host)
                let bound = try await test.server.change(to: [address], limits: HTTPLimits())
                #expect(bound.map(\.address) == [address])
                #expect(try await test.ask(Self.get).status == 200)
            }
        }
    }

    @Test func oneThatDoesNotRunCannotBeChanged() async throws {
        let server = HTTPServer(responder: TestResponder(), group: EventLoopGroup(count: 1))
        await #expect(throws: ListenError.self) {
            try await server.change(to: [.tcp(host: "127.0.0.1", port: 0, role: .host)], limits: HTTPLimits())
        }
    }
}
