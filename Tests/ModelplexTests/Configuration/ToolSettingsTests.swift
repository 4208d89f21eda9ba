import GatewayKit
import MCPKit
import Testing
import TransportKit

@testable import Modelplex

@Suite("Who gets which tools, in the configuration")
struct ToolSettingsTests {
    @Test("Every key reaches its place, and seeds keep their references as they are written")
    func everyKey() throws {
        let text = """
            [server]
            access_keys = [{ key = "k", name = "ci" }]
            [mcp]
            allow = ["time__*"]
            deny = ["*__delete_*"]
            lean = true
            sessions = { max = 7, idle = "2m" }
            access = [
              { role = "guest", allow = ["time__now"] },
              { listener = "unix:a.sock?mode=0660&role=guest", key = "ci", deny = ["x__*"] },
              { listener = "stdio", deny = ["y__*"] },
            ]
            [[mcp.servers]]
            name = "time"
            command = "t"
            enabled = false
            allow = ["now"]
            deny = ["later"]
            [[mcp.seeds]]
            name = "search"
            commands = [["search-mcp"], ["npx", "-y", "search-mcp"]]
            env = { KEY = "${SEARCH_KEY}", OTHER = "store:search" }
            timeouts = { request = "1m" }
            [[mcp.seeds]]
            name = "remote"
            url = "https://r.example/mcp"
            headers = { Authorization = "Bearer ${SEARCH_KEY}" }
            """
        let mcp = try ConfigurationDocument(text).configuration(environment: ["SEARCH_KEY": "canary"]).mcp
        let expected = PlexConfiguration.MCP(
            servers: [
                .init(
                    name: "time",
                    transport: .command("t", arguments: [], environment: [:]),
                    isEnabled: false,
                    offer: .init(allow: ["now"], deny: ["later"])
                )
            ],
            offer: .init(allow: ["time__*"], deny: ["*__delete_*"]),
            access: [
                .init(role: .guest, offer: .init(allow: ["time__now"])),
                .init(listener: "unix:a.sock", key: "ci", offer: .init(deny: ["x__*"])),
                .init(listener: "stdio", offer: .init(deny: ["y__*"])),
            ],
            isLean: true,
            sessions: .init(maximum: 7, idle: .seconds(120)),
            seeds: [
                MCPServerSeed(
                    name: "search",
                    commands: [["search-mcp"], ["npx", "-y", "search-mcp"]],
                    settings: [
                        "env": ["KEY": "${SEARCH_KEY}", "OTHER": "store:search"], "timeouts": ["request": "1m"],
                    ]
                ),
                MCPServerSeed(
                    name: "remote",
                    settings: [
                        "url": "https://r.example/mcp", "headers": ["Authorization": "Bearer ${SEARCH_KEY}"],
                    ]
                ),
            ]
        )
        #expect(mcp == expected)
        #expect(try ConfigurationDocument("").configuration(environment: [:]).mcp == PlexConfiguration.MCP())
    }

    @Test("All that is wrong is told at once")
    func everyProblem() {
        let text = """
            [mcp]
            allow = ["a[b]"]
            sessions = { max = 0 }
            access = [
              { role = "owner", allow = [] },
              { key = "nobody", deny = [] },
              { role = "guest" },
              { listener = "nowhere", deny = [] },
            ]
            seeds = [
              { name = "a" },
              { name = "a", commands = [["x"]], url = "https://x" },
              { name = "b", commands = [[]], env = { KEY = "sk-canary" } },
              { name = "c", commands = [["x"]], env = { KEY = "${K:-sk-canary}" } },
            ]
            """
        let found = problems(text)
        for piece in [
            "mcp.allow[0]: here only * and ? stand for others",
            "mcp.sessions.max: expected an integer from 1",
            "mcp.access[0].role: expected one of host, guest",
            "mcp.access[1].key: there is no access key of this name; name one in server.access_keys",
            "mcp.access[2]: the key allow or deny is missing",
            "mcp.access[3].listener: expected unix:PATH, tcp:HOST:PORT or systemd",
            "mcp.seeds[0]: the key commands or url is missing", "mcp.seeds[1].name: there is a seed of this name",
            "mcp.seeds[1].url: a seed has commands or url, not both", "mcp.seeds[2].commands[0]: the list is empty",
            "mcp.seeds[2].env.KEY: a seed holds no text of its own here",
            "mcp.seeds[3].env.KEY: a seed holds no text of its own here",
        ] { #expect(found.contains { $0.contains(piece) }, "\(piece)") }
        #expect(found.count == 12)
        #expect(found.allSatisfy { !$0.contains("canary") })
    }
}
