// Connects to servers of tools over and over, and tells what that left behind. A program of its own, since what the tests beside it open and
// allocate would be counted too.
//
// usage: MCPProbe ROUNDS            a client connects, calls and closes
//        MCPProbe deaths ROUNDS     a server behind a pass-through dies in a call, and is back for the next
//        MCPProbe clients ROUNDS    a client of a pass-through connects, calls and leaves
//        MCPProbe serve             is a server at standard input and output, with one of everything
//        MCPProbe proxy [NAME PROGRAM ARGUMENT… --]…   is a pass-through there
//
// The first three print three numbers: how many descriptors, child processes and KiB of memory there are more than after the first rounds.
import Glibc
import MCPKit
import ProviderTesting
import TransportKit

/// A server in a few lines of shell: it starts fast.
let script = #"""
    while read -r line; do
      id=${line#*\"id\":}; id=${id%%,*}
      case $line in
        *server/discover*) echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"error\":{\"code\":-32601,\"message\":\"no\"}}" ;;
        *initialize\"*) echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{}}}}" ;;
        *tools/call*die*) exit 1 ;;
        *tools/list*) echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":{\"tools\":[{\"name\":\"t\"},{\"name\":\"die\"}]}}" ;;
        *tools/call*) echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"ok\"}]}}" ;;
      esac
    done
    """#

struct Figures {
    var descriptors: Int
    var children: Int
    var kilobytes: Int
}

func rounds(_ count: Int, _ group: EventLoopGroup) async throws {
    for _ in 0..<count {
        let client = try MCPClient(
            MCPServerConfiguration(name: "probe", endpoint: .command(.init("sh", ["-c", script]))),
            group: group
        )
        let text = try await client.callTool("t", arguments: [:]).text
        guard text == "ok" else { throw MCPError(.protocolViolation, "the server's answer was not the expected one") }
        await client.close()
    }
}

func figures() -> Figures {
    Figures(
        descriptors: names(in: "/proc/self/fd").count,
        children: names(in: "/proc").filter { Int32($0) != nil && parent(of: $0) == getpid() }.count,
        kilobytes: (words(of: "/proc/self/statm").dropFirst().first.flatMap { Int($0) } ?? 0) * 4
    )
}

func names(in folder: String) -> [String] {
    guard let directory = unsafe opendir(folder) else { return [] }
    defer { unsafe _ = closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
        unsafe withUnsafePointer(to: entry.pointee.d_name) { pointer in
            unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe names.append(String(cString: $0)) }
        }
    }
    return names
}

func parent(of process: String) -> Int32? {
    // After the name, which stands in brackets: the state, then the parent.
    let text = words(of: "/proc/\(process)/stat")
    guard let name = text.lastIndex(where: { $0.hasSuffix(")") }), text.count > name + 2 else { return nil }
    return Int32(text[name + 2])
}

func words(of file: String) -> [Substring] {
    guard let stream = unsafe fopen(file, "r") else { return [] }
    defer { unsafe _ = fclose(stream) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = unsafe fread(&bytes, 1, bytes.count, stream)
    return String(decoding: bytes.prefix(count), as: UTF8.self).split(whereSeparator: \.isWhitespace)
}

/// A server behind a pass-through dies, and dies again.
func deaths(_ count: Int, _ proxy: MCPProxy, _ clock: ManualClock) async throws {
    let caller = MCPServedClient.Caller(listener: "memory")
    for _ in 0..<count {
        guard try await proxy.call(named: "probe__t", arguments: [:], for: caller).text == "ok" else {
            throw unexpected
        }
        do throws(MCPError) {
            _ = try await proxy.call(named: "probe__die", arguments: [:], for: caller)
            throw unexpected
        } catch {
            guard error.code == .closed else { throw error }
        }
        while await proxy.status().servers[0].retryIn == nil { await Task.yield() }
        // Longer than it is ever waited before a start.
        clock.advance(by: .seconds(70))
    }
    // It stands when it is counted what there is, not in the middle of a start.
    guard try await proxy.call(named: "probe__t", arguments: [:], for: caller).text == "ok" else { throw unexpected }
    while figures().children > 1 { await Task.yield() }
}

/// Clients of both eras come and leave; each tenth has a session of its own with the server.
func clients(_ count: Int, _ proxy: MCPProxy, _ group: EventLoopGroup) async throws {
    for number in 0..<count {
        let client = try MCPClient(
            MCPServerConfiguration(name: "proxy", endpoint: .service(proxy)),
            handlers: number % 10 == 0 ? MCPClientHandlers(roots: { [] }) : MCPClientHandlers(),
            group: group
        )
        if number % 2 == 0 { client.expectHandshake() }
        guard try await client.callTool("probe__t", arguments: [:]).text == "ok" else { throw unexpected }
        await client.close()
    }
    // What left is closed beside.
    while figures().children > 1 { await Task.yield() }
}

let unexpected = MCPError(.protocolViolation, "the server's answer was not the expected one")

func probe(_ group: EventLoopGroup) throws -> MCPProxy {
    let server = MCPServerConfiguration(name: "probe", endpoint: .command(.init("sh", ["-c", script])))
    return try MCPProxy([server], group: group, logger: .disabled)
}

func measure(_ count: Int, warmUp: Int, _ body: (Int) async throws -> Void) async throws {
    // What is made once, and kept, is there after these.
    try await body(warmUp)
    let before = figures()
    try await body(count)
    let after = figures()
    print(
        after.descriptors - before.descriptors,
        after.children - before.children,
        after.kilobytes - before.kilobytes
    )
}

let arguments = CommandLine.arguments
let count = arguments.last.flatMap { Int($0) } ?? 0
switch arguments.dropFirst().first {
case "deaths":
    let clock = ManualClock()
    let group = EventLoopGroup(count: 1, clock: clock)
    let proxy = try probe(group)
    try await measure(count, warmUp: 20) { try await deaths($0, proxy, clock) }
    await proxy.close()
case "clients":
    let group = EventLoopGroup(count: 1)
    let proxy = try probe(group)
    try await measure(count, warmUp: 200) { try await clients($0, proxy, group) }
    await proxy.close()
case "serve": try await makeDemoServer().run()
case "proxy":
    let servers = arguments.dropFirst(2).split(separator: "--").map(Array.init).filter { $0.count > 1 }.map { words in
        MCPServerConfiguration(name: words[0], endpoint: .command(.init(words[1], Array(words.dropFirst(2)))))
    }
    // Interpreters may take their time to start on a machine that is busy.
    let proxy = try MCPProxy(servers, options: .init(listTime: .seconds(120)), logger: .disabled)
    try await proxy.run()
    await proxy.close()
default:
    guard count > 0 else { exit(64) }
    let group = EventLoopGroup(count: 1)
    try await measure(count, warmUp: 50) { try await rounds($0, group) }
}
