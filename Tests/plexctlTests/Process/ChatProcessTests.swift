import Glibc
import ProviderTesting
import Testing
import TransportKit

@testable import plexctl

@Suite("plexctl chat, as a process", .timeLimit(.minutes(5)))
struct ChatProcessTests {
    private let program: Program

    init() throws {
        program = try Program()
    }

    @Test("an answer goes to standard output and nothing to standard error", arguments: WireDialect.allCases)
    func answers(dialect: WireDialect) async throws {
        try await ScriptedUpstream.run(.text("Hello there.")) { upstream in
            let arguments = try program.configured(upstream, dialect)
            let outcome = try await program.run(arguments + ["chat", "-m", "up/m", "-s", "Be brief.", "Hi"])
            #expect(outcome == .init(status: 0, output: "Hello there.\n", errorOutput: ""))
            #expect(upstream.requests.count == 1)
            #expect(upstream.requests.first?.wantsStream == true)
            #expect(upstream.requests.first?.text.contains("Be brief.") == true)
        }
    }

    @Test("what is piped, a file and an image reach the model")
    func inputs() async throws {
        try await ScriptedUpstream.run(.text("ok")) { upstream in
            let file = try program.scratch.write("from the file", to: "notes.txt")
            let image = try program.scratch.write("GIF89a", to: "i.gif")
            let arguments = try program.configured(upstream)
            let outcome = try await program.run(
                arguments + ["chat", "-m", "m", "--no-stream", "Compare:", "-f", file, "--image", image],
                input: "from the pipe\n"
            )
            #expect(outcome == .init(status: 0, output: "ok\n", errorOutput: ""))
            let request = try #require(upstream.requests.first)
            #expect(!request.wantsStream)
            #expect(request.text.contains(#"Compare:\n\nfrom the pipe\n\n--- notes.txt ---\nfrom the file"#))
            #expect(request.text.contains("data:image/gif;base64,R0lGODlh"))
        }
    }

    @Test("reports go to standard error")
    func reports() async throws {
        try await ScriptedUpstream.run(.reasoning("Hm.", then: "Hi")) { upstream in
            let flags = ["--usage", "--trace", "--reasoning"]
            let arguments = try program.configured(upstream)
            let outcome = try await program.run(arguments + ["chat", "-m", "m"] + flags + ["Hi"])
            #expect(outcome.output == "Hi\n")
            let lines = outcome.errorOutput.split(separator: "\n").map(String.init)
            try #require(lines.count == 4)
            #expect(lines[0] == "Hm.")
            #expect(lines[1].hasPrefix("usage: "))
            #expect(lines[2].hasPrefix("trace: chosen up/m: "), "\(lines[2])")
            #expect(lines[3].hasPrefix("trace: 1. up/m: ok"))
        }
    }

    @Test("--json prints one object, --jsonl one a line", arguments: [[], ["--no-stream"]])
    func forms(flags: [String]) async throws {
        try await ScriptedUpstream.run(.text("Hello"), .text("Hello")) { upstream in
            let arguments = try program.configured(upstream) + ["chat", "-m", "m", "Hi"] + flags
            let whole = try await program.run(arguments + ["--json"])
            #expect(try JSONValue(parsing: whole.output)["text"] == "Hello")
            let lines = try await program.run(arguments + ["--jsonl"]).output.split(separator: "\n")
            let events = try lines.map { try JSONValue(parsing: String($0)) }
            #expect(events.first?["type"] == "started")
            #expect(events.last?["response"]?["text"] == "Hello")
            let pieces = events.filter { $0["type"] == "text" }.compactMap { $0["text"]?.string }
            #expect(pieces.joined() == "Hello")
        }
    }

    @Test("a schema goes along, and an answer that is no JSON is no success")
    func schema() async throws {
        try await ScriptedUpstream.run(.text(#"{"a":1}"#), .text("a is 1")) { upstream in
            let schema = try program.scratch.write(#"{"type":"object"}"#, to: "s.json")
            let arguments = try program.configured(upstream) + ["chat", "-m", "m", "--schema", schema, "Hi"]
            #expect(try await program.run(arguments).status == 0)
            #expect(upstream.requests.first?.json?["response_format"]?["json_schema"]?["name"] == "s")
            let refused = try await program.run(arguments)
            #expect(refused.status == 65)
            #expect(refused.output == "a is 1\n")
            #expect(!refused.errorOutput.contains("--max-tokens"))
        }
    }

    @Test("an answer that a limit on tokens cut is said to be cut")
    func cutBySchema() async throws {
        var reply = ScriptedReply([.text(#"{"a":"#)])
        reply.finishReason = "length"
        try await ScriptedUpstream.run(.reply(reply)) { upstream in
            let schema = try program.scratch.write(#"{"type":"object"}"#, to: "s.json")
            let arguments = try program.configured(upstream) + ["chat", "-m", "m", "--schema", schema, "Hi"]
            let outcome = try await program.run(arguments)
            #expect(outcome.status == 65)
            #expect(outcome.errorOutput.contains("was cut at the limit on tokens"), "\(outcome)")
            #expect(outcome.errorOutput.contains("allow more with --max-tokens"), "\(outcome)")
        }
    }

    @Test("--dry-run shows the request without the key and sends nothing")
    func dryRun() async throws {
        try await ScriptedUpstream.run { upstream in
            let arguments = try program.configured(upstream)
            let outcome = try await program.run(arguments + ["chat", "-m", "m", "--dry-run", "Hi"])
            let shown = try JSONValue(parsing: outcome.output)
            #expect(outcome.status == 0)
            #expect(shown["method"] == "POST")
            #expect(shown["url"] == .string(upstream.baseURL(for: .openAI) + "/chat/completions"))
            #expect(shown["body"]?["model"] == "m")
            #expect(upstream.connectionsAccepted == 0)
        }
    }

    @Test("--server asks that server and no other, and takes no other's key along")
    func server() async throws {
        var program = program
        program.environment = ["OPENAI_API_KEY": Program.canary, "PLEX_CONFIG": ""]
        try await ScriptedUpstream.run(.text("ok"), .text("ok")) { upstream in
            let url = "http://127.0.0.1:\(upstream.port)"
            let outcome = try await program.run(["chat", "--server", url, "-m", "m", "Hi"])
            #expect(outcome == .init(status: 0, output: "ok\n", errorOutput: ""))
            #expect(upstream.requests.first?.fields["Authorization"] == nil)
            #expect(upstream.requests.first?.path == "/v1/chat/completions")
            program.environment["PLEX_SERVER_KEY"] = Program.canary
            // Whose model it is, is the server's affair.
            _ = try await program.run(["chat", "--server", url, "-m", "other/m", "Hi"])
            #expect(upstream.requests.last?.model == "other/m")
            #expect(upstream.requests.last?.fields["Authorization"] == "Bearer \(Program.canary)")
        }
    }

    @Test("--server takes a Unix socket")
    func unixSocket() async throws {
        try await ScriptedUpstream.run(.text("ok"), listening: .unixSocket) { upstream in
            let path = try #require(upstream.socketPath)
            let outcome = try await program.run(["chat", "--server", "unix:\(path)", "-m", "m", "Hi"])
            #expect(outcome == .init(status: 0, output: "ok\n", errorOutput: ""))
        }
    }

    @Test("text arrives as it comes, and Ctrl-C closes the connection and ends the line")
    func interrupt() async throws {
        let gate = Gate()
        try await ScriptedUpstream.run(.text("Hello\nthere", waitingAt: gate)) { upstream in
            let process = try await program.start(try program.configured(upstream) + ["chat", "-m", "m", "Hi"])
            process.closeInput()
            #expect(try await process.line(beginningWith: "Hello") == "Hello")
            process.signal(SIGINT)
            let outcome = try await program.outcome(of: process)
            #expect(outcome.status == 130)
            #expect(outcome.output.hasSuffix("\n"))
            #expect(outcome.errorOutput == "")
            #expect(try await upstream.peerLeft(request: 0)?.answerWasWhole == false)
        }
    }

    @Test(
        "a signal before the first token ends the wait",
        arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)]
    )
    func early(signal: Int32, status: Int32) async throws {
        try await ScriptedUpstream.run(.stall) { upstream in
            let process = try await program.start(try program.configured(upstream) + ["chat", "-m", "m", "Hi"])
            process.closeInput()
            _ = try await upstream.request(0)
            process.signal(signal)
            let outcome = try await program.outcome(of: process)
            #expect(outcome == .init(status: status, output: "", errorOutput: ""))
        }
    }

    @Test("Ctrl-C ends the wait for standard input")
    func interruptedInput() async throws {
        // More than a pipe holds: when all of it is written, the program is reading.
        let process = try await program.startShell(
            """
            exec 3>&1
            trap : INT
            { head -c 200000 /dev/zero | tr '\\0' a; echo ready >&3; cat; } | $PLEXCTL chat -m m -
            echo "status ${PIPESTATUS[1]}"
            """
        )
        #expect(try await process.line(beginningWith: "ready") == "ready")
        process.signal(SIGINT)
        process.closeInput()
        #expect(try await process.line(beginningWith: "status") == "status 130")
    }

    @Test("a reader that goes away is no error to talk about")
    func closedPipe() async throws {
        let gate = Gate()
        try await ScriptedUpstream.run(.text("Hello", waitingAt: gate)) { upstream in
            let arguments = try program.configured(upstream).joined(separator: " ")
            let process = try await program.startShell(
                """
                exec 3>&1
                { $PLEXCTL \(arguments) chat -m m --json Hi </dev/null; echo "status $?" >&3; } \
                | { exec 0<&-; echo closed >&3; }
                """
            )
            #expect(try await process.line(beginningWith: "closed") != nil)
            gate.open()
            #expect(try await process.line(beginningWith: "status") == "status 141")
            #expect(try await program.outcome(of: process).errorOutput == "")
        }
    }

    @Test("a disk without room is an error")
    func fullDisk() async throws {
        try await ScriptedUpstream.run(.text("Hello")) { upstream in
            let arguments = try program.configured(upstream).joined(separator: " ")
            let process = try await program.startShell("$PLEXCTL \(arguments) chat -m m Hi </dev/null >/dev/full")
            let outcome = try await program.outcome(of: process)
            #expect(outcome.status == 74)
            #expect(outcome.errorOutput.contains("No space left"))
        }
    }
}
