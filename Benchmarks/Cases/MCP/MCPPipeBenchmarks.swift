import FoundationEssentials
import Glibc
import TransportKit

/// What a call of a tool costs without any client: two blocking pipes and the server, as fast as the machine is right now; and what
/// `plexctl mcp serve` between them adds to it.
///
/// Runs the `plexctl` beside this program.
func pipeCalls(_ program: String) throws -> [Measurement] {
    let direct = try measure("mcp.stdio-raw", Pipe(program, [mcpEchoArgument]), tool: "echo")
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mcp-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("config.toml").path
    let text = """
        [[mcp.servers]]
        name = "echo"
        command = "\(program)"
        args = ["\(mcpEchoArgument)"]
        """
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    let plexctl = program.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let between = try Pipe("\(plexctl)/plexctl", ["-c", file, "mcp", "serve"])
    let through = try measure("mcp.pass-through-call", between, tool: "echo__echo", reference: direct.name)
    let added = Measurement(
        name: "mcp.pass-through-added",
        fastest: through.fastest - direct.fastest,
        median: through.median - direct.median,
        cpu: 0
    )
    return [direct, through, added]
}

private func measure(_ name: String, _ pipe: Pipe, tool: String, reference: String? = nil) throws -> Measurement {
    let hello = """
        {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},\
        "clientInfo":{"name":"benchmark","version":"1"}}}
        """
    try pipe.exchange(Array("\(hello)\n".utf8))
    pipe.write(Array((#"{"jsonrpc":"2.0","method":"notifications/initialized"}"# + "\n").utf8))
    let params = #"{"name":"\#(tool)","arguments":{"text":"hello"}}"#
    let call = Array((#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":\#(params)}"# + "\n").utf8)
    return try Sampler(samples: 11, warmUp: 3).measure(name, operations: 2000, reference: reference) {
        try pipe.exchange(call)
    }
}

/// A program at the other end of two blocking pipes, which ends with them.
private final class Pipe {
    private let input: Int32
    private let output: Int32
    private let process: pid_t
    private var answer = [UInt8](repeating: 0, count: 16 * 1024)

    init(_ program: String, _ arguments: [String]) throws {
        var (input, output): ([Int32], [Int32]) = ([0, 0], [0, 0])
        guard unsafe pipe(&input) == 0, unsafe pipe(&output) == 0 else {
            throw TransportError(.other, "no pipes: error \(errno)")
        }
        for descriptor in input + output { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO)
        var words = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
        var process: pid_t = 0
        let code = unsafe posix_spawn(&process, program, &actions, nil, &words, environ)
        unsafe posix_spawn_file_actions_destroy(&actions)
        unsafe words.forEach { unsafe free($0) }
        close(input[0])
        close(output[1])
        (self.input, self.output, self.process) = (input[1], output[0], process)
        guard code == 0 else { throw TransportError(.other, "\(program) did not start: error \(code)") }
    }

    deinit {
        close(input)
        close(output)
        _ = waitpid(process, nil, 0)
    }

    func write(_ line: [UInt8]) {
        keep(unsafe Glibc.write(input, line, line.count))
    }

    /// Writes a line, and reads the one that answers it.
    func exchange(_ line: [UInt8]) throws {
        write(line)
        var count = 0
        repeat {
            count = unsafe read(output, &answer, answer.count)
            guard count > 0 else { throw TransportError(.other, "the server ended") }
        } while answer[count - 1] != UInt8(ascii: "\n")
    }
}
