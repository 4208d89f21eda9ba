import Glibc
import ProviderTesting
import Synchronization
import Testing
import TransportKit

@testable import plexctl

@Suite("plexctl serve, whose configuration is edited while it runs", .timeLimit(.minutes(5)))
struct ReloadProcessTests {
    private let program: Program

    init() throws {
        program = try Program()
    }

    /// A gateway that listens where its file says.
    private struct Edited {
        let program: Program
        let process: ChildProcess
        let client = HTTPClient()

        var home: String { "\(program.scratch.path)/plex.sock" }
        var guest: String { "\(program.scratch.path)/guest.sock" }

        init(_ program: Program, _ server: String = "", listen further: [String] = [], models: String = #""a""#)
            async throws
        {
            self.program = program
            let home = "\(program.scratch.path)/plex.sock"
            let file = try Self.write(program, server, listen: ["unix:\(home)"] + further, models: models)
            process = try await program.start(["-c", file, "serve"])
            try #require(try await process.errorLine(containing: "ready") != nil)
        }

        private static func write(
            _ program: Program,
            _ server: String,
            listen: [String],
            models: String,
            at baseURL: String = "http://127.0.0.1:9/v1"
        ) throws -> String {
            let text = """
                [server]
                listen = [\(listen.map { "\"\($0)\"" }.joined(separator: ", "))]
                \(server)

                [[providers]]
                name = "up"
                type = "openai"
                base_url = "\(baseURL)"
                api_key = "\(Program.canary)"
                models = [\(models)]
                """
            return try program.scratch.write(text, to: "config.toml")
        }

        func edit(
            _ server: String = "",
            listen further: [String] = [],
            models: String = #""a""#,
            at baseURL: String = "http://127.0.0.1:9/v1"
        ) throws {
            _ = try Self.write(program, server, listen: ["unix:\(home)"] + further, models: models, at: baseURL)
        }

        func reload(_ words: String...) async throws -> ChildProcess.Outcome {
            try await program.run(["reload", "-s", home] + words)
        }

        func ask(
            _ method: String = "GET",
            _ path: String = "/v1/models",
            _ body: String? = nil,
            at socket: String? = nil,
            url: String = "http://localhost"
        ) async throws -> (status: Int, text: String) {
            let request = HTTPRequest(
                method: method,
                url: url + path,
                unixSocketPath: url == "http://localhost" ? socket ?? home : nil,
                fields: ["content-type": "application/json"],
                body: body.map { .bytes(Array($0.utf8)) }
            )
            let response = try await client.send(request)
            let bytes = try await response.body.collect(upTo: 1 << 20)
            return (response.status, String(decoding: bytes, as: UTF8.self))
        }

        func server() async throws -> JSONValue? {
            try JSONValue(parsing: try await ask("GET", "/_internal/config").text)["server"]
        }

        func listeners() async throws -> [String] {
            let status = try JSONValue(parsing: try await ask("GET", "/_internal/status").text)
            return status["listeners"]?.array?.compactMap { $0["address"]?.string } ?? []
        }

        func end() async throws {
            process.signal(SIGTERM)
            #expect(try await program.outcome(of: process).status == 0)
        }
    }

    private func exists(_ path: String) -> Bool {
        unsafe access(path, F_OK) == 0
    }

    @Test("no request fails while the file is edited many times")
    func underLoad() async throws {
        let served = try await Edited(program)
        let mark = Mark()
        typealias Count = (requests: Int, failures: [String])
        let counts = try await withThrowingTaskGroup(of: Count.self, returning: Count.self) { tasks in
            for _ in 0..<8 {
                tasks.addTask {
                    var (count, failures) = (0, [String]())
                    while !mark.isSet {
                        do {
                            let answer = try await served.ask()
                            if answer.status != 200 { failures.append("\(answer)") }
                        } catch {
                            failures.append("\(error)")
                        }
                        count += 1
                    }
                    return (count, failures)
                }
            }
            for turn in 0..<20 {
                let (size, level) = (turn % 2 + 1, turn % 3 == 0 ? "debug" : "warning")
                try served.edit(
                    "max_request_size = \"\(size)MiB\"\nmax_header_size = \"\(16 + turn)KiB\"\nlog_level = \"\(level)\"\n"
                        + "idle_timeout = \"\(60 + turn)s\"\nlog_file = \"\(program.scratch.expect("log-\(turn % 2)"))\"",
                    listen: turn % 2 == 0 ? ["unix:\(served.guest)?role=guest"] : [],
                    models: #""a", "b\#(turn)""#
                )
                let outcome = try await served.reload()
                #expect(outcome.status == 0, "\(outcome)")
                #expect(exists(served.guest) == (turn % 2 == 0))
            }
            mark.set()
            var sum: Count = (0, [])
            for try await one in tasks { sum = (sum.requests + one.requests, sum.failures + one.failures) }
            return sum
        }
        #expect(counts.failures.isEmpty, "\(counts.failures.prefix(3))")
        #expect(counts.requests > 0)
        #expect(try await served.ask().text.contains("b19"))
        try await served.end()
    }

    @Test("a listener that is taken away ends the stream on it in order, and a new one is there")
    func listeners() async throws {
        let gate = Gate()
        try await ScriptedUpstream.run(.text("whole", waitingAt: gate)) { upstream in
            let guest = "unix:\(program.scratch.path)/guest.sock?role=guest"
            let served = try await Edited(program, listen: [guest])
            let url = upstream.baseURL(for: .openAI)
            try served.edit(listen: [guest], at: url)
            #expect(try await served.reload().output == "reloaded; changed: providers.up\n")
            #expect(try await served.ask("POST", "/_internal/reload", at: served.guest).status == 404)
            async let answer = served.ask(
                "POST",
                "/v1/chat/completions",
                ServedProgram.chat("a", isStreaming: true),
                at: served.guest
            )
            _ = try await upstream.request(0)
            let other = program.scratch.expect("other.sock")
            try served.edit(listen: ["unix:\(other)?mode=0660"], at: url)
            #expect(try await served.reload().output == "reloaded; changed: server.listen\n")
            #expect(!exists(served.guest))
            #expect(try await served.ask(at: other).status == 200)
            #expect(try await served.listeners() == ["unix:\(served.home)", "unix:\(other)"])
            gate.open()
            #expect(try await answer.text.contains("[DONE]"))
            try await served.end()
            #expect(!exists(other))
        }
    }

    @Test("a configuration that is wrong, a port that is taken and an address without keys change nothing")
    func refusals() async throws {
        let other = try await ServedProgram(program, "")
        let served = try await Edited(Program())
        let before = try await served.server()
        let wrong: [(String, [String], Int32, String)] = [
            ("lisen = 3", [], 78, "listen"),
            ("log_level = \"debug\"", ["tcp:127.0.0.1:\(other.port)"], 69, "in use"),
            ("log_level = \"debug\"", ["tcp:0.0.0.0:0"], 78, "access keys"),
            ("log_file = \"/nowhere/plex.log\"", ["unix:\(served.guest)"], 74, "/nowhere/plex.log"),
        ]
        for (server, listen, status, expected) in wrong {
            try served.edit(server, listen: listen, models: #""b""#)
            let outcome = try await served.reload()
            #expect(outcome.status == status, "\(outcome)")
            #expect(outcome.errorOutput.contains(expected), "\(outcome)")
            #expect(try await served.server() == before)
            #expect(try await served.listeners() == ["unix:\(served.home)"])
            #expect(!exists(served.guest))
            #expect(try await !served.ask().text.contains("\"b\""))
        }
        let words = "the one before stays in effect"
        #expect(try await served.process.errorLine(containing: words) != nil)
        try served.edit(models: #""b""#)
        #expect(try await served.reload("--json").output.contains(#""changed":["providers.up"]"#))
        #expect(try await served.ask().text.contains("\"b\""))
        try await served.end()
        #expect(try await other.end().status == 0)
    }

    @Test("without a gateway, or with a file that is wrong, the command says so")
    func nobody() async throws {
        let nobody = try await program.run(["reload", "-s", program.scratch.expect("nobody.sock")])
        #expect(nobody.status == 69)
        #expect(nobody.errorOutput.contains("nobody.sock"))
        let file = try program.scratch.write("[server]\nlisen = 1\n", to: "wrong.toml")
        #expect(try await program.run(["-c", file, "reload"]).status == 78)
    }

    @Test("the log goes on at another level, in another form and in another file")
    func log() async throws {
        let (first, second) = (program.scratch.expect("first.log"), program.scratch.expect("second.log"))
        let served = try await Edited(program, "log_file = \"\(first)\"")
        #expect(try await served.ask().status == 200)
        try served.edit("log_file = \"\(second)\"\nlog_format = \"json\"\nlog_level = \"info\"")
        #expect(try await served.reload().status == 0)
        #expect(try await served.server()?["log_file"] == .string(second))
        #expect(try await served.ask("GET", "/health").status == 200)
        try served.edit("log_file = \"\(second)\"\nlog_format = \"json\"\nlog_level = \"warning\"")
        #expect(try await served.reload().status == 0)
        #expect(try await served.ask("GET", "/health/ready").status == 200)
        try served.edit("log_file = \"\(first)\"\naccess_log = false")
        #expect(try await served.reload().status == 0)
        #expect(try await served.ask("GET", "/openapi.json").status == 200)
        try await served.end()
        let texts = try [first, second].map { String(decoding: try FileReader.read($0), as: UTF8.self) }
        #expect(texts[0].contains("/v1/models"))
        #expect(texts[0].contains("stopped"))
        #expect(!texts[0].contains("/openapi.json"))
        let lines = try texts[1].split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        let routes = lines.compactMap { $0["metadata"]?["route"]?.string }
        #expect(routes.contains("/health"))
        #expect(!routes.contains("/health/ready"))
    }

    @Test("what the command line says goes on holding")
    func flags() async throws {
        let file = try program.scratch.write("[server]\nlog_level = \"info\"\n", to: "config.toml")
        let socket = program.scratch.expect("flag.sock")
        let process = try await program.start(["-c", file, "serve", "-v", "-s", socket])
        _ = try await process.errorLine(containing: "ready")
        _ = try program.scratch.write(
            "[server]\nlog_level = \"error\"\nlisten = [\"unix:\(program.scratch.path)/x.sock\"]\nloops = 7\n",
            to: "config.toml"
        )
        let outcome = try await program.run(["reload", "--server", "unix:\(socket)"])
        #expect(outcome.output == "reloaded; nothing has changed\n")
        #expect(outcome.errorOutput.contains("a restart is needed for the change of server.loops"))
        #expect(!exists("\(program.scratch.path)/x.sock"))
        process.signal(SIGTERM)
        #expect(try await program.outcome(of: process).status == 0)
    }
}

/// Set once, for those who look now and then.
private final class Mark: Sendable {
    private let mark = Atomic<Bool>(false)

    var isSet: Bool { mark.load(ordering: .relaxed) }

    func set() { mark.store(true, ordering: .relaxed) }
}
