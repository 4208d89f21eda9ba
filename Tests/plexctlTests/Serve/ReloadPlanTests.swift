import Modelplex
import ProviderKit
import Testing
import TransportKit

@testable import plexctl

@Suite("What a changed configuration changes in a gateway that runs")
struct ReloadPlanTests {
    private static func read(_ text: String) throws -> (PlexConfiguration, view: JSONValue) {
        let document = try ConfigurationDocument(parsing: Array(text.utf8), format: .toml, path: "c.toml")
        let read = try document.configurationAndView(environment: [:])
        return (read.configuration, read.view)
    }

    private static func plan(_ old: String, _ new: String) throws -> ReloadPlan {
        try ReloadPlan(from: read(old), to: read(new))
    }

    private static let up = "[[providers]]\nname = \"up\"\ntype = \"openai\"\nbase_url = \"http://127.0.0.1:9/v1\"\n"

    private static let two = up + up.replacing("\"up\"", with: "\"down\"")
    private static let listed = up + "models = [\"x\"]\n"
    // Keys are not shown, and so compared where they are known.
    private static let (oneKey, otherKey) = (
        up + "api_key = \"sk-a-first-secret\"\n", up + "api_key = \"sk-another\"\n"
    )

    private static let cases: [(String, String, [String])] = [
        ("", "", []),
        ("", "[server]\nlog_level = \"debug\"\nlog_file = \"a.log\"", ["server.log_level", "server.log_file"]),
        ("[server]\nlog_file = \"a.log\"", "", ["server.log_file"]),
        ("[server]\nmax_connections = 3", "[server]\nmax_connections = 4", ["server.max_connections"]),
        ("[server]\nlisten = [\"unix:a\"]", "[server]\nlisten = [\"unix:b\"]", ["server.listen"]),
        ("", up, ["providers.up"]),
        (up, listed, ["providers.up"]),
        (up, two, ["providers.down"]),
        (oneKey, otherKey, ["providers.up"]),
        (
            "[server]\naccess_keys = [\"sk-a-first-secret\"]", "[server]\naccess_keys = [\"sk-another-secret\"]",
            ["server.access_keys"]
        ),
        ("", "[routing]\nattempts = 2\n[routing.retry]\nbase = \"1s\"", ["routing.attempts", "routing.retry"]),
    ]

    @Test("the keys that change are told, each once", arguments: cases)
    func changes(_ old: String, _ new: String, _ expected: [String]) throws {
        let plan = try Self.plan(old, new)
        #expect(Set(plan.changed) == Set(expected))
        #expect(plan.changed.count == expected.count)
        #expect(plan.waiting.isEmpty)
        #expect(try plan.configuration.server == Self.read(new).0.server)
        #expect(try plan.view == Self.read(new).view)
    }

    @Test("the number of loops waits for a restart, and stays shown as it is until then")
    func loops() throws {
        let plan = try Self.plan("[server]\nloops = 2", "[server]\nloops = 3\nlog_level = \"debug\"")
        #expect(plan.waiting == ["server.loops"])
        #expect(plan.changed == ["server.log_level"])
        #expect(plan.configuration.server.loops == 2)
        #expect(plan.view["server"]?["loops"] == 2)
        #expect(plan.configuration.server.log.level == "debug")
    }

    @Test("what MCP's sessions were made with waits too")
    func sessions() throws {
        let plan = try Self.plan("[mcp]\nlean = true", "[mcp]\ndeny = [\"a__b\"]\n[mcp.sessions]\nmax = 3")
        #expect(plan.waiting == ["mcp.lean", "mcp.sessions"])
        #expect(plan.changed == ["mcp.deny"])
        #expect(plan.configuration.mcp.isLean)
        #expect(plan.configuration.mcp.sessions.maximum == 1024)
        #expect(plan.view["mcp"]?["sessions"]?["max"] == 1024)
    }

    @Test(
        "systemd's sockets stay, and are not had later",
        arguments: [
            (["systemd"], ["unix:a"], ["unix:a", "systemd"], true),
            (["unix:a"], ["unix:b", "systemd"], ["unix:b"], true),
            (["unix:a"], ["systemd"], ["unix:a"], true),
            (["systemd", "unix:a"], ["systemd", "unix:b"], ["systemd", "unix:b"], false),
            (["systemd"], ["systemd?role=guest"], ["systemd?role=guest"], false),
        ]
    )
    func systemd(_ old: [String], _ new: [String], _ expected: [String], _ waits: Bool) throws {
        func text(_ addresses: [String]) -> String {
            "[server]\nlisten = [\(addresses.map { "\"\($0)\"" }.joined(separator: ", "))]"
        }
        let plan = try Self.plan(text(old), text(new))
        #expect(plan.configuration.server.listen.map(\.description) == expected)
        #expect(plan.waiting == (waits ? ["server.listen"] : []))
        #expect(plan.view["server"]?["listen"] == .array(expected.map { .string($0) }))
        #expect(plan.changed == (old == expected ? [] : ["server.listen"]))
    }

    @Test("what has changed is said in words")
    func words() {
        #expect(ReloadCommand.words([]) == "reloaded; nothing has changed\n")
        #expect(ReloadCommand.words(["a.b", "c"]) == "reloaded; changed: a.b, c\n")
    }

    @Test(
        "a gateway's refusal has the exit code that the mistake has at the start",
        arguments: [
            (422, "invalid_configuration", 78), (409, "address_in_use", 69), (500, "cannot_open", 74),
            (503, "stopping", 69), (401, "invalid_api_key", 77), (404, "unknown_path", 69), (200, "", 76),
        ]
    )
    func failures(_ status: Int, _ code: String, _ exitCode: Int32) {
        let body: JSONValue = code.isEmpty ? [:] : ["error": ["message": "why", "code": .string(code)]]
        let place = RunningGateway.Place(name: "unix:a", url: "http://localhost", socket: "a")
        let failure = ReloadCommand.failure(.init(place: place, status: status, body: body))
        #expect(failure.exitCode.rawValue == exitCode)
        #expect(failure.message.contains("unix:a"))
    }
}
