import Glibc
import ProviderTesting
import Testing

@testable import TransportKit

@Suite(.timeLimit(.minutes(5)))
struct SubprocessRunTests {
    private func shell(
        _ script: String,
        environment: [String: String] = ["PATH": "/usr/bin:/bin"],
        workingDirectory: String? = nil,
        limits: ProcessLimits = ProcessLimits()
    ) -> SubprocessCommand {
        SubprocessCommand(
            "sh",
            ["-c", script],
            environment: environment,
            workingDirectory: workingDirectory,
            limits: limits
        )
    }

    private func run(_ command: SubprocessCommand, input: String = "") async throws -> (exit: ProcessExit, text: String)
    {
        let output = try await Subprocess.run(command, input: Array(input.utf8))
        return (output.exit, String(decoding: output.output, as: UTF8.self))
    }

    @Test("A program gets its input whole and its output comes whole, many pipes' worth")
    func carriesMuch() async throws {
        let input = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let output = try await Subprocess.run(
            SubprocessCommand("cat", environment: ["PATH": "/usr/bin:/bin"]),
            input: input
        )
        #expect(output.exit == .status(0))
        #expect(output.output == input)
    }

    @Test("Status, signal and standard error are told")
    func tellsStatus() async throws {
        let failed = try await Subprocess.run(shell("echo oops >&2; exit 7"))
        #expect(failed.exit == .status(7))
        #expect(failed.errorOutput == Array("oops\n".utf8))
        #expect(try await run(shell("kill -9 $$")).exit == .signal(9))
    }

    @Test("The environment is exactly what was given, and arguments are read by no shell")
    func isolates() async throws {
        let environment = ["PATH": "/usr/bin:/bin", "KEY": "a b$c"]
        let seen = try await run(SubprocessCommand("env", environment: environment)).text
        #expect(Set(seen.split(separator: "\n").map(String.init)) == ["PATH=/usr/bin:/bin", "KEY=a b$c"])
        let arguments = ["a b", "$HOME", ";", "*", ""]
        let echoed = try await run(SubprocessCommand("/usr/bin/printf", ["<%s>"] + arguments, environment: [:])).text
        #expect(echoed == "<a b><$HOME><;><*><>")
    }

    @Test("It has the three standard streams open and nothing else, though this program has more")
    func closesDescriptors() async throws {
        let leak = unsafe open("/dev/null", O_RDONLY)
        defer { close(leak) }
        // The listing's own descriptor is the fourth.
        let listing = try await run(shell("ls /proc/self/fd | tr '\\n' ' '")).text
        #expect(listing == "0 1 2 3 ")
    }

    @Test("It leads a session of its own, with no signal blocked or ignored")
    func hasOwnSession() async throws {
        let text = try await run(shell("ps -o pid=,pgid=,sid= -p $$; grep -E 'Sig(Blk|Ign)' /proc/self/status")).text
        let lines = text.split(separator: "\n").map(String.init)
        try #require(lines.count == 3)
        let numbers = lines[0].split(separator: " ")
        #expect(Set(numbers).count == 1)
        #expect(lines[1].hasSuffix("0000000000000000"))
    }

    @Test("The working folder counts, for a relative program too")
    func entersFolder() async throws {
        #expect(try await run(shell("pwd", workingDirectory: "/usr/lib")).text == "/usr/lib\n")
        let relative = SubprocessCommand("./bin/pwd", environment: [:], workingDirectory: "/usr")
        #expect(try await run(relative).text == "/usr\n")
    }

    @Test("Limits hold from the first instruction, for children too")
    func limits() async throws {
        let limits = ProcessLimits(openFiles: 33)
        #expect(try await run(shell("ulimit -n; sh -c 'ulimit -n'", limits: limits)).text == "33\n33\n")
        let greedy = "dd if=/dev/zero of=/dev/null bs=256M count=1 2>&1"
        #expect(try await run(shell(greedy)).exit == .status(0))
        #expect(try await run(shell(greedy, limits: ProcessLimits(memory: 64 << 20))).exit != .status(0))
    }

    @Test(
        "What cannot be started is said, without its arguments or environment",
        arguments: [
            (
                SubprocessCommand("no-such-program", ["s3cret"], environment: ["PATH": "/usr/bin"]),
                SubprocessError.Code.notFound
            ),
            (SubprocessCommand("/no/such/program", ["s3cret"], environment: ["A": "s3cret"]), .notFound),
            (SubprocessCommand("/etc/passwd", ["s3cret"], environment: [:]), .notFound),
            (SubprocessCommand("/usr", ["s3cret"], environment: [:]), .notFound),
            (SubprocessCommand("", ["s3cret"], environment: [:]), .launch),
            (SubprocessCommand("env", ["s3cret\0"], environment: [:]), .launch),
            (SubprocessCommand("env", [], environment: ["A=B": "s3cret"]), .launch),
            (SubprocessCommand("env", ["s3cret"], environment: [:], workingDirectory: "/no/such"), .notFound),
        ]
    )
    func refuses(command: SubprocessCommand, code: SubprocessError.Code) async {
        let error = await #expect(throws: SubprocessError.self) { try await Subprocess.run(command) }
        #expect(error?.code == code)
        #expect(error?.message.contains("s3cret") == false)
    }

    @Test("A file that is no program gives an error, not a hang")
    func refusesNonsense() async throws {
        let path = "/tmp/plex-not-a-program-\(getpid())"
        let descriptor = unsafe open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o755)
        _ = unsafe write(descriptor, [0, 1, 2, 3], 4)
        close(descriptor)
        defer { unsafe unlink(path) }
        let error = await #expect(throws: SubprocessError.self) {
            try await Subprocess.run(SubprocessCommand(path, environment: [:]))
        }
        #expect(error?.code == .launch)
    }

    @Test("A limit on time kills it, with what it started")
    func timesOut() async throws {
        let clock = ManualClock()
        let group = EventLoopGroup(count: 1, clock: clock)
        let command = shell("sleep 1000 & echo $! ; wait")
        let run = Task { try await Subprocess.run(command, timeLimit: .seconds(5), on: group.loops[0]) }
        try await clock.waitForSleepers(1)
        clock.advance(by: .seconds(5))
        let error = await #expect(throws: SubprocessError.self) { try await run.value }
        #expect(error?.code == .timeout)
        await group.shutdown()
    }

    @Test("A limit on output kills it")
    func boundsOutput() async {
        let error = await #expect(throws: SubprocessError.self) {
            try await Subprocess.run(shell("yes"), maximumOutput: 10_000)
        }
        #expect(error?.code == .tooLarge)
    }

    @Test("Cancelling the task kills it")
    func cancels() async throws {
        let task = Task { try await Subprocess.run(shell("sleep 1000"), timeLimit: .seconds(2000)) }
        task.cancel()
        let error = await #expect(throws: SubprocessError.self) { try await task.value }
        #expect(error?.code == .cancelled)
    }

    @Test("A program that does not read its input, or closes it, holds nobody up")
    func ignoresInput() async throws {
        let output = try await Subprocess.run(
            shell("exec 0<&-; echo done"),
            input: Array(repeating: 65, count: 1 << 20)
        )
        #expect(output.exit == .status(0))
        #expect(output.output == Array("done\n".utf8))
    }
}
