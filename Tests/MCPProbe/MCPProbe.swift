// Connects to a server of tools, calls one and closes, over and over, and tells what that left behind. A program of its own, since
// what the tests beside it open and allocate would be counted too.
//
// usage: MCPProbe ROUNDS
//
// It prints three numbers: how many descriptors, child processes and KiB of memory there are more than after the first rounds.
import Glibc
import MCPKit
import TransportKit

/// A server in a few lines of shell: it starts fast.
let script = #"""
    while read -r line; do
      id=${line#*\"id\":}; id=${id%%,*}
      case $line in
        *server/discover*) echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"error\":{\"code\":-32601,\"message\":\"no\"}}" ;;
        *initialize\"*) echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{}}}}" ;;
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

let arguments = CommandLine.arguments
guard arguments.count == 2, let count = Int(arguments[1]) else { exit(64) }
let group = EventLoopGroup(count: 1)
// What is made once, and kept, is there after these.
try await rounds(50, group)
let before = figures()
try await rounds(count, group)
let after = figures()
print(
    after.descriptors - before.descriptors,
    after.children - before.children,
    after.kilobytes - before.kilobytes
)
