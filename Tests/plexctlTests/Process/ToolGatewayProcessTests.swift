import Glibc
import ProviderTesting
import Testing
import TransportKit

@testable import plexctl

/// Servers with tools of the same names, one that does not start, and who gets what.
private enum Setting {
    static let text = """
        [mcp]
        access = [{ role = "guest", allow = ["time__*", "old__*", "broken__*"], deny = ["*convert*"] }]
        [[mcp.servers]]
        name = "time"
        command = "\(Snapshot.root)/.venv-mcp/bin/mcp-server-time"
        args = ["--local-timezone", "UTC"]
        timeouts = { connect = "2m" }
        env = { SECRET = "\(Program.canary)" }
        [[mcp.servers]]
        name = "old"
        command = "\(Snapshot.root)/.venv-mcp1/bin/mcp-server-time"
        args = ["--local-timezone", "UTC"]
        timeouts = { connect = "2m" }
        [[mcp.servers]]
        name = "again"
        command = "\(Snapshot.root)/.venv-mcp/bin/mcp-server-time"
        args = ["--local-timezone", "UTC"]
        timeouts = { connect = "2m" }
        [[mcp.servers]]
        name = "broken"
        command = "/nowhere/server"
        """

    static let tools = [
        "time__get_current_time", "time__convert_time", "old__get_current_time", "old__convert_time",
        "again__get_current_time", "again__convert_time",
    ]
}

@Suite("The official clients of MCP, mcp-proxy and fastmcp at the pass-through", .serialized, .timeLimit(.minutes(5)))
struct ToolClientProcessTests {
    private static let calls = """
        [["time__get_current_time",{"timezone":"Europe/Oslo"}],["old__get_current_time",{"timezone":"Europe/Oslo"}],\
        ["again__convert_time",{}],["broken__x",{}]]
        """

    /// Runs a client, and gives what it prints.
    private func run(_ environment: String, _ program: Program, _ arguments: [String]) async throws -> JSONValue {
        let python = "\(Snapshot.root)/\(environment)/bin/python"
        let variables = ["HOME": program.scratch.path, "PATH": "/usr/bin:/bin"]
        let process = try await ChildProcess(
            python,
            ["\(Snapshot.root)/Tests/Fixtures/mcp/client.py"] + arguments,
            environment: variables
        )
        let outcome = try await process.outcome()
        let line = try #require(outcome.output.split(separator: "\n").last, "\(outcome.errorOutput)")
        return try JSONValue(parsing: Array(line.utf8))
    }

    private func check(_ answer: JSONValue, version: String) {
        #expect(answer["version"]?.string == version)
        #expect(answer["tools"]?.array?.compactMap(\.string) == Setting.tools)
        let results = answer["results"]?.array ?? []
        #expect(results.count == 4)
        for result in results.prefix(2) { #expect(result["text"]?.string?.contains("Europe/Oslo") == true) }
        #expect(results.dropFirst(2).first?["error"]?.string?.contains("source_timezone") == true)
        #expect(results.last?["error"]?.string?.contains(#"MCP server "broken": /nowhere/server is not there"#) == true)
    }

    @Test("Over standard input and output", arguments: [(".venv-mcp", "2026-07-28"), (".venv-mcp1", "2025-11-25")])
    func stdio(environment: String, version: String) async throws {
        let program = try Program()
        let file = try program.scratch.write(Setting.text, to: "config.toml")
        let command = JSONValue.array([Program.path, "-c", file, "mcp", "serve"].map { .string($0) })
        check(try await run(environment, program, ["stdio", command.serializedString, Self.calls]), version: version)
    }

    @Test("Over HTTP and at the socket", arguments: [(".venv-mcp", "2026-07-28"), (".venv-mcp1", "2025-11-25")])
    func http(environment: String, version: String) async throws {
        let served = try await ServedProgram(try Program(), Setting.text)
        let url = "http://127.0.0.1:\(served.port)/mcp"
        check(try await run(environment, served.program, ["http", url, Self.calls]), version: version)
        check(try await run(environment, served.program, ["unix", served.socket, Self.calls]), version: version)
        #expect(try await served.end().status == 0)
    }

    @Test("Through mcp-proxy, which is a client of its own")
    func mcpProxy() async throws {
        let served = try await ServedProgram(try Program(), Setting.text)
        let command = JSONValue.array([
            .string("\(Snapshot.root)/.venv-mcp1/bin/mcp-proxy"), "--transport", "streamablehttp",
            .string("http://127.0.0.1:\(served.port)/mcp"),
        ])
        let calls = """
            [["old__get_current_time",{"timezone":"Europe/Oslo"}],["time__get_current_time",{"timezone":"UTC"}],\
            ["again__get_current_time",{"timezone":"UTC"}]]
            """
        let answer = try await run(".venv-mcp1", served.program, ["stdio", command.serializedString, calls])
        #expect(answer["tools"]?.array?.compactMap(\.string) == Setting.tools)
        #expect(answer["results"]?.array?.first?["text"]?.string?.contains("Europe/Oslo") == true)
        #expect(try await served.end().status == 0)
    }

    @Test("With fastmcp")
    func fastmcp() async throws {
        let served = try await ServedProgram(try Program(), Setting.text)
        let script = """
            import asyncio, sys
            from fastmcp import Client
            async def main():
                async with Client(sys.argv[1]) as client:
                    for server in ["old", "again", "time"]:
                        await client.call_tool(server + "__get_current_time", {"timezone": "UTC"})
                    print(len(await client.list_tools()))
                    print((await client.call_tool("time__get_current_time", {"timezone": "Europe/Oslo"})).content[0].text)
            asyncio.run(main())
            """
        let process = try await ChildProcess(
            "\(Snapshot.root)/.venv-mcp1/bin/python",
            ["-c", script, "http://127.0.0.1:\(served.port)/mcp"],
            environment: ["HOME": served.program.scratch.path, "PATH": "/usr/bin:/bin"]
        )
        let outcome = try await process.outcome()
        #expect(outcome.output.hasPrefix("6\n"), "\(outcome.errorOutput)")
        #expect(outcome.output.contains("Europe/Oslo"))
        #expect(try await served.end().status == 0)
    }
}

@Suite("The pass-through of plexctl serve, as a process", .serialized, .timeLimit(.minutes(5)))
struct ToolGatewayProcessTests {
    private static let question = #"{"timezone":"Europe/Oslo"}"#
    private static let hello = """
        {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},\
        "clientInfo":{"name":"t","version":"1"}}}
        """
    private static let accept: HTTPFields = ["accept": "application/json, text/event-stream"]

    /// Calls each server once, so that a slow start does not keep it out of a list.
    private func started(_ served: ServedProgram) async throws -> ServedProgram {
        for name in ["time", "old", "again"] {
            let answer = try await served.ask("POST", "/mcp/tools/\(name)/get_current_time", Self.question)
            #expect(answer.status == 200, "\(answer.text)")
        }
        return served
    }

    @Test("Tools are listed and called over plain HTTP, and one broken server hides no others")
    func plainHTTP() async throws {
        let served = try await started(ServedProgram(try Program(), Setting.text))
        let list = try await served.ask("GET", "/mcp/v1/tools")
        #expect(list.json?["tools"]?.array?.compactMap { $0["name"]?.string } == Setting.tools)
        #expect(list.json?["failures"]?.array?.map { $0["server"]?.string } == ["broken"])
        let byServer = try await served.ask("GET", "/mcp/tools").json?["servers"]?.array ?? []
        #expect(byServer.map { $0["tools"]?.array?.count } == [2, 2, 2, 0])
        #expect(byServer.last?["error"]?["code"] == "launch")
        let wrapped = #"{"arguments":\#(Self.question)}"#
        let answers = [
            try await served.ask("POST", "/mcp/v1/tools/old__get_current_time/call", wrapped),
            try await served.ask("POST", "/mcp/tools/again/get_current_time", Self.question),
        ]
        for answer in answers {
            #expect(answer.status == 200)
            #expect(answer.json?["content"]?.array?.first?["text"]?.string?.contains("Europe/Oslo") == true)
        }
        let refusals = [
            ("/mcp/tools/tiem/get_current_time", "{}", 404, "server_not_found", "there are time, old, again, broken"),
            ("/mcp/tools/time/nothing", "{}", 404, "tool_not_found", "nothing"),
            ("/mcp/v1/tools/nothing/call", "{}", 404, "tool_not_found", "nothing"),
            ("/mcp/tools/broken/x", "{}", 502, "server_unavailable", "/nowhere/server"),
            ("/mcp/tools/time/get_current_time", "[1]", 400, "invalid_json", "object"),
            ("/mcp/v1/tools/time__get_current_time/call", Self.question, 400, "invalid_request", "arguments"),
        ]
        for (path, body, status, code, words) in refusals {
            let answer = try await served.ask("POST", path, body)
            #expect(answer.status == status, "\(path)")
            #expect(answer.json?["error"]?["code"]?.string == code, "\(path)")
            #expect(answer.json?["error"]?["message"]?.string?.contains(words) == true, "\(answer.text)")
        }
        let status = try await served.ask("GET", "/_internal/status").json?["mcp"]
        #expect(status?["servers"]?.array?.map { $0["name"]?.string } == ["time", "old", "again", "broken"])
        #expect(status?["servers"]?.array?.first?["state"] == "ready")
        #expect(try await served.ask("GET", "/health").status == 200)
        #expect(try await served.ask("GET", "/metrics").text.contains("modelplex_mcp_calls_total{server=\"old\""))
        let arguments = try await served.program.startShell("ps -eo args")
        #expect(try await !arguments.outcome().output.contains(Program.canary))
        let texts = [list.text, try await served.ask("GET", "/mcp/servers").text]
        #expect(texts.allSatisfy { !$0.contains(Program.canary) })
        #expect(try await served.end().status == 0)
    }

    @Test("A guest gets what its lists say, and nothing of the operator's")
    func guests() async throws {
        let program = try Program()
        let socket = program.scratch.expect("guest.sock")
        let served = try await started(ServedProgram(program, Setting.text, listeners: ["unix:\(socket)?role=guest"]))
        let list = try await served.ask("GET", "/mcp/v1/tools", at: socket)
        let names = list.json?["tools"]?.array?.compactMap { $0["name"]?.string }
        #expect(names == ["time__get_current_time", "old__get_current_time"])
        let allowed = try await served.ask("POST", "/mcp/tools/time/get_current_time", Self.question, at: socket)
        #expect(allowed.status == 200)
        // A server of which nothing is allowed is none.
        let paths = [
            ("/mcp/tools/time/convert_time", "tool_not_found"),
            ("/mcp/tools/again/get_current_time", "server_not_found"),
        ]
        for (path, code) in paths {
            let denied = try await served.ask("POST", path, Self.question, at: socket)
            #expect(denied.status == 404)
            #expect(denied.json?["error"]?["code"]?.string == code)
        }
        let unknown = try await served.ask("POST", "/mcp/tools/x/y", "{}", at: socket)
        #expect(unknown.json?["error"]?["message"]?.string?.contains("there are broken, old, time") == true)
        #expect(try await served.ask("GET", "/mcp/servers", at: socket).status == 404)
        let byServer = try await served.ask("GET", "/mcp/tools", at: socket)
        #expect(byServer.json?["servers"]?.array?.map { $0["name"]?.string } == ["time", "old", "broken"])
        // Why a server of theirs does not answer is not for them: it names what is on the machine.
        #expect(list.json?["failures"]?.array?.map { $0["server"]?.string } == ["broken"])
        let hello = try await served.ask("POST", "/mcp", Self.hello, at: socket, fields: Self.accept)
        let call = #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"broken__x","arguments":{}}}"#
        var fields = Self.accept
        fields.append("mcp-session-id", try #require(hello.session))
        let texts = [
            list.text, byServer.text,
            try await served.ask("POST", "/mcp/tools/broken/x", "{}", at: socket).text,
            try await served.ask("POST", "/mcp", call, at: socket, fields: fields).text,
        ]
        for text in texts {
            #expect(text.contains("ask the operator of this gateway"), "\(text)")
            #expect(!text.contains("/nowhere"), "\(text)")
        }
        #expect(try await served.end().status == 0)
    }

    @Test("Servers are added, changed, switched and taken out, and outlast the process")
    func administration() async throws {
        let program = try Program()
        let socketless = #"{"name":"more","command":"x"}"#
        var served = try await ServedProgram(program, Setting.text)
        #expect(try await served.ask("POST", "/mcp/servers", socketless).status == 403)
        let place = "\(Snapshot.root)/.venv-mcp/bin/mcp-server-time"
        let server = #"{"name":"more","command":"\#(place)","env":{"HOME_OF":"${HOME}"}}"#
        // As the document has it, with curl.
        let line = "curl -s --unix-socket \(served.socket) http://localhost/mcp/servers -d '\(server)'"
        let added = try await program.startShell(line).outcome()
        #expect(try JSONValue(parsing: added.output)["source"] == "added")
        #expect(try await served.askAtSocket("POST", "/mcp/servers", server).status == 409)
        let twin = try await served.askAtSocket("POST", "/mcp/servers", #"{"name":"time","command":"x"}"#)
        #expect(twin.json?["error"]?["code"] == "configured_server" && twin.text.contains("another name"))
        let call = "/mcp/tools/more/get_current_time"
        #expect(try await served.ask("POST", call, Self.question).status == 200)
        #expect(try await served.askAtSocket("POST", "/mcp/servers/more/disable").json?["state"] == "disabled")
        #expect(try await served.ask("POST", call, Self.question).status == 409)
        #expect(try await served.end().status == 0)

        served = try await ServedProgram(program, Setting.text)
        let kept = try await served.askAtSocket("GET", "/mcp/servers/more")
        #expect(kept.json?["enabled"] == false)
        #expect(kept.json?["env"]?["HOME_OF"] == "${HOME}")
        let changed = #"{"command":"\#(place)","args":["--local-timezone","UTC"],"enabled":true}"#
        #expect(try await served.askAtSocket("PUT", "/mcp/servers/more", changed).status == 200)
        #expect(try await served.ask("POST", call, Self.question).status == 200)
        let literal = #"{"command":"x","env":{"KEY":"\#(Program.canary)"}}"#
        let refused = try await served.askAtSocket("PUT", "/mcp/servers/more", literal)
        #expect(refused.status == 400 && !refused.text.contains(Program.canary))
        #expect(try await served.askAtSocket("DELETE", "/mcp/servers/time").status == 409)
        #expect(try await served.askAtSocket("POST", "/mcp/servers/time/disable").json?["enabled"] == false)
        #expect(try await served.askAtSocket("DELETE", "/mcp/servers/more").status == 204)
        #expect(try await served.ask("POST", call, Self.question).status == 404)
        for name in ["old", "again"] {
            _ = try await served.ask("POST", "/mcp/tools/\(name)/get_current_time", Self.question)
        }
        let names = try await served.ask("GET", "/mcp/v1/tools").json?["tools"]?.array?.compactMap {
            $0["server"]?.string
        }
        #expect(Set(names ?? []) == ["old", "again"])
        #expect(try await served.end().status == 0)
    }

    @Test("SIGHUP brings other servers, and those that stay go on in the sessions there are")
    func reload() async throws {
        let program = try Program()
        let served = try await ServedProgram(program, Setting.text)
        #expect(try await served.ask("POST", "/mcp/tools/time/get_current_time", Self.question).status == 200)
        let old = try await served.program.startShell("pgrep -P \(served.process.processID)").outcome().output
        let text = Setting.text.replacing(#"name = "broken""#, with: #"name = "other""#)
        _ = try program.scratch.write(text, to: "config.toml")
        served.process.signal(SIGHUP)
        #expect(try await served.process.errorLine(containing: "reloaded") != nil)
        let servers = try await served.ask("GET", "/_internal/status").json?["mcp"]?["servers"]?.array ?? []
        #expect(servers.map { $0["name"]?.string } == ["time", "old", "again", "other"])
        #expect(try await served.ask("POST", "/mcp/tools/time/get_current_time", Self.question).status == 200)
        let new = try await served.program.startShell("pgrep -P \(served.process.processID)").outcome().output
        #expect(!old.isEmpty && old == new)
        #expect(try await served.end().status == 0)
    }

    @Test("Many sessions over HTTP leave nothing")
    func sessions() async throws {
        let served = try await ServedProgram(try Program(), Setting.text)
        func round(_ count: Int) async throws {
            for _ in 0..<count {
                let begun = try await served.ask("POST", "/mcp", Self.hello, at: served.socket, fields: Self.accept)
                let session = try #require(begun.session)
                let end: HTTPFields = ["mcp-session-id": session, "mcp-protocol-version": "2025-11-25"]
                #expect(try await served.ask("DELETE", "/mcp", at: served.socket, fields: end).status == 200)
            }
        }
        try await round(50)
        let before = try await served.ask("GET", "/_internal/status").json
        try await round(1000)
        let after = try await served.ask("GET", "/_internal/status").json
        #expect(after?["mcp"]?["sessions"] == 0)
        #expect((after?["open_descriptors"]?.int ?? 99) <= (before?["open_descriptors"]?.int ?? 0) + 2)
        let grown =
            (after?["memory"]?["resident_bytes"]?.int ?? .max) - (before?["memory"]?["resident_bytes"]?.int ?? 0)
        #expect(grown < 16 << 20)
        #expect(try await served.end().status == 0)
    }

    @Test("On standard input and output it ends when its input closes, and its servers with it")
    func endsWithInput() async throws {
        let program = try Program()
        let server = program.scratch.expect("server-of-\(program.scratch.path.suffix(6))")
        try #require(unsafe symlink("\(Snapshot.root)/.venv-mcp/bin/mcp-server-time", server) == 0)
        let text = "[[mcp.servers]]\nname = \"time\"\ncommand = \"\(server)\"\n"
        let file = try program.scratch.write(text, to: "config.toml")
        let messages = [
            #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#,
            #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"time__get_current_time","arguments":{"timezone":"UTC"}}}"#,
        ]
        let process = try await program.start(["-c", file, "mcp", "serve", "--deny", "*convert*"])
        process.write(messages.joined(separator: "\n") + "\n")
        let answer = try #require(try await process.line(beginningWith: #"{"jsonrpc":"2.0","id":2"#))
        #expect(answer.contains("UTC"))
        process.closeInput()
        let outcome = try await program.outcome(of: process)
        #expect(outcome.status == 0)
        #expect(outcome.output.split(separator: "\n").allSatisfy { $0.hasPrefix("{") })
        // The brackets keep the shell, and what it forks, from finding themselves.
        let name = "[s]erver-of-\(program.scratch.path.suffix(6))"
        let left = try await program.startShell("pgrep -f '\(name)'; true").outcome().output
        #expect(left.isEmpty, "\(left)")
    }
}
