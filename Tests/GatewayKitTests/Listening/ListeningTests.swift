import CLinux
import Glibc
import Testing
import TransportKit

@testable import GatewayKit

@Suite(.timeLimit(.minutes(5)))
struct ListeningTests {
    @Test(arguments: [
        ("127.0.0.1", true), ("127.3.2.1", true), ("::1", true), ("0.0.0.0", false), ("::", false),
        ("192.0.2.1", false), ("::ffff:127.0.0.1", true), ("localhost", true),
    ])
    func knowsLoopback(_ host: String, _ isLoopback: Bool) async throws {
        #expect(try await ListenAddress.tcp(host: host, port: 1, role: .host).isLoopback() == isLoopback)
    }

    @Test(arguments: ["127.0.0.1", "::1", "localhost", "::"])
    func listensAtAHost(_ host: String) async throws {
        let group = EventLoopGroup(count: 2)
        let server = HTTPServer(responder: TestResponder(), group: group)
        let bound = try await server.start([.tcp(host: host, port: 0, role: .host)])
        #expect(!bound.isEmpty)
        let ports = bound.compactMap { listener -> UInt16? in
            guard case .tcp(_, let port) = listener.place else { return nil }
            return port
        }
        #expect(Set(ports).count == 1)
        #expect(ports.allSatisfy { $0 > 0 })
        if host != "::1" {
            let client = try RawClient(port: ports[0])
            try await client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.readResponse().status == 200)
        }
        await server.stop(drain: .zero)
        await group.shutdown()
    }

    @Test func saysThatAHostIsNone() async throws {
        let server = HTTPServer(responder: TestResponder(), group: EventLoopGroup(count: 1))
        await #expect(throws: ListenError.self) {
            try await server.start([.tcp(host: "no host", port: 0, role: .host)])
        }
        let error = await #expect(throws: ListenError.self) { try await server.start([]) }
        #expect(error?.message.contains("no address") == true)
    }

    @Test(arguments: [
        [:], ["LISTEN_FDS": "0", "LISTEN_PID": "7"], ["LISTEN_FDS": "x", "LISTEN_PID": "7"],
        ["LISTEN_FDS": "1", "LISTEN_PID": "8"], ["LISTEN_FDS": "1"],
    ])
    func passedSocketsMustBeForUs(_ environment: [String: String]) {
        #expect(throws: ListenError.self) { try SystemdSockets(environment: environment, processID: 7) }
    }

    @Test func servesAPassedSocket() throws {
        let made = try #require(
            try ListeningSocket.open([.tcp(host: "127.0.0.1", port: 0, role: .host)], loops: 1, environment: [:]).first
        )
        defer { made.close() }
        let passed = try SystemdSockets.listener(made.descriptors[0], role: .guest)
        #expect(passed.bound.place == made.bound.place)
        #expect(passed.bound.role == .guest)
        #expect(passed.file == nil)
    }

    @Test func aPassedDescriptorMustListen() throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        #expect(throws: ListenError.self) { try SystemdSockets.listener(descriptor, role: .host) }
    }

    @Test(arguments: ["/tmp/plex-notify-\(getpid())", "@plex-notify-\(getpid())"])
    func tellsSystemd(_ path: String) async throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer {
            close(descriptor)
            unsafe unlink(path)
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(path.utf8)
        if name[0] == UInt8(ascii: "@") { name[0] = 0 }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        let size = socklen_t(2 + name.count)
        let code = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, size) }
        }
        try #require(code == 0)
        let notifier = try #require(
            SystemdNotifier(environment: ["NOTIFY_SOCKET": path, "WATCHDOG_USEC": "20000000"])
        )
        #expect(notifier.watchdogInterval == .seconds(10))
        func told(_ state: SystemdNotifier.State) -> String {
            notifier.notify(state)
            var buffer = [UInt8](repeating: 0, count: 256)
            let count = unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        }
        #expect(told(.ready) == "READY=1")
        #expect(told(.stopping) == "STOPPING=1")
        #expect(told(.watchdog) == "WATCHDOG=1")
        #expect(told(.reloading).hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
        #expect(told(.status("two\nlines")) == "STATUS=two lines")
    }

    @Test(arguments: [[:], ["NOTIFY_SOCKET": ""], ["NOTIFY_SOCKET": "relative"], ["NOTIFY_SOCKET": "@"]])
    func tellsNobodyWhoDidNotAsk(_ environment: [String: String]) {
        #expect(SystemdNotifier(environment: environment) == nil)
    }

    @Test func watchdogOfAnotherProcessIsNotOurs() {
        let environment = ["NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "8"]
        #expect(SystemdNotifier(environment: environment, processID: 7)?.watchdogInterval == nil)
    }
}
