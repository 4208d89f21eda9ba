import Glibc
import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

@Suite(.timeLimit(.minutes(3)), .serialized)
struct ConnectionLeakTests {
    /// A server in a few lines of shell: it starts fast.
    private static let script = #"""
        while read -r line; do
          id=${line#*\"id\":}; id=${id%%,*}
          case $line in
            *server/discover*) echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"error\":{\"code\":-32601,\"message\":\"no\"}}" ;;
            *initialize\"*) echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{}}}}" ;;
            *tools/call*) echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"ok\"}]}}" ;;
          esac
        done
        """#

    private func round(_ group: EventLoopGroup) async throws {
        let endpoint = MCPServerConfiguration.Endpoint.command(.init("sh", ["-c", Self.script]))
        let client = try MCPClient(MCPServerConfiguration(name: "leak", endpoint: endpoint), group: group)
        #expect(try await client.callTool("t", arguments: [:]).text == "ok")
        await client.close()
    }

    private func figures(_ loop: EventLoop) async throws -> (watches: Int, timers: Int, pipes: Int, children: Int) {
        // The loop publishes its figures before it sleeps.
        _ = await loop.run { 0 }
        while loop.statistics.watches != 0 || loop.statistics.timers != 0 { await Task.yield() }
        var pipes = 0
        let folder = unsafe try #require(opendir("/proc/self/fd"))
        while unsafe readdir(folder) != nil { pipes += 1 }
        unsafe closedir(folder)
        let ps = SubprocessCommand(
            "ps",
            ["--ppid", "\(getpid())", "-o", "args="],
            environment: ["PATH": "/usr/bin:/bin"]
        )
        let text = String(decoding: try await Subprocess.run(ps).output, as: UTF8.self)
        return (loop.statistics.watches, loop.statistics.timers, pipes, text.components("server/discover"))
    }

    @Test("A thousand connections, calls and closes leave no process, descriptor, watch or timer behind")
    func leavesNothing() async throws {
        let group = EventLoopGroup(count: 1)
        for _ in 0..<20 { try await round(group) }
        let before = try await figures(group.loops[0])
        let memory = try residentKilobytes()
        for _ in 0..<1000 { try await round(group) }
        let after = try await figures(group.loops[0])
        #expect(after.watches == 0 && after.timers == 0)
        #expect(after.children == 0)
        // Other suites have descriptors of their own meanwhile; a leak would be a thousand.
        #expect(after.pipes < before.pipes + 100)
        // A connection that stayed would be more than 4 KiB each.
        #expect(try residentKilobytes() < memory + 16_000)
        await group.shutdown()
    }

    private func residentKilobytes() throws -> Int {
        let file = unsafe try #require(fopen("/proc/self/statm", "r"))
        defer { unsafe fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        unsafe fgets(&line, 256, file)
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return try #require(Int(text.split(separator: " ")[1])) * 4
    }

    @Test("A server that is killed is noticed within 50 ms")
    func noticesDeath() async throws {
        let endpoint = MCPServerConfiguration.Endpoint.command(.init("sh", ["-c", Self.script]))
        var delays: [Duration] = []
        for _ in 0..<5 {
            let client = try MCPClient(MCPServerConfiguration(name: "dead", endpoint: endpoint))
            try await client.connect()
            let process = try #require(await client.statistics().processID)
            let call = Task { () -> ContinuousClock.Instant in
                _ = try? await client.request("nobody/answers")
                return .now
            }
            while await client.statistics().active == 0 { await Task.yield() }
            let killed = ContinuousClock.now
            kill(process, SIGKILL)
            delays.append(killed.duration(to: await call.value))
            await client.close()
        }
        // The machine may be busy with other tests; the best of a few is what the client needs.
        #expect(try #require(delays.min()) < .milliseconds(50))
    }
}

extension String {
    fileprivate func components(_ text: String) -> Int {
        split(separator: "\n").count { $0.contains(text) }
    }
}
