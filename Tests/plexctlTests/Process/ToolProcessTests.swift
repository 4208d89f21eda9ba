import Glibc
import ProviderTesting
import Testing
import TransportKit

@testable import plexctl

@Suite("plexctl mcp and chat --mcp, as a process", .timeLimit(.minutes(5)))
struct ToolProcessTests {
    private let program: Program

    init() throws {
        program = try Program()
    }

    /// A configuration with a scripted provider, a server of each generation, and one that does not start.
    private func configured(_ upstream: ScriptedUpstream? = nil) throws -> [String] {
        let provider = upstream.map { upstream in
            """
            [routing]
            attempts = 1
            [[providers]]
            name = "up"
            type = "openai"
            base_url = "\(upstream.baseURL(for: .openAI))"
            api_key = "\(Program.canary)"
            """
        }
        let text = """
            \(provider ?? "")
            [[mcp.servers]]
            name = "time"
            command = "\(Snapshot.root)/.venv-mcp/bin/mcp-server-time"
            args = ["--local-timezone", "UTC"]
            env = { SECRET = "\(Program.canary)" }
            [[mcp.servers]]
            name = "old"
            command = "\(Snapshot.root)/.venv-mcp1/bin/mcp-server-time"
            args = ["--local-timezone", "UTC"]
            policy = "per-call"
            [[mcp.servers]]
            name = "broken"
            command = "/nowhere/server"
            """
        return ["-c", try program.scratch.write(text, to: "config.toml")]
    }

    private static let question = #"{"timezone":"Europe/Oslo"}"#

    @Test("servers are listed without being started")
    func servers() async throws {
        let outcome = try await program.run(try configured() + ["mcp", "servers"])
        #expect(outcome.status == 0)
        #expect(outcome.errorOutput == "")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.first?.hasPrefix("time    stdio  /") == true)
        let json = try await program.run(try configured() + ["mcp", "servers", "--json"])
        let value = try JSONValue(parsing: json.output)
        #expect(value["servers"]?.array?.map { $0["policy"]?.string } == ["persistent", "per-call", "persistent"])
    }

    @Test("tools of all servers are listed, and one that fails is named")
    func tools() async throws {
        let outcome = try await program.run(try configured() + ["mcp", "tools"])
        #expect(outcome.status == 0)
        let names = outcome.output.split(separator: "\n").map { $0.prefix { $0 != " " } }
        #expect(
            names == [
                "time__get_current_time", "time__convert_time", "old__get_current_time", "old__convert_time",
            ]
        )
        #expect(outcome.errorOutput.contains(#"MCP server "broken""#))
        let json = try await program.run(try configured() + ["mcp", "tools", "time", "--json"])
        let value = try JSONValue(parsing: json.output)
        #expect(value["tools"]?.array?.first?["tool"] == "get_current_time")
        #expect(value["tools"]?.array?.first?["inputSchema"]?["required"] == ["timezone"])
    }

    @Test("a tool is called, of a server of either generation", arguments: ["time", "old"])
    func call(server: String) async throws {
        let arguments = try configured() + ["mcp", "call", server, "get_current_time"]
        let outcome = try await program.run(arguments + [Self.question])
        #expect(outcome.status == 0)
        #expect(outcome.output.contains(#""timezone": "Europe/Oslo""#))
        let piped = try await program.run(arguments + ["-", "--json"], input: Self.question)
        #expect(piped.status == 0)
        #expect(try JSONValue(parsing: piped.output)["content"]?.array?.first?["type"] == "text")
    }

    @Test(
        "what goes wrong is told with what to do",
        arguments: [
            (["call", "tiem", "x"], 69, #"there is no MCP server "tiem"; there are time, old, broken"#),
            (["tools", "tiem"], 69, #"there is no MCP server "tiem"; there are time, old, broken"#),
            (["call", "time", "get_curent_time"], 69, "did you mean 'get_current_time'?"),
            (["call", "time", "get_current_time", "[1]"], 65, "no JSON object"),
            (["call", "time", "get_current_time", "{"], 65, "not valid JSON"),
            (["call", "time", "get_current_time", #"{"timezone":"Nowhere/Land"}"#], 1, "the tool failed: "),
            (["tools", "broken"], 69, "/nowhere/server"),
            (["check", "broken"], 69, "/nowhere/server"),
            (["call", "broken", "x"], 69, "/nowhere/server"),
        ] as [([String], Int32, String)]
    )
    func badInput(words: [String], status: Int32, message: String) async throws {
        let outcome = try await program.run(try configured() + ["mcp"] + words)
        #expect(outcome.status == status)
        #expect(outcome.errorOutput.contains(message), "\(outcome.errorOutput)")
    }

    @Test("a check tells version, product and tools, and ends with the worst failure")
    func check() async throws {
        let outcome = try await program.run(try configured() + ["mcp", "check"])
        #expect(outcome.status == 69)
        let lines = outcome.output.split(separator: "\n").map(String.init)
        try #require(lines.count == 3)
        #expect(lines[0].hasPrefix("time: ok, mcp-time "))
        #expect(lines[0].contains("over stdio, 2 tools, "))
        #expect(lines[1].contains("MCP 2025-11-25 over stdio, 2 tools, "))
        #expect(lines[2].hasPrefix("broken: failed after "))
    }

    @Test("servers are checked at the same time, and told of in their order")
    func checksAtOnce() async throws {
        let (one, two) = (program.scratch.expect("one"), program.scratch.expect("two"))
        for pipe in [one, two] { try #require(unsafe mkfifo(pipe, 0o600) == 0) }
        // Each waits for the other one before it answers.
        let first = try ToolScript("first", in: program.scratch, setUp: "open('\(one)', 'w'); open('\(two)')")
        let second = try ToolScript("second", in: program.scratch, setUp: "open('\(one)'); open('\(two)', 'w')")
        let file = try program.scratch.write(first.configuration + second.configuration, to: "both.toml")
        let outcome = try await program.run(["-c", file, "mcp", "check"])
        #expect(outcome.status == 0, "\(outcome.errorOutput)")
        #expect(outcome.output.split(separator: "\n").map { $0.prefix { $0 != "," } } == ["first: ok", "second: ok"])
    }

    @Test("failures of servers have their codes for programs, and say what helps")
    func failures() async throws {
        let tools = """
            [{"name": name, "inputSchema": {"type": "object"}, "outputSchema": {"type": "object", "required": ["n"]}}
             for name in ["typed", "refused", "end"]]
            """
        let script = try ToolScript(
            "script",
            in: program.scratch,
            tools: tools,
            call: """
                if tool == "typed": result = {"content": [], "structuredContent": {"m": 1}}
                if tool == "refused": error = {"code": -32050, "message": "not today", "data": {"day": "Monday"}}
                if tool == "end": sys.stderr.write("no licence\\n"); sys.exit(3)
                """
        )
        let line = "\n[[mcp.servers]]\nname = \"line\"\ncommand = \"python3 -m server\"\n"
        let file = try program.scratch.write(script.configuration + line, to: "script.toml")
        func error(_ words: String...) async throws -> JSONValue? {
            let outcome = try await program.run(["-c", file, "mcp"] + words + ["--json"])
            #expect(outcome.status != 0)
            return try JSONValue(parsing: outcome.errorOutput)["error"]
        }
        // Nothing was listed before; what the tool promises is known all the same.
        #expect(try await error("call", "script", "typed")?["code"] == "invalid_result")
        let refused = try await error("call", "script", "refused")
        #expect(refused?["code"] == "request" && refused?["server"] == "script")
        #expect(refused?["mcp_error"] == ["code": -32050, "data": ["day": "Monday"]])
        let ended = try await program.run(["-c", file, "mcp", "call", "script", "end"])
        #expect(ended.errorOutput.contains("  | no licence"), "\(ended.errorOutput)")
        #expect(!ended.errorOutput.contains("in the log"), "\(ended.errorOutput)")
        #expect(try await error("call", "script", "end")?["error_output"]?.string?.contains("no licence") == true)
        let launch = try await error("call", "line", "x")
        #expect(launch?["code"] == "launch" && launch?["server"] == "line")
        #expect(launch?["message"]?.string?.contains("its arguments belong in args") == true)
        #expect(try await error("call", "nobody", "x")?["code"] == "not_found")
    }

    @Test("a model uses a real server's tool, streamed and not, in each dialect", arguments: [true, false])
    func chat(isStreaming: Bool) async throws {
        let call = (name: "time__get_current_time", arguments: Self.question)
        try await ScriptedUpstream.run(.toolCalls([call]), .text("It is noon.")) { upstream in
            let flags = isStreaming ? [] : ["--no-stream"]
            let outcome = try await program.run(
                try configured(upstream) + ["chat", "-m", "m", "--mcp", "time", "--yes", "What time is it?"] + flags
            )
            #expect(outcome.status == 0)
            #expect(outcome.output == "It is noon.\n")
            #expect(outcome.errorOutput.hasPrefix("tool: round 1: time__get_current_time succeeded after "))
            try #require(upstream.requests.count == 2)
            #expect(upstream.requests.allSatisfy { $0.wantsStream == isStreaming })
            #expect(upstream.requests[0].text.contains("time__convert_time"))
            #expect(upstream.requests[1].text.contains(#"\"timezone\": \"Europe/Oslo\""#))
        }
    }

    @Test("a program sees each step")
    func chatForPrograms() async throws {
        let call = (name: "time__get_current_time", arguments: Self.question)
        for form in ["--json", "--jsonl"] {
            try await ScriptedUpstream.run(.toolCalls([call]), .text("Noon.")) { upstream in
                let outcome = try await program.run(
                    try configured(upstream) + ["chat", "-m", "m", "--mcp", "time", "--yes", form, "Time?"]
                )
                #expect(outcome.status == 0)
                let lines = try outcome.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
                let last = try #require(lines.last)
                let answer = form == "--json" ? last : try #require(last["response"])
                #expect(answer["text"] == "Noon.")
                #expect(answer["ending"] == "answered")
                #expect(answer["tool_steps"]?.array?.first?["outcome"] == "succeeded")
                #expect(lines.contains { $0["type"] == "tool_called" } == (form == "--jsonl"))
            }
        }
    }

    @Test("without a terminal and without --yes nothing is asked of the model")
    func wantsApproval() async throws {
        try await ScriptedUpstream.run(.text("never")) { upstream in
            let outcome = try await program.run(
                try configured(upstream) + ["chat", "-m", "m", "--mcp", "time", "What time is it?"]
            )
            #expect(outcome.status == 64)
            #expect(outcome.errorOutput.contains("there is no terminal to ask at; approve all of them with --yes"))
            #expect(upstream.requests.isEmpty)
        }
    }

    @Test("a server that is not there is named with those that are")
    func unknownServer() async throws {
        try await ScriptedUpstream.run(.text("never")) { upstream in
            let outcome = try await program.run(
                try configured(upstream) + ["chat", "-m", "m", "--mcp", "tiem", "--yes", "What time is it?"]
            )
            #expect(outcome.status == 69)
            #expect(outcome.errorOutput.contains(#"there is no MCP server "tiem"; there are time, old, broken"#))
            #expect(upstream.requests.isEmpty)
        }
    }

    @Test("a server that does not answer ends the command, unless another one does")
    func brokenServer() async throws {
        try await ScriptedUpstream.run(.text("Hello.")) { upstream in
            let chat = try configured(upstream) + ["chat", "-m", "m", "--yes", "Hi", "--mcp", "broken"]
            let outcome = try await program.run(chat)
            #expect(outcome.status == 69)
            #expect(outcome.errorOutput.contains(#"error: MCP server "broken": /nowhere/server"#))
            #expect(upstream.requests.isEmpty)
            let other = try await program.run(chat + ["--mcp", "time"])
            #expect(other.output == "Hello.\n")
            #expect(other.errorOutput.contains(#"warning: MCP server "broken": /nowhere/server"#))
        }
    }

    @Test("a model that never ends is stopped cleanly")
    func stops() async throws {
        let call = (name: "time__get_current_time", arguments: Self.question)
        try await ScriptedUpstream.run(
            answer: { _ in .toolCalls([call]) },
            body: { upstream in
                let outcome = try await program.run(
                    try configured(upstream)
                        + ["chat", "-m", "m", "--mcp", "time", "--max-rounds", "2", "--yes", "What time is it?"]
                )
                #expect(outcome.status == 1)
                #expect(outcome.output == "")
                #expect(
                    outcome.errorOutput.contains(
                        "stopped after 2 rounds of tool calls without an answer; allow more with --max-rounds"
                    )
                )
                #expect(upstream.requests.count == 3)
            }
        )
    }

    @Test("a dry run shows the tools that the model would be given")
    func dryRun() async throws {
        try await ScriptedUpstream.run(.text("never")) { upstream in
            let outcome = try await program.run(
                try configured(upstream) + ["chat", "-m", "m", "--mcp", "time", "--dry-run", "--json", "Hi"]
            )
            #expect(outcome.status == 0)
            let names = try JSONValue(parsing: outcome.output)["body"]?["tools"]?.array?
                .map { $0["function"]?["name"]?.string }
            #expect(names == ["time__get_current_time", "time__convert_time"])
            #expect(upstream.requests.isEmpty)
        }
    }
}
