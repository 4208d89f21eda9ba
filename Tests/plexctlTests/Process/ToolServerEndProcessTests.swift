import Glibc
import ProviderTesting
import Testing
import TransportKit

@testable import plexctl

@Suite("Servers and streams that last, at the program's end", .timeLimit(.minutes(5)))
struct ToolServerEndProcessTests {
    @Test("A second interruption ends servers that ignore the end of their input and SIGTERM")
    func secondInterruption() async throws {
        let program = try Program()
        let pipe = program.scratch.expect("said")
        try #require(unsafe mkfifo(pipe, 0o600) == 0)
        let script = try ToolScript(
            "stubborn",
            in: program.scratch,
            setUp: "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
            call: "said = open('\(pipe)', 'w'); said.write('called\\n'); said.flush(); continue",
            // It would live on for a while, and then say so.
            atEnd: "said.write('ended\\n'); said.flush(); time.sleep(30); said.write('alive\\n')"
        )
        let file = try program.scratch.write(script.configuration, to: "config.toml")
        let listener = try await program.startShell("exec cat \(pipe)")
        let process = try await program.start(["-c", file, "mcp", "call", "stubborn", "echo"])
        try #require(try await listener.line(beginningWith: "called") != nil)
        process.signal(SIGINT)
        try #require(try await listener.line(beginningWith: "ended") != nil)
        process.signal(SIGINT)
        #expect(try await program.outcome(of: process).status == 130)
        // The pipe's end means that nobody has it open any more.
        #expect(try await listener.outcome().output == "called\nended\n")
    }

    @Test("Streams that wait for news end when the gateway begins to stop, and do not hold it up")
    func streams() async throws {
        let program = try Program()
        let script = try ToolScript("echo", in: program.scratch)
        let text = "[server]\ndrain_timeout = \"30s\"\n" + script.configuration
        let served = try await ServedProgram(program, text)
        let accept: HTTPFields = ["accept": "application/json, text/event-stream"]
        let hello = """
            {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},\
            "clientInfo":{"name":"t","version":"1"}}}
            """
        let begun = try await served.ask("POST", "/mcp", hello, at: served.socket, fields: accept)
        var fields = accept
        fields.append("mcp-session-id", try #require(begun.session))
        let request = HTTPRequest(
            method: "GET",
            url: "http://localhost/mcp",
            unixSocketPath: served.socket,
            fields: fields
        )
        // The head comes at once, though there may be no news for long.
        let stream = try await served.client.send(request)
        #expect(stream.status == 200)
        let listen = """
            {"jsonrpc":"2.0","id":7,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},\
            "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",\
            "io.modelcontextprotocol/clientCapabilities":{}}}}
            """
        var modern = accept
        for (name, value) in [
            ("content-type", "application/json"), ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "subscriptions/listen"),
        ] { modern.append(name, value) }
        let listening = try await served.client.send(
            HTTPRequest(
                method: "POST",
                url: "http://localhost/mcp",
                unixSocketPath: served.socket,
                fields: modern,
                body: .bytes(Array(listen.utf8))
            )
        )
        #expect(listening.status == 200)
        served.process.signal(SIGTERM)
        _ = try await stream.body.collect(upTo: 1 << 16)
        let news = String(decoding: try await listening.body.collect(upTo: 1 << 16), as: UTF8.self)
        #expect(news.contains(#""id":7"#), "\(news)")
        let outcome = try await program.outcome(of: served.process)
        #expect(outcome.status == 0)
        let lines = outcome.errorOutput.split(separator: "\n").filter { $0.contains("route=/mcp ") }
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.contains("outcome=completed") }, "\(outcome.errorOutput)")
    }
}
