import CLinux
import Glibc
import Testing
import TransportKit

@testable import GatewayKit

@Suite(.timeLimit(.minutes(5)))
struct UnixSocketTests {
    /// A directory that is removed with the test.
    final class Directory: Sendable {
        let path: String
        init() {
            var template = Array("/tmp/plex-XXXXXX".utf8CString)
            unsafe mkdtemp(&template)
            path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        deinit {
            for name in ["a.socket", "file"] { unsafe unlink("\(path)/\(name)") }
            unsafe rmdir(path)
        }
        var socket: String { "\(path)/a.socket" }
    }

    private func status(_ path: String) -> stat? {
        var status = stat()
        return unsafe lstat(path, &status) == 0 ? status : nil
    }

    private func server() -> HTTPServer {
        HTTPServer(responder: TestResponder(), group: EventLoopGroup(count: 2))
    }

    private func address(_ path: String, mode: UInt16 = 0o600, group: String? = nil) -> ListenAddress {
        .unix(path: path, mode: mode, group: group, role: .guest)
    }

    @Test func servesAndKnowsThePeer() async throws {
        let directory = Directory()
        let responder = TestResponder()
        let group = EventLoopGroup(count: 2)
        let server = HTTPServer(responder: responder, group: group)
        let bound = try await server.start([address(directory.socket)])
        #expect(bound.map(\.description) == ["unix:\(directory.socket)"])
        #expect(bound[0].isLoopback)
        let client = try RawClient(path: directory.socket)
        for _ in 0..<2 {
            try await client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.readResponse().body == "GET /echo ")
        }
        let peer = try #require(responder.requests.withLock { $0.first?.peer })
        let own = Peer.Address.unix(userID: getuid(), groupID: getgid(), processID: getpid())
        #expect(peer == Peer(address: own, role: .guest, listener: "unix:\(directory.socket)"))
        // Nothing was read beyond this request, so its connection is good for another.
        responder.stream.push("a")
        responder.stream.end()
        try await client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try await client.readResponse().field("connection") == nil)
        try await client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try await client.readResponse().body == "GET /echo ")
        // What only the library reads: nothing tells whether the next request was read with this one.
        try await client.send("GET /stream HTTP/1.1\r\nHost: a\r\nX: ä\r\n\r\n")
        let answer = try await client.readToEnd()
        #expect(answer.contains("Connection: close"))
        #expect(answer.hasSuffix("0\r\n\r\n"))
        await server.stop(drain: .zero)
        #expect(status(directory.socket) == nil)
        await group.shutdown()
    }

    @Test(arguments: [UInt16(0o600), 0o660, 0o666])
    func hasTheModeAskedFor(_ mode: UInt16) async throws {
        let directory = Directory()
        let server = server()
        try await server.start([address(directory.socket, mode: mode, group: String(getgid()))])
        let found = try #require(status(directory.socket))
        #expect(found.st_mode & 0o777 == mode_t(mode))
        #expect(found.st_gid == getgid())
        await server.stop(drain: .zero)
    }

    @Test func replacesALeftover() async throws {
        let directory = Directory()
        let leftover = try UnixSocketFile(path: directory.socket, mode: 0o600, group: nil)
        close(leftover.descriptor)
        let server = server()
        try await server.start([address(directory.socket)])
        let client = try RawClient(path: directory.socket)
        try await client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try await client.readResponse().status == 200)
        await server.stop(drain: .zero)
    }

    @Test func refusesALiveSocketAndSaysWhoseItIs() async throws {
        let directory = Directory()
        let first = server()
        try await first.start([address(directory.socket)])
        let second = server()
        let error = await #expect(throws: ListenError.self) { try await second.start([address(directory.socket)]) }
        #expect(error?.message.contains("process \(getpid()) (") == true, "\(String(describing: error))")
        #expect(status(directory.socket) != nil)
        await first.stop(drain: .zero)
        // What failed can be tried again.
        try await second.start([address(directory.socket)])
        await second.stop(drain: .zero)
    }

    @Test func onlyOneOfTwoStartersWins() async throws {
        let directory = Directory()
        let leftover = try UnixSocketFile(path: directory.socket, mode: 0o600, group: nil)
        close(leftover.descriptor)
        let servers = (0..<6).map { _ in server() }
        let wins = await withTaskGroup(of: Bool.self) { tasks in
            for server in servers {
                tasks.addTask { (try? await server.start([address(directory.socket)])) != nil }
            }
            return await tasks.reduce(into: 0) { if $1 { $0 += 1 } }
        }
        #expect(wins == 1)
        for server in servers { await server.stop(drain: .zero) }
    }

    @Test func leavesAloneWhatIsNoSocket() async throws {
        let directory = Directory()
        let path = "\(directory.path)/file"
        close(unsafe open(path, O_CREAT | O_WRONLY, 0o644))
        let error = await #expect(throws: ListenError.self) { try await server().start([address(path)]) }
        #expect(error?.message.contains("no socket") == true)
        #expect(status(path).map { $0.st_mode & S_IFMT } == S_IFREG)
    }

    @Test func doesNotRemoveAnothersSocket() async throws {
        let directory = Directory()
        let first = server()
        try await first.start([address(directory.socket)])
        unsafe unlink(directory.socket)
        let second = server()
        try await second.start([address(directory.socket)])
        await first.stop(drain: .zero)
        #expect(status(directory.socket) != nil)
        await second.stop(drain: .zero)
        #expect(status(directory.socket) == nil)
    }

    @Test(arguments: [
        ("/tmp/there-is-no-such-directory/a.socket", "make it first"),
        ("/tmp/" + String(repeating: "x", count: 103), "107"),
    ])
    func saysWhatIsWrong(_ path: String, _ part: String) async throws {
        let error = await #expect(throws: ListenError.self) { try await server().start([address(path)]) }
        #expect(error?.message.contains(part) == true, "\(String(describing: error))")
    }

    @Test func saysWhichGroupThereIsNot() async throws {
        let directory = Directory()
        let error = await #expect(throws: ListenError.self) {
            try await server().start([address(directory.socket, group: "no-such-group")])
        }
        #expect(error?.message.contains("no-such-group") == true)
        #expect(status(directory.socket) == nil)
    }

    @Test func opensAllAddressesOrNone() async throws {
        let directory = Directory()
        let taken = HTTPServer(responder: TestResponder(), group: EventLoopGroup(count: 1))
        let bound = try await taken.start([.tcp(host: "127.0.0.1", port: 0, role: .host)])
        guard case .tcp(_, let port) = bound[0].place else { return }
        let error = await #expect(throws: ListenError.self) {
            try await server().start([address(directory.socket), .tcp(host: "127.0.0.1", port: port, role: .host)])
        }
        #expect(error?.message.contains("the port is in use") == true, "\(String(describing: error))")
        #expect(status(directory.socket) == nil)
        await taken.stop(drain: .zero)
    }
}
