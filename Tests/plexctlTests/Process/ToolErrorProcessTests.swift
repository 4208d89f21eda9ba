import ProviderTesting
import Testing
import TransportKit

@testable import plexctl

@Suite("Errors of servers over plain HTTP", .timeLimit(.minutes(5)))
struct ToolErrorProcessTests {
    @Test("A server's own error has its number and data, for hosts; who has to wait is told how long")
    func errors() async throws {
        let program = try Program()
        let script = try ToolScript(
            "script",
            in: program.scratch,
            call: #"error = {"code": -32050, "message": "not today", "data": {"day": "Monday"}}"#
        )
        let broken = "[[mcp.servers]]\nname = \"broken\"\ncommand = \"/nowhere/server\"\n"
        let guest = program.scratch.expect("guest.sock")
        let served = try await ServedProgram(
            program,
            script.configuration + broken,
            listeners: ["unix:\(guest)?role=guest"]
        )
        for path in ["/mcp/tools/script/echo", "/mcp/v1/tools/script__echo/call"] {
            let answer = try await served.ask("POST", path, "{}")
            #expect(answer.status == 502)
            #expect(answer.json?["error"]?["code"] == "tool_failed")
            #expect(answer.json?["error"]?["message"] == "the server says: not today")
            #expect(answer.json?["error"]?["mcp_error"] == ["code": -32050, "data": ["day": "Monday"]])
            let told = try await served.ask("POST", path, "{}", at: guest)
            #expect(told.status == 502)
            #expect(told.json?["error"]?["mcp_error"] == nil)
        }
        for path in ["/mcp/tools/broken/x", "/mcp/v1/tools/broken__x/call"] {
            // In the moment in which it is tried there is no time to tell.
            var answer = try await served.ask("POST", path, "{}")
            while answer.retryAfter == nil { answer = try await served.ask("POST", path, "{}") }
            #expect(answer.status == 502)
            #expect(answer.json?["error"]?["message"]?.string?.contains("/nowhere/server is not there") == true)
        }
        #expect(try await served.end().status == 0)
    }
}
