import Glibc
import Testing

@testable import TransportKit

/// What bubblewrap keeps from a program; `make test` installs it.
@Suite(.timeLimit(.minutes(5)), .enabled(if: unsafe access("/usr/bin/bwrap", X_OK) == 0))
struct SubprocessSandboxTests {
    private func run(_ script: String, _ sandbox: ProcessSandbox) async throws -> Subprocess.Output {
        try await Subprocess.run(
            SubprocessCommand("sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin"], sandbox: sandbox)
        )
    }

    @Test("It cannot read what is not named, nor write what is named for reading only")
    func hidesFiles() async throws {
        let folder = "/tmp/plex-sandbox-\(getpid())"
        unsafe mkdir(folder, 0o755)
        defer { unsafe rmdir(folder) }
        #expect(try await run("ls \(folder)", ProcessSandbox()).exit != .status(0))
        #expect(try await run("ls \(folder)", ProcessSandbox(readablePaths: [folder])).exit == .status(0))
        #expect(try await run("touch \(folder)/a", ProcessSandbox(readablePaths: [folder])).exit != .status(0))
        let writable = ProcessSandbox(writablePaths: [folder])
        #expect(try await run("touch \(folder)/a && rm \(folder)/a", writable).exit == .status(0))
        #expect(try await run("touch /usr/a", ProcessSandbox()).exit != .status(0))
    }

    @Test("It has no network unless it is allowed")
    func hidesNetwork() async throws {
        let count = "grep -c : /proc/net/dev"
        let alone = try await run(count, ProcessSandbox())
        #expect(alone.output == Array("1\n".utf8))
        #expect(try await run("ip link >/dev/null 2>&1; true", ProcessSandbox(allowsNetwork: true)).exit == .status(0))
    }

    @Test("It is ended with all that it started")
    func ends() async throws {
        let error = await #expect(throws: SubprocessError.self) {
            try await Subprocess.run(
                SubprocessCommand(
                    "sh",
                    ["-c", "sleep 1000 & sleep 1000"],
                    environment: ["PATH": "/usr/bin:/bin"],
                    sandbox: ProcessSandbox()
                ),
                timeLimit: .milliseconds(300)
            )
        }
        #expect(error?.code == .timeout)
    }
}
