import GatewayKit
import Glibc
import Testing
import TransportKit

@testable import plexctl

@Suite("The watchdog", .timeLimit(.minutes(5)))
struct WatchdogTests {
    @Test("It tells systemd at once and again, as long as the loops live")
    func tells() async throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        let name = "@plex-watchdog-\(getpid())"
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        bytes[0] = 0
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let size = socklen_t(2 + bytes.count)
        let code = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, size) }
        }
        try #require(code == 0)
        let group = EventLoopGroup(count: 1)
        let systemd = SystemdNotifier(environment: ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "2000"])
        let watchdog = try #require(Watchdog(systemd, watching: group))
        let task = Task { await watchdog.run() }
        defer { task.cancel() }
        for _ in 0..<3 {
            var buffer = [UInt8](repeating: 0, count: 64)
            var count = -1
            while count < 0 {
                await Task.yield()
                count = unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            }
            #expect(String(decoding: buffer.prefix(count), as: UTF8.self) == "WATCHDOG=1")
        }
    }

    @Test("Without systemd's wish there is none")
    func none() {
        let group = EventLoopGroup(count: 1)
        #expect(Watchdog(nil, watching: group) == nil)
        let systemd = SystemdNotifier(environment: ["NOTIFY_SOCKET": "/x"])
        #expect(Watchdog(systemd, watching: group) == nil)
    }
}
