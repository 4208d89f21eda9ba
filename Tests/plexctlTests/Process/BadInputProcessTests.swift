import Glibc
import ProviderTesting
import Testing
import TransportKit

@testable import plexctl

@Suite("plexctl on bad input, as a process", .timeLimit(.minutes(5)))
struct BadInputProcessTests {
    /// A command line, and how it must end.
    struct Case: Sendable, CustomTestStringConvertible {
        var arguments: [String]
        var status: Int32
        var says: String
        var files: [String: String] = [:]
        var environment: [String: String] = [:]
        var testDescription: String { arguments.joined(separator: " ") }
    }

    static let provider = "[[providers]]\nname = \"up\"\ntype = \"openai\"\n"

    // `@` stands for the folder of the files.
    static let cases: [Case] = [
        Case(arguments: [], status: 64, says: "USAGE: plexctl"),
        Case(arguments: ["chat"], status: 64, says: "there is no prompt"),
        Case(arguments: ["chat", "--modle", "m", "x"], status: 64, says: "did you mean '--model'?"),
        Case(arguments: ["chat", "--server", "ftp://h", "x"], status: 64, says: "is no server"),
        Case(arguments: ["chat", "-f", "@/none.txt", "x"], status: 66, says: "No such file"),
        Case(arguments: ["chat", "-f", "@", "x"], status: 66, says: "Is a directory"),
        Case(
            arguments: ["chat", "--image", "@/i.png", "x"],
            status: 65,
            says: "no PNG, JPEG, GIF or WebP",
            files: ["i.png": "<svg/>"]
        ),
        Case(
            arguments: ["chat", "--schema", "@/s.json", "x"],
            status: 65,
            says: "is not JSON",
            files: ["s.json": "{"]
        ),
        Case(
            arguments: ["chat", "--schema", "@/s.json", "x"],
            status: 65,
            says: "is no JSON Schema",
            files: ["s.json": "[]"]
        ),
        Case(arguments: ["-c", "@/none.toml", "models"], status: 66, says: "none.toml"),
        Case(arguments: ["--env-file", "@/none.env", "models"], status: 66, says: "there is no file of variables"),
        Case(
            arguments: ["-c", "@/c.toml", "models"],
            status: 78,
            says: "c.toml:3",
            files: ["c.toml": "[server]\nloops = 1\nlop = 2\n"]
        ),
        Case(
            arguments: ["-c", "@/c.toml", "chat", "x"],
            status: 78,
            says: "NOT_THERE",
            files: ["c.toml": provider + "api_key = \"${NOT_THERE}\"\n"]
        ),
        Case(
            arguments: ["-c", "@/c.toml", "config", "check"],
            status: 78,
            says: "did you mean base_url",
            files: ["c.toml": provider + "base_ur = \"http://h/v1\"\n"]
        ),
        Case(
            arguments: ["-c", "@/c.toml", "models"],
            status: 78,
            says: "c.toml:1",
            files: ["c.toml": "[server\n"]
        ),
        Case(
            arguments: ["-c", "@/c.toml", "chat", "-m", "up/m", "x"],
            status: 69,
            says: "127.0.0.1:1",
            files: ["c.toml": provider + "base_url = \"http://127.0.0.1:1/v1\"\n"]
        ),
        Case(
            arguments: ["-c", "@/c.toml", "chat", "-m", "up/m", "x"],
            status: 69,
            says: "no-such-host.invalid",
            files: ["c.toml": provider + "base_url = \"https://no-such-host.invalid/v1\"\n"]
        ),
        Case(
            arguments: ["-c", "@/c.toml", "chat", "-m", "up/m", "x"],
            status: 69,
            says: "no connection to the proxy 127.0.0.1:1 that https_proxy names (Connection refused)",
            files: ["c.toml": provider + "base_url = \"https://no-such-host.invalid/v1\"\n"],
            environment: ["https_proxy": "http://me:\(Program.canary)@127.0.0.1:1"]
        ),
        Case(
            arguments: ["-c", "@/c.toml", "chat", "-m", "up/m", "x"],
            status: 69,
            says: "that all_proxy names",
            files: ["c.toml": provider + "base_url = \"http://no-such-host.invalid/v1\"\nallow_http = true\n"],
            environment: ["all_proxy": "http://127.0.0.1:1"]
        ),
        Case(
            arguments: ["-c", "@/c.toml", "chat", "-m", "up/m", "x"],
            status: 69,
            says: "the proxy's name has no address: https_proxy names no-proxy.invalid:1",
            files: ["c.toml": provider + "base_url = \"https://no-such-host.invalid/v1\"\n"],
            environment: ["https_proxy": "no-proxy.invalid:1"]
        ),
        Case(
            arguments: ["-c", "@/c.toml", "chat", "-m", "up/m", "x"],
            status: 69,
            says: "the name no-such-host.invalid has no address",
            files: ["c.toml": provider + "base_url = \"https://no-such-host.invalid/v1\"\n"],
            environment: ["https_proxy": "http://127.0.0.1:1", "no_proxy": "no-such-host.invalid"]
        ),
        Case(
            arguments: ["-c", "@/c.toml", "chat", "-m", "up/m", "x"],
            status: 77,
            says: "OPENAI_API_KEY, or store one with plexctl auth set up",
            files: ["c.toml": provider]
        ),
        Case(
            arguments: ["-c", "@/c.toml", "chat", "x"],
            status: 64,
            says: "no model is named",
            files: ["c.toml": provider + "api_key = \"k\"\n"]
        ),
        Case(arguments: ["--env-file", "@", "models"], status: 66, says: "cannot be read: is a directory"),
        Case(
            arguments: ["chat", "--json", "--modle", "m", "x"],
            status: 64,
            says:
                #"{"error":{"code":"usage","message":"unknown option '--modle'; did you mean '--model'?","exit_code":64}}"#
        ),
        Case(arguments: ["chat", "--modle", "--", "--json"], status: 64, says: "usage: plexctl chat"),
        Case(arguments: ["config", "path"], status: 66, says: "there is no configuration file"),
        Case(
            arguments: ["-c", "@/c.toml", "providers", "test", "upp"],
            status: 64,
            says: "did you mean 'up'?",
            files: ["c.toml": provider + "base_url = \"http://127.0.0.1:1/v1\"\n"]
        ),
    ]

    @Test("each mistake is told on standard error with its exit code", arguments: cases)
    func mistakes(mistake: Case) async throws {
        var program = try Program()
        program.environment = mistake.environment
        for (name, text) in mistake.files { _ = try program.scratch.write(text, to: name) }
        let arguments = mistake.arguments.map { $0.replacing("@", with: program.scratch.path) }
        let outcome = try await program.run(arguments)
        #expect(outcome.status == mistake.status, "\(outcome)")
        #expect(outcome.errorOutput.contains(mistake.says), "\(outcome)")
        #expect(outcome.output == "")
    }

    @Test(
        "text that is not UTF-8 is refused wherever it comes from",
        arguments: [
            #"$PLEXCTL chat -m m "$(printf 'a\377')" </dev/null"#, #"printf 'a\377' | $PLEXCTL chat -m m"#,
            #"$PLEXCTL chat -m m -f <(printf '\303(') </dev/null"#,
        ]
    )
    func notUTF8(line: String) async throws {
        let program = try Program()
        let outcome = try await program.outcome(of: try await program.startShell(line))
        #expect(outcome.status == 65)
        #expect(outcome.errorOutput.contains("is not UTF-8"))
    }

    @Test(
        "a certificate that nobody vouches for is refused",
        .enabled(if: unsafe access("/usr/bin/openssl", X_OK) == 0)
    )
    func untrustedCertificate() async throws {
        let program = try Program()
        let key = try program.scratch.write("", to: "key.pem")
        let certificate = try program.scratch.write("", to: "certificate.pem")
        let server = try await program.startShell(
            """
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
                -keyout \(key) -out \(certificate) 2>&1
            exec openssl s_server -accept 127.0.0.1:0 -key \(key) -cert \(certificate)
            """
        )
        let line = try #require(try await server.line(beginningWith: "ACCEPT 127.0.0.1:"))
        let arguments = try program.configured(baseURL: "https://\(line.dropFirst("ACCEPT ".count))/v1")
        let outcome = try await program.run(arguments + ["chat", "-m", "m", "x"])
        #expect(outcome.status == 69, "\(outcome)")
        #expect(outcome.errorOutput.lowercased().contains("certificate"), "\(outcome)")
    }

    @Test("with --json an error is an object on standard error")
    func errorObject() async throws {
        try await ScriptedUpstream.run(.error(401, message: "bad key \(Program.canary)")) { upstream in
            let program = try Program()
            let arguments = try program.configured(upstream)
            let outcome = try await program.run(arguments + ["chat", "-m", "m", "--json", "x"])
            #expect(outcome.status == 77)
            #expect(outcome.output == "")
            let error = try JSONValue(parsing: outcome.errorOutput)["error"]
            #expect(error?["code"] == "authentication")
            #expect(error?["exit_code"] == 77)
            #expect(error?["status"] == 401)
            #expect(error?["provider"] == "up")
        }
    }

    @Test(
        "what refuses at --server is told in the words of the command line",
        arguments: [
            (401, "Check the variable PLEX_SERVER_KEY."),
            (404, "Check the model's name and the address after --server."),
        ]
    )
    func refusedByServer(status: Int, says: String) async throws {
        try await ScriptedUpstream.run { _ in
            .error(status)
        } body: { upstream in
            let server = ["--server", "http://127.0.0.1:\(upstream.port)", "-m", "m", "x"]
            let outcome = try await Program().run(["chat"] + server)
            #expect(outcome.errorOutput.contains(says), "\(outcome)")
            #expect(!outcome.errorOutput.contains("base_url") && !outcome.errorOutput.contains("api_key"), "\(outcome)")
            let told = try await Program().run(["chat", "--json"] + server)
            #expect(told.errorOutput.contains(says), "\(told)")
        }
    }

    @Test("who speaks https to a server of plain http is told so, and it is not tried again")
    func plainServer() async throws {
        let program = try Program()
        let server = try await program.startShell(
            """
            exec python3 -c '
            import socket
            server = socket.create_server(("127.0.0.1", 0))
            print("PORT %d" % server.getsockname()[1], flush=True)
            while True:
                caller, _ = server.accept()
                caller.recv(65536)
                caller.sendall(b"HTTP/1.1 400 Bad Request\\r\\n\\r\\n")
                caller.close()
            '
            """
        )
        let line = try #require(try await server.line(beginningWith: "PORT "))
        let url = "https://127.0.0.1:\(line.dropFirst("PORT ".count))"
        let outcome = try await program.run(["chat", "--trace", "--server", url, "-m", "m", "x"])
        let told = outcome.errorOutput
        #expect(outcome.status == 69, "\(outcome)")
        #expect(
            told.contains("does it speak plain http? Then the address after --server begins with http://"),
            "\(told)"
        )
        #expect(!told.contains("SSL_CERT_FILE"), "\(told)")
        #expect(told.contains("trace: 1. ") && !told.contains("trace: 2. "), "\(told)")
    }

    @Test("--timeout ends a stall")
    func timeout() async throws {
        try await ScriptedUpstream.run(.stall) { upstream in
            let program = try Program()
            let arguments = try program.configured(upstream)
            let outcome = try await program.run(arguments + ["chat", "-m", "m", "--timeout", "200ms", "x"])
            #expect(outcome.status == 75, "\(outcome)")
            #expect(outcome.errorOutput.contains("--timeout"), "\(outcome)")
            #expect(!outcome.errorOutput.contains("timeouts.total"), "\(outcome)")
        }
    }

    @Test("a base URL of the environment that is wrong is called by its variable")
    func wrongAddressVariable() async throws {
        var program = try Program()
        program.environment = ["OPENAI_API_KEY": Program.canary, "OPENAI_BASE_URL": "127.0.0.1:8080/v1"]
        let outcome = try await program.run(["models"])
        #expect(outcome.status == 78, "\(outcome)")
        #expect(outcome.errorOutput.contains("OPENAI_BASE_URL: "), "\(outcome)")
    }

    @Test(
        "standard streams that are closed do no harm",
        arguments: [
            (redirection: "<&-", status: 0, output: "Hello\n"),
            (redirection: "</dev/null 2>&-", status: 0, output: "Hello\n"),
            (redirection: "<&- >&-", status: 74, output: ""),
        ] as [(redirection: String, status: Int32, output: String)]
    )
    func closedStreams(redirection: String, status: Int32, output: String) async throws {
        try await ScriptedUpstream.run(.text("Hello")) { upstream in
            let program = try Program()
            let arguments = try program.configured(upstream).joined(separator: " ")
            let line = "$PLEXCTL \(arguments) chat -m m x \(redirection)"
            let outcome = try await program.outcome(of: try await program.startShell(line))
            #expect(outcome.status == status, "\(outcome)")
            #expect(outcome.output == output)
            #expect(status == 0 || outcome.errorOutput.contains("Bad file descriptor"), "\(outcome)")
        }
    }

    @Test("with no configuration, no key and no engine the error says what to do")
    func nothing() async throws {
        let outcome = try await Program().run(["chat", "Hi"])
        // An engine may run on this machine by chance; then it is asked.
        if outcome.status == 78 {
            #expect(outcome.errorOutput.contains("OPENAI_API_KEY"))
        }
    }
}
