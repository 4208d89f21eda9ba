import Glibc
import ProviderTesting
import Testing

/// The built program, run as a user runs it: with nothing in its environment and an empty home.
struct Program {
    /// A key that must never be seen anywhere.
    static let canary = "sk-canary-5d41402abc4b2a76"

    /// The program's file, which stands beside the tests' own.
    static let path: String = {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { buffer in
            unsafe buffer.bindMemory(to: CChar.self).baseAddress.map { base in
                unsafe readlink("/proc/self/exe", base, 4096)
            }
        }
        let own = String(decoding: buffer[..<max(0, count ?? 0)], as: UTF8.self)
        return own.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/plexctl"
    }()

    /// Where it writes its files.
    let scratch: Scratch
    /// Its environment beside `HOME`.
    var environment: [String: String] = [:]

    init() throws {
        scratch = try Scratch()
    }

    /// Starts the program.
    func start(_ arguments: [String]) async throws -> ChildProcess {
        try await ChildProcess(Self.path, arguments, environment: variables)
    }

    /// Starts a line of bash, in which `$PLEXCTL` is the program.
    func startShell(_ line: String) async throws -> ChildProcess {
        let variables = variables.merging(["PLEXCTL": Self.path, "PATH": "/usr/bin:/bin"]) { own, _ in own }
        return try await ChildProcess("/bin/bash", ["-c", line], environment: variables)
    }

    /// Runs the program to its end.
    func run(_ arguments: [String], input: String = "") async throws -> ChildProcess.Outcome {
        let process = try await start(arguments)
        if !input.isEmpty { process.write(input) }
        process.closeInput()
        return try await outcome(of: process)
    }

    /// Waits for the program's end and checks what holds for every run.
    func outcome(
        of process: ChildProcess,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> ChildProcess.Outcome {
        let outcome = try await process.outcome()
        for text in [outcome.output, outcome.errorOutput] {
            #expect(!text.contains(Self.canary), "the key is shown", sourceLocation: sourceLocation)
            #expect(!text.contains("\u{1B}"), "an escape reaches a pipe", sourceLocation: sourceLocation)
        }
        return outcome
    }

    /// Writes a configuration with one provider, `up`, that is asked once a request, and gives the arguments that use it.
    func configured(
        _ upstream: ScriptedUpstream,
        _ dialect: WireDialect = .openAI,
        timeouts: String = ""
    ) throws -> [String] {
        try configured(baseURL: upstream.baseURL(for: dialect), type: dialect.rawValue, timeouts: timeouts)
    }

    /// Writes a configuration with one provider, `up`, that is asked once a request, and gives the arguments that use it.
    func configured(baseURL: String, type: String = "openai", timeouts: String = "") throws -> [String] {
        let text = """
            [routing]
            attempts = 1

            [timeouts]
            \(timeouts)

            [[providers]]
            name = "up"
            type = "\(type)"
            base_url = "\(baseURL)"
            api_key = "\(Self.canary)"
            """
        return ["-c", try scratch.write(text, to: "config.toml")]
    }

    private var variables: [String: String] {
        ["HOME": scratch.path].merging(environment) { _, given in given }
    }
}
