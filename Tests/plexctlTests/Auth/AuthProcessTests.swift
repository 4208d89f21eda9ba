import Glibc
import ProviderTesting
import Testing
import TransportKit

@testable import plexctl

@Suite("plexctl auth as a process", .timeLimit(.minutes(5)))
struct AuthProcessTests {
    /// A program whose store lies in its scratch folder.
    private func program() throws -> Program {
        var program = try Program()
        for suffix in ["", "-wal", "-shm", ".lock"] { _ = program.scratch.expect("keys.db\(suffix)") }
        program.environment["PLEX_STORE"] = program.scratch.expect("keys.db")
        program.environment["PLEX_KEY_FILE"] = program.scratch.expect("keys.key")
        return program
    }

    private func set(_ name: String, _ value: String = Program.canary, in program: Program) async throws {
        let outcome = try await program.run(["auth", "set", name, "--from-stdin"], input: value + "\n")
        #expect(outcome.status == 0, "\(outcome.errorOutput)")
    }

    @Test("a key is stored, listed, replaced and removed, and never shown")
    func life() async throws {
        let program = try program()
        let stored = try await program.run(["auth", "set", "openai", "--from-stdin"], input: Program.canary + "\n")
        #expect(stored == .init(status: 0, output: "", errorOutput: "openai: stored\n"))
        let file = try program.scratch.write(Program.canary + "-2\n", to: "key.txt")
        let replaced = try await program.run(["auth", "set", "openai", "--from-file", file, "--json"])
        #expect(replaced.output == #"{"name":"openai","version":2,"replaced":true}"# + "\n")
        try await set("anthropic@work", in: program)

        let listed = try await program.run(["auth", "list", "--json"])
        let entries = try JSONValue(parsing: listed.output)["credentials"]?.array ?? []
        #expect(entries.compactMap { $0["name"]?.string } == ["anthropic@work", "openai"])
        #expect(entries[0]["account"]?.string == "work")
        #expect(entries[1]["version"] == 2)
        #expect(try await program.run(["auth", "list"]).output.hasPrefix("anthropic@work  key  1"))

        #expect(try await program.run(["auth", "remove", "openai"]).status == 0)
        let missing = try await program.run(["auth", "remove", "anthropic@wrok"])
        #expect(missing.status == 66)
        #expect(missing.errorOutput.contains("did you mean 'anthropic@work'?"))
    }

    @Test("plexctl chat uses a stored key, with nothing in the environment and none in the file")
    func chat() async throws {
        try await ScriptedUpstream.run(.text("Hello."), .models(["m"])) { upstream in
            let program = try program()
            try await set("up", in: program)
            let text = """
                [[providers]]
                name = "up"
                type = "openai"
                base_url = "\(upstream.baseURL(for: .openAI))"
                """
            let file = try program.scratch.write(text, to: "config.toml")
            let outcome = try await program.run(["-c", file, "chat", "-m", "up/m", "--no-stream", "Hi"])
            #expect(outcome.status == 0, "\(outcome.errorOutput)")
            #expect(upstream.requests.first?.fields["authorization"] == "Bearer \(Program.canary)")
            let status = try await program.run(["-c", file, "auth", "status"])
            #expect(status.output.contains("up: store:up\n"))
            let test = try await program.run(["-c", file, "auth", "test", "up"])
            #expect(test.output.hasPrefix("up: opens; up accepts it"), "\(test)")
        }
    }

    @Test("references to the store are found, and what is missing is named with what to do")
    func references() async throws {
        try await ScriptedUpstream.run(.text("Hello.")) { upstream in
            let program = try program()
            let text = """
                [[providers]]
                name = "up"
                type = "openai"
                base_url = "\(upstream.baseURL(for: .openAI))"
                api_key = "store:lab@two"
                """
            let file = try program.scratch.write(text, to: "config.toml")
            let chat = ["-c", file, "chat", "-m", "up/m", "--no-stream", "Hi"]
            let missing = try await program.run(chat)
            #expect(missing.status == 78)
            #expect(missing.errorOutput.contains("providers[0].api_key: there is no credential lab@two in the store"))
            #expect(missing.errorOutput.contains("plexctl auth set lab@two"))
            let check = try await program.run(["-c", file, "config", "check"])
            #expect(check.status == 78)
            #expect(check.errorOutput.contains("config.toml:5:"), "\(check.errorOutput)")

            try await set("lab@two", in: program)
            #expect(try await program.run(["-c", file, "config", "check"]).status == 0)
            #expect(try await program.run(chat).status == 0)
            #expect(upstream.requests.last?.fields["authorization"] == "Bearer \(Program.canary)")
            #expect(try await program.run(["-c", file, "config", "show"]).output.contains("store:lab@two"))
        }
    }

    @Test("a store that does not open is told by the check, and ends what needs it with 77")
    func unopened() async throws {
        let program = try program()
        let file = try program.scratch.write("[[providers]]\nname = \"openai\"\n", to: "config.toml")
        let keyless = try await program.run(["-c", file, "config", "check"])
        #expect(keyless.status == 0)
        #expect(
            keyless.errorOutput.contains("warning: \(file):1:1: providers[0]: provider openai has no key"),
            "\(keyless)"
        )
        try await set("openai", in: program)
        #expect(
            try await program.run(["-c", file, "config", "check"])
                == .init(status: 0, output: "\(file): ok\n", errorOutput: "")
        )
        let key = try #require(program.environment["PLEX_KEY_FILE"])
        #expect(unsafe chmod(key, 0o644) == 0)
        for arguments in [["chat", "-m", "openai/m", "Hi"], ["serve"]] {
            let outcome = try await program.run(["-c", file] + arguments)
            #expect(outcome.status == 77, "\(outcome)")
            #expect(outcome.errorOutput.contains(key), "\(outcome)")
        }
        let exposed = try await program.run(["-c", file, "config", "check"])
        #expect(exposed.status == 78)
        #expect(exposed.errorOutput.contains(key), "\(exposed)")
        #expect(unsafe unlink(key) == 0)
        #expect(try await program.run(["-c", file, "chat", "-m", "openai/m", "Hi"]).status == 77)
        #expect(try await program.run(["-c", file, "config", "check"]).errorOutput.contains("which is not there"))
    }

    @Test("the store goes before the usual variable, which counts where the store has nothing")
    func precedence() async throws {
        try await ScriptedUpstream.run(.text("Hello."), .text("Hello.")) { upstream in
            var program = try program()
            program.environment["OPENAI_API_KEY"] = "sk-of-the-variable"
            program.environment["OPENAI_BASE_URL"] = upstream.baseURL(for: .openAI)
            let chat = ["chat", "-m", "openai/m", "--no-stream", "Hi"]
            #expect(try await program.run(chat).status == 0)
            #expect(upstream.requests.last?.fields["authorization"] == "Bearer sk-of-the-variable")
            try await set("openai", in: program)
            #expect(
                try await program.run(["auth", "status"]).output.contains("openai: store:openai, before the variable")
            )
            #expect(try await program.run(chat).status == 0)
            #expect(upstream.requests.last?.fields["authorization"] == "Bearer \(Program.canary)")
        }
    }

    @Test("the gateway serves with stored keys, and takes new ones when it is told to read again")
    func serve() async throws {
        try await ScriptedUpstream.run(.text("Hello."), .text("Hello.")) { upstream in
            let program = try program()
            try await set("up", in: program)
            let gateway = try await ServedProgram(
                program,
                """
                [[providers]]
                name = "up"
                type = "openai"
                base_url = "\(upstream.baseURL(for: .openAI))"
                models = ["m"]
                """
            )
            #expect(try await gateway.ask("POST", "/v1/chat/completions", ServedProgram.chat("m")).status == 200)
            #expect(upstream.requests.last?.fields["authorization"] == "Bearer \(Program.canary)")
            try await set("up", "sk-rotated-7d793037a0760186", in: program)
            gateway.process.signal(SIGHUP)
            #expect(try await gateway.process.errorLine(containing: "reloaded") != nil)
            #expect(try await gateway.ask("POST", "/v1/chat/completions", ServedProgram.chat("m")).status == 200)
            #expect(upstream.requests.last?.fields["authorization"] == "Bearer sk-rotated-7d793037a0760186")
            #expect(try await gateway.end().status == 0)
        }
    }

    @Test("keys are imported from the environment, a file of variables and JSON; what is there stays")
    func importing() async throws {
        var program = try program()
        let variables = try program.scratch.write(
            "export OPENAI_API_KEY='\(Program.canary)'\nOTHER=x\n",
            to: "keys.env"
        )
        #expect(try await program.run(["auth", "import", variables]).errorOutput == "openai: stored\n")
        let json = try program.scratch.write(
            #"{"openai": "sk-2", "lab@a": {"key": "sk-3"}, "a/b": "x"}"#,
            to: "keys.json"
        )
        let second = try await program.run(["auth", "import", json, "--json"])
        let report = try JSONValue(parsing: second.output)
        #expect(report["stored"] == ["lab@a"])
        #expect(report["kept"] == ["openai"])
        #expect(report["skipped"]?.array?.count == 1)
        program.environment["GROQ_API_KEY"] = Program.canary
        #expect(try await program.run(["auth", "import"]).errorOutput == "groq: stored\n")
        #expect(try await program.run(["auth", "import", json, "--replace"]).status == 0)
        let bad = try program.scratch.write("nonsense", to: "bad.json")
        #expect(try await program.run(["auth", "import", bad]).status == 65)
    }

    @Test("the store is backed up, rekeyed and looked at")
    func wholeStore() async throws {
        let program = try program()
        let none = try await program.run(["auth", "status", "--json"])
        #expect(try JSONValue(parsing: none.output)["store"]?["exists"] == false)
        try await set("openai", in: program)
        #expect(try await program.run(["auth", "backup", program.scratch.expect("copy.db")]).status == 0)
        #expect(try await program.run(["auth", "backup", program.scratch.expect("copy.db")]).status == 64)
        let rekeyed = try await program.run(["auth", "rekey", "--json"])
        #expect(rekeyed.output == #"{"master_key":"key-file","credentials":1}"# + "\n")
        let status = try JSONValue(parsing: try await program.run(["auth", "status", "--json"]).output)
        #expect(status["store"]?["opens"] == true)
        // The copy was locked with the key that is gone.
        var stranger = program
        stranger.environment["PLEX_STORE"] = "\(program.scratch.path)/copy.db"
        let locked = try await stranger.run(["auth", "test", "openai"])
        #expect(locked.status == 77)
        #expect(locked.errorOutput.contains("locked with another one"))
    }

    @Test(
        "without a terminal, what is to be done instead is what the command has",
        arguments: [
            ("set openai", "give it with --from-stdin or --from-file"),
            ("rekey --to passphrase", "or name another place with --to"),
        ]
    )
    func withoutTerminal(command: String, says: String) async throws {
        let program = try program()
        try await set("anthropic", in: program)
        let process = try await program.startShell("setsid -w \"$PLEXCTL\" auth \(command) </dev/null")
        let outcome = try await program.outcome(of: process)
        #expect(outcome.status == 64, "\(outcome)")
        #expect(outcome.errorOutput.contains(says), "\(outcome)")
        #expect(outcome.errorOutput.contains("--from-") == (command == "set openai"), "\(outcome)")
    }

    @Test(
        "command lines and values that are wrong",
        arguments: [
            (["auth", "set", "a/b", "--from-stdin"], "x", 64), (["auth", "set", "--from-stdin"], "x", 64),
            (["auth", "set", "a", "--from-stdin"], "\n", 65), (["auth", "set", "a", "--from-stdin"], "a\nb", 65),
            (["auth", "set", "a", "--from-file", "/none"], "", 66), (["auth", "set", "a"], "", 64),
            (["auth", "set", "a", "--from-stdin", "--from-file", "x"], "", 64), (["auth", "set", "a", "key"], "", 64),
            (["auth", "test", "none"], "", 66), (["auth", "rekey"], "", 66), (["auth", "rekey", "--to", "x"], "", 64),
            (["auth", "backup", "/none/x"], "", 66), (["auth"], "", 64),
        ] as [([String], String, Int32)]
    )
    func wrong(arguments: [String], input: String, status: Int32) async throws {
        let program = try program()
        // Without a terminal of its own: else one that runs the tests would be asked.
        let quoted = arguments.map { "'\($0)'" }.joined(separator: " ")
        let process = try await program.startShell("printf %s '\(input)' | setsid -w \"$PLEXCTL\" \(quoted)")
        process.closeInput()
        let outcome = try await program.outcome(of: process)
        #expect(outcome.status == status, "\(outcome)")
        #expect(outcome.output.isEmpty)
    }

    @Test(
        "a key is typed on a terminal without being shown, and the terminal is as before",
        arguments: ["line", "interrupt"]
    )
    func prompt(ending: String) async throws {
        let program = try program()
        let process = try await program.startShell(
            #"exec python3 - "$PLEXCTL" \#(ending) <<'END'\#n\#(Self.typist)\#nEND"#
        )
        let outcome = try await program.outcome(of: process)
        #expect(
            outcome.output == (ending == "line" ? "Key for openai: |0|echo\n" : "Key for openai: |130|echo\n"),
            "\(outcome)"
        )
        let listed = try await program.run(["auth", "list"])
        #expect(listed.output.isEmpty == (ending == "interrupt"))
    }

    /// Types on a pseudo-terminal, and tells what was shown, how it ended, and whether the terminal shows input again.
    private static let typist = """
        import os, pty, sys, termios
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(sys.argv[1], ["plexctl", "auth", "set", "openai"])
        shown = b""
        while b": " not in shown:
            shown += os.read(terminal, 1000)
        # Held open, so that its state can be looked at after the end.
        slave = os.open("/proc/%d/fd/0" % pid, os.O_RDWR | os.O_NOCTTY)
        os.write(terminal, b"\\x03" if sys.argv[2] == "interrupt" else b"sk-canary-5d41402abc4b2a76\\n")
        _, status = os.waitpid(pid, 0)
        os.set_blocking(terminal, False)
        try:
            shown += os.read(terminal, 1000)
        except OSError:
            pass
        echo = termios.tcgetattr(slave)[3] & termios.ECHO
        text = shown.decode().split("\\r\\n")[0]
        print(text + "|" + str(os.waitstatus_to_exitcode(status)) + "|" + ("echo" if echo else "hidden"))
        """
}
