import FoundationEssentials
import Glibc
import ProviderTesting
import Testing
import TransportKit

@testable import plexctl

@Suite("plexctl auth login as a process", .timeLimit(.minutes(5)))
struct AuthLoginProcessTests {
    private let program: Program
    private let server: ChildProcess
    private let issuer: String

    init() async throws {
        var program = try Program()
        for suffix in ["", "-wal", "-shm", ".lock"] { _ = program.scratch.expect("keys.db\(suffix)") }
        program.environment["PLEX_STORE"] = program.scratch.expect("keys.db")
        program.environment["PLEX_KEY_FILE"] = program.scratch.expect("keys.key")
        self.program = program
        let python = ProcessInfo.processInfo.environment["PLEX_TEST_PYTHON"] ?? "\(Snapshot.root)/.venv/bin/python"
        try #require(unsafe access(python, X_OK) == 0, "no Python with authlib at \(python): run make venv")
        server = try await ChildProcess(python, ["\(Snapshot.root)/Tests/Fixtures/oauth/server.py"])
        issuer = try #require(try await server.line(beginningWith: "http://"))
    }

    /// Runs the program to its end; no token may be in what it prints.
    private func run(_ arguments: [String]) async throws -> ChildProcess.Outcome {
        checked(try await program.run(arguments))
    }

    private func checked(_ outcome: ChildProcess.Outcome) -> ChildProcess.Outcome {
        // A JWT's beginning, and the other tokens of this server.
        for mark in ["eyJ", "canary"] {
            #expect(!(outcome.output + outcome.errorOutput).contains(mark), "a token is shown: \(outcome)")
        }
        return outcome
    }

    private func state() async throws -> JSONValue {
        let response = try await HTTPClient().send(HTTPRequest(url: issuer + "/_state"))
        return try JSONValue(parsing: try await response.body.collect(upTo: 1 << 20))
    }

    /// Logs in as a user with a browser does.
    private func login(_ arguments: [String]) async throws -> ChildProcess.Outcome {
        let process = try await program.start(["auth", "login", "work"] + arguments)
        let url = try #require(try await process.errorLine(containing: issuer + "/authorize?"))
        let sent = try await HTTPClient().send(HTTPRequest(url: url))
        // To the program's own port.
        let location = try #require(sent.fields["location"])
        let page = try await HTTPClient().send(HTTPRequest(url: location))
        #expect(page.status == 200)
        #expect(try await String(decoding: page.body.collect(upTo: 4096), as: UTF8.self).contains("close this window"))
        return checked(try await program.outcome(of: process))
    }

    @Test("a login with a browser, told of, repeated, revoked and removed")
    func life() async throws {
        let outcome = try await login(["--issuer", issuer, "--client-id", "public", "--scope", "models.read", "--json"])
        #expect(outcome.status == 0, "\(outcome.errorOutput)")
        let report = try JSONValue(parsing: outcome.output)
        #expect(report["issuer"]?.string == issuer)
        #expect(report["scopes"] == ["models.read"])
        #expect(report["renewable"] == true)

        let listed = try JSONValue(parsing: try await run(["auth", "list", "--json"]).output)["credentials"]?.array
        #expect(listed?.first?["kind"] == "oauth")
        #expect(listed?.first?["expires"]?.string != nil)
        let status = try await run(["auth", "status"])
        #expect(status.output.contains("login work: logged in at \(issuer), for models.read; renewed by itself\n"))
        let statusReport = try JSONValue(parsing: try await run(["auth", "status", "--json"]).output)
        #expect(statusReport["logins"]?.array?.first?["logged_in"] == true)

        // What is stored says the rest.
        #expect(try await login([]).status == 0)

        let logout = try await run(["auth", "logout", "work", "--json"])
        let expected = #"{"name":"work","issuer":"\#(issuer)","revoked":true,"removed":true}"# + "\n"
        #expect(logout.output == expected)
        #expect(try await state()["tokens"]?.array?.last?["revoked"] == true)
        #expect(try await run(["auth", "list"]).output.isEmpty)
        #expect(try await run(["auth", "logout", "work"]).status == 66)
    }

    @Test("the configuration says what a login is, and the client's secret is in no argument")
    func configured() async throws {
        let secret = try program.scratch.write("canary-post-secret\n", to: "secret")
        unsafe chmod(secret, 0o600)
        let text = """
            [[credentials]]
            name = "robot"
            type = "oauth"
            issuer = "\(issuer)"
            client_id = "post"
            client_secret = "file:secret"
            client_authentication = "client_secret_post"
            scopes = ["models.read"]
            resources = ["https://r.example/mcp"]
            flow = "client"
            """
        let file = try program.scratch.write(text, to: "config.toml")
        #expect(
            try await run(["-c", file, "auth", "status"]).output.contains(
                "login robot: not logged in; run plexctl auth login robot"
            )
        )
        let outcome = try await run(["-c", file, "auth", "login", "robot"])
        #expect(outcome.status == 0, "\(outcome.errorOutput)")
        #expect(outcome.errorOutput.contains("robot: logged in at \(issuer), for models.read; renewed by itself"))
        #expect(try await state()["last"]?["client_credentials"]?["resource"] == ["https://r.example/mcp"])
        #expect(try await run(["-c", file, "auth", "test", "robot"]).output == "robot: opens; no provider uses it\n")
    }

    @Test("Ctrl-C ends the wait for the browser")
    func interrupted() async throws {
        let process = try await program.start(["auth", "login", "work", "--issuer", issuer, "--client-id", "public"])
        _ = try await process.errorLine(containing: issuer + "/authorize?")
        process.signal(SIGINT)
        #expect(try await program.outcome(of: process).status == 130)
        #expect(try await run(["auth", "list"]).output.isEmpty)
    }

    @Test("what is wrong is said with what to do")
    func refused() async throws {
        let unknown = try await run(["auth", "login", "work"])
        #expect(unknown.status == 64)
        #expect(unknown.errorOutput.contains("--issuer"))
        #expect(try await run(["auth", "login", "work", "--issuer", "http://login.example"]).status == 78)
        #expect(try await run(["auth", "login", "work", "--issuer", issuer + "/other"]).status == 78)
        #expect(try await run(["auth", "login", "work", "--issuer", "http://127.0.0.1:1"]).status == 69)
        #expect(try await run(["auth", "login", "work", "--issuer", issuer, "--flow", "magic"]).status == 64)
        let bad = """
            [[credentials]]
            name = "a/b"
            issuer = "http://login.example"
            flow = "client"
            [[credentials]]
            name = "a/b"
            issuer = "https://login.example"
            flow = "magic"
            """
        let file = try program.scratch.write(bad, to: "bad.toml")
        let outcome = try await run(["-c", file, "config", "check"])
        #expect(outcome.status == 78)
        for text in ["credentials[0].name", "credentials[0].issuer", "credentials[1].name", "credentials[1].flow"] {
            #expect((outcome.output + outcome.errorOutput).contains(text), "\(text): \(outcome)")
        }
    }
}
