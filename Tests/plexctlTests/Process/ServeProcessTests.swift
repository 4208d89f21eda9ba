import Glibc
import ProviderTesting
import Testing
import TransportKit

@testable import plexctl

@Suite("plexctl serve, as a process", .timeLimit(.minutes(5)))
struct ServeProcessTests {
    private let program: Program

    init() throws {
        program = try Program()
    }

    /// Longer than a slow machine takes, where it is tested that it waits and not for how long.
    private static let patience = "[server]\ndrain_timeout = \"2m\"\n"

    private static func provider(_ models: String, at baseURL: String = "http://127.0.0.1:9/v1") -> String {
        """

        [[providers]]
        name = "up"
        type = "openai"
        base_url = "\(baseURL)"
        api_key = "\(Program.canary)"
        models = [\(models)]
        """
    }

    private func exists(_ path: String) -> Bool {
        unsafe access(path, F_OK) == 0
    }

    @Test("it answers at the socket and over HTTP, and ends in order", arguments: [SIGTERM, SIGINT])
    func lifecycle(signal: Int32) async throws {
        let served = try await ServedProgram(program, Self.provider(#""a", "b""#))
        for answer in [try await served.ask("GET", "/health"), try await served.askAtSocket("GET", "/health")] {
            #expect(answer.status == 200)
            #expect(answer.json?["status"] == "ok")
        }
        #expect(try await served.models() == ["a", "b"])
        served.process.signal(signal)
        let outcome = try await program.outcome(of: served.process)
        #expect(outcome.status == 0)
        #expect(outcome.output == "")
        #expect(!exists(served.socket))
        let lines = outcome.errorOutput.split(separator: "\n").map(String.init)
        #expect(lines.contains { $0.contains("unix:\(served.socket) (host, mode 0600)") })
        #expect(lines.contains("provider up: a, b"))
        #expect(lines.contains("ready"))
        #expect(lines.last == "stopped")
    }

    @Test("a second one at the same socket is told who is there, and the first one is left alone")
    func secondInstance() async throws {
        let served = try await ServedProgram(program, Self.provider(#""a""#))
        let second = try await program.run(["serve", "-s", served.socket])
        #expect(second.status == 69)
        #expect(second.errorOutput.contains("\(served.process.processID)"))
        #expect(second.errorOutput.contains("plexctl"))
        #expect(try await served.askAtSocket("GET", "/health").status == 200)
        #expect(try await served.end().status == 0)
    }

    @Test("the socket of one that was killed is replaced")
    func killed() async throws {
        let first = try await ServedProgram(program, Self.provider(#""a""#))
        first.process.signal(SIGKILL)
        #expect(try await first.process.outcome().status == 128 + SIGKILL)
        #expect(exists(first.socket))
        let second = try await ServedProgram(program, Self.provider(#""b""#))
        #expect(try await second.askAtSocket("GET", "/health").status == 200)
        #expect(try await second.models() == ["b"])
        #expect(try await second.end().status == 0)
    }

    @Test("SIGHUP puts a changed configuration into effect, and keeps the old one if the new one is wrong")
    func reload() async throws {
        let served = try await ServedProgram(program, Self.provider(#""a""#))
        let before = try JSONValue(parsing: try await served.askAtSocket("GET", "/_internal/config").text)["server"]
        _ = try program.scratch.write(
            "[server]\nloops = 1\nmax_concurrent_requests = 7\n"
                + Self.provider(#""b""#),
            to: "config.toml"
        )
        served.process.signal(SIGHUP)
        // Told is what holds, not what waits for a restart.
        let warning = try await served.process.errorLine(containing: "a restart is needed")
        #expect(warning?.hasSuffix("server.loops") == true)
        let after = try JSONValue(parsing: try await served.askAtSocket("GET", "/_internal/config").text)["server"]
        for key in ["loops", "log_level", "listen"] { #expect(after?[key] == before?[key], "\(key)") }
        #expect(after?["max_concurrent_requests"] == 7)
        _ = try await served.process.errorLine(containing: "reloaded")
        #expect(try await served.models() == ["b"])
        _ = try program.scratch.write("[[providers]]\nnam = \"up\"\n", to: "config.toml")
        served.process.signal(SIGHUP)
        #expect(try await served.process.errorLine(containing: "did you mean name?") != nil)
        #expect(try await served.process.errorLine(containing: "the one before stays in effect") != nil)
        #expect(try await served.models() == ["b"])
        #expect(try await served.end().status == 0)
    }

    @Test("what runs when it is told to stop is sent to its end")
    func drain() async throws {
        let gate = Gate()
        try await ScriptedUpstream.run(.text("whole", waitingAt: gate)) { upstream in
            let served = try await ServedProgram(
                program,
                Self.patience + Self.provider(#""m""#, at: upstream.baseURL(for: .openAI))
            )
            async let answer = served.ask("POST", "/v1/chat/completions", ServedProgram.chat("m", isStreaming: true))
            _ = try await upstream.request(0)
            served.process.signal(SIGTERM)
            _ = try await served.process.errorLine(containing: "stopping")
            gate.open()
            #expect(try await answer.text.contains("[DONE]"))
            #expect(try await program.outcome(of: served.process).status == 0)
        }
    }

    @Test("a second signal ends it at once, though a request runs")
    func impatience() async throws {
        try await ScriptedUpstream.run(.text("never", waitingAt: Gate())) { upstream in
            let served = try await ServedProgram(
                program,
                Self.patience + Self.provider(#""m""#, at: upstream.baseURL(for: .openAI))
            )
            let request = Task {
                try await served.ask("POST", "/v1/chat/completions", ServedProgram.chat("m"))
            }
            _ = try await upstream.request(0)
            served.process.signal(SIGTERM)
            _ = try await served.process.errorLine(containing: "stopping")
            served.process.signal(SIGTERM)
            #expect(try await served.process.outcome().status == 143)
            _ = await request.result
        }
    }

    @Test("the key and the prompt are found in no answer, log, figure or argument")
    func canary() async throws {
        try await ScriptedUpstream.run(.text("fine"), .error(401, message: "wrong key \(Program.canary)")) { upstream in
            let log = program.scratch.expect("plex.log")
            let served = try await ServedProgram(
                program,
                "[server]\nlog_file = \"\(log)\"\nlog_level = \"trace\"\naccess_keys = [\"\(Program.canary)\"]\n"
                    + Self.provider(#""m""#, at: upstream.baseURL(for: .openAI))
            )
            let path = "/v1/chat/completions"
            let answers = [
                try await served.ask("POST", path, ServedProgram.chat("m")),
                try await served.askAtSocket("POST", path, ServedProgram.chat("m")),
                try await served.askAtSocket("POST", path, ServedProgram.chat("m")),
                try await served.askAtSocket("GET", "/metrics"),
                try await served.askAtSocket("GET", "/_internal/config"),
                try await served.askAtSocket("GET", "/_internal/status"),
                try await served.askAtSocket("GET", "/v1/health"),
            ]
            #expect(answers.map(\.status) == [401, 200, 502, 200, 200, 200, 200])
            let line = try FileReader.read("/proc/\(served.process.processID)/cmdline")
            let outcome = try await served.end()
            let texts =
                answers.map(\.text) + [
                    String(decoding: line, as: UTF8.self), outcome.errorOutput,
                    String(decoding: try FileReader.read(log), as: UTF8.self),
                ]
            for text in texts {
                #expect(!text.contains(Program.canary))
                #expect(!text.contains("prompt-canary"))
            }
            #expect(texts.last?.contains("status=401") == true)
        }
    }

    @Test("a log for programs is JSON from the first line to the last")
    func jsonLog() async throws {
        let file = try program.scratch.write(
            "[server]\nlog_format = \"json\"\n" + Self.provider(#""a""#),
            to: "config.toml"
        )
        let process = try await program.start(["-c", file, "serve", "-s", "\(program.scratch.path)/plex.sock"])
        _ = try await process.errorLine(containing: #""ready""#)
        process.signal(SIGTERM)
        let outcome = try await program.outcome(of: process)
        let lines = try outcome.errorOutput.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        let messages = lines.compactMap { $0["message"]?.string }
        #expect(messages.count == lines.count)
        #expect(messages.contains("provider up: a"))
        #expect(messages.last == "stopped")
    }

    @Test("a log file that was moved away is opened again on SIGHUP")
    func movedLog() async throws {
        let log = program.scratch.expect("plex.log")
        let moved = program.scratch.expect("plex.log.old")
        let served = try await ServedProgram(program, "[server]\nlog_file = \"\(log)\"\n" + Self.provider(#""a""#))
        unsafe rename(log, moved)
        served.process.signal(SIGHUP)
        _ = try await served.process.errorLine(containing: "reloaded")
        #expect(try await served.ask("GET", "/v1/models").status == 200)
        #expect(try await served.end().status == 0)
        #expect(String(decoding: try FileReader.read(log), as: UTF8.self).contains("/v1/models"))
        #expect(String(decoding: try FileReader.read(moved), as: UTF8.self).contains("provider up"))
    }

    @Test("systemd is told when it is ready, reloads and stops")
    func systemd() async throws {
        let path = program.scratch.expect("notify")
        let receiver = try NotifySocket(path)
        var program = program
        program.environment = ["NOTIFY_SOCKET": path]
        let served = try await ServedProgram(program, Self.provider(#""a""#))
        #expect(receiver.next() == "READY=1")
        served.process.signal(SIGHUP)
        _ = try await served.process.errorLine(containing: "reloaded")
        #expect(receiver.next()?.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") == true)
        #expect(receiver.next() == "READY=1")
        #expect(try await served.end().status == 0)
        #expect(receiver.next() == "STOPPING=1")
    }

    @Test("without a configuration the environment's keys tell the providers")
    func environmentKeys() async throws {
        var program = program
        program.environment = ["OPENAI_API_KEY": Program.canary]
        let process = try await program.start(["serve", "-s", "\(program.scratch.path)/plex.sock"])
        #expect(try await process.errorLine(containing: "provider openai") != nil)
        _ = try await process.errorLine(containing: "ready")
        process.signal(SIGTERM)
        #expect(try await program.outcome(of: process).status == 0)
    }
}

extension ServeProcessTests {
    @Test(
        "what keeps it from starting is told, with its exit code",
        arguments: [
            (["--http", "8317"], 64, "--http '8317'"),
            (["--listen", "ftp:x"], 64, "--listen 'ftp:x'"),
            (["-s", "/nowhere/plex.sock"], 74, "/nowhere"),
            (["--http", "0.0.0.0:0"], 78, "access keys"),
            (["--listen", "systemd"], 74, "LISTEN_FDS"),
            (["-c", "/nowhere.toml"], 66, "/nowhere.toml"),
        ]
    )
    func refusals(words: [String], status: Int32, words expected: String) async throws {
        let outcome = try await program.run(["serve"] + words)
        #expect(outcome.status == status, "\(outcome)")
        #expect(outcome.errorOutput.contains(expected), "\(outcome)")
        #expect(!outcome.errorOutput.contains("ready"))
    }

    @Test("a port that is taken, a wrong configuration and a log that cannot be opened keep it from starting")
    func furtherRefusals() async throws {
        let served = try await ServedProgram(program, Self.provider(#""a""#))
        let busy = try await program.run(["serve", "--http", "127.0.0.1:\(served.port)"])
        #expect(busy.status == 69)
        #expect(busy.errorOutput.contains(served.port))
        #expect(try await served.end().status == 0)
        for (text, status, expected) in [
            ("[server]\nlog_file = \"/nowhere/plex.log\"\n", Int32(74), "/nowhere/plex.log"),
            ("[server]\naccess_keys = [\"store:team\"]\n", 78, "plexctl auth set team"),
            ("[server]\nlisten = []\n", 78, "server.listen is empty"),
        ] {
            let file = try program.scratch.write(text, to: "wrong.toml")
            let outcome = try await program.run(["-c", file, "serve"])
            #expect(outcome.status == status, "\(outcome)")
            #expect(outcome.errorOutput.contains(expected), "\(outcome)")
        }
    }
}

/// A socket at which a service tells systemd how it stands.
private final class NotifySocket {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(code == 0)
    }

    deinit {
        close(descriptor)
    }

    /// What was told next; it must have been told already.
    func next() -> String? {
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }
}
