import FoundationEssentials
import MCPKit
import ProviderKit
import Testing
import TransportKit

@testable import Modelplex

@Suite("All MCP servers of a gateway", .timeLimit(.minutes(5)))
struct ToolDirectoryTests {
    private let folder = Folder()
    private var environment: [String: String] { ["HOME": folder.path, "KEY": "sk-canary", "PATH": "/usr/bin:/bin"] }

    private func directory(_ settings: PlexConfiguration.MCP = PlexConfiguration.MCP()) -> ToolDirectory {
        ToolDirectory(settings, logins: [], environment: environment)
    }

    @Test("A server over HTTP gets its login, with what the configuration says of it")
    func logins() async throws {
        let server = PlexConfiguration.MCPServer(
            name: "web",
            transport: .url("https://tools.example/mcp", headers: [:]),
            login: "work"
        )
        let login = PlexConfiguration.Login(name: "work", issuer: "https://login.example", clientID: "me")
        let directory = ToolDirectory(.init(servers: [server]), logins: [login], environment: environment)
        func known() async throws -> MCPServerConfiguration.Login? {
            guard case .remote(let remote)? = try await directory.members().first?.configuration?.endpoint else {
                return nil
            }
            return remote.login
        }
        #expect(try await known()?.place?.name.description == "work")
        #expect(try await known()?.authorization.clientID == "me")
        #expect(try await known()?.authorization.show == nil)
        await directory.replace(.init(servers: [server]), logins: [])
        #expect(try await known()?.authorization.clientID == nil)
    }

    @Test("A server that is added is held to the rules of the configuration, all of them at once")
    func validates() async throws {
        let wrong: JSONObject = [
            "comand": "x", "env": ["KEY": "${NOT_SET}"], "timeouts": ["request": "soon"], "limits": ["memory": 0],
        ]
        let error = await #expect(throws: PlexError.self) {
            _ = try await directory().add("bad name", wrong, isEnabled: true)
        }
        let message = try #require(error?.message)
        for piece in [
            "comand: unknown key; did you mean command?", "name: a name has 1 to 32", "NOT_SET",
            "timeouts.request: expected a time", "limits.memory: expected a size",
        ] { #expect(message.contains(piece), "\(piece): \(message)") }
        #expect(!message.contains("mcp.servers[0]"))
        let literal = await #expect(throws: PlexError.self) {
            _ = try await directory().add("a", ["command": "x", "env": ["KEY": "sk-canary"]], isEnabled: true)
        }
        #expect(literal?.message.contains("env.KEY") == true)
        #expect(literal?.message.contains("canary") == false)
    }

    @Test("What is added is resolved when it is used, and what is missing then is told")
    func resolves() async throws {
        let first = directory()
        #expect(try await first.add("a", ["command": "x", "env": ["KEY": "${KEY}"]], isEnabled: true))
        #expect(try await !first.add("a", ["command": "x"], isEnabled: true))
        #expect(try await first.add("b", ["command": "x", "env": ["KEY": "store:none"]], isEnabled: true))
        #expect(try await first.add("c", ["url": "https://c.example/mcp"], isEnabled: false))
        let members = try await directory().members()
        #expect(members.map(\.name) == ["a", "b", "c"])
        guard case .command(let command)? = members[0].configuration?.endpoint else {
            Issue.record("no command")
            return
        }
        #expect(command.secrets["KEY"]?.withText { $0 } == "sk-canary")
        #expect(members[0].json(state: nil)["env"]?["KEY"] == "${KEY}")
        #expect(members[1].configuration == nil)
        #expect(members[1].problem?.contains("none") == true)
        #expect(members[2].configuration == nil)
        #expect(members[2].problem == nil)
        #expect(!members.map { $0.json(state: nil).serializedString }.joined().contains("canary"))
    }

    @Test("Servers of the configuration come first, and hide others of their names")
    func mergesConfiguration() async throws {
        #expect(try await directory().add("time", ["command": "x"], isEnabled: true))
        let settings = PlexConfiguration.MCP(servers: [
            .init(
                name: "time",
                transport: .command("t", arguments: ["sk-arg"], environment: ["K": .value(Secret("sk-v"))])
            ),
            .init(name: "off", transport: .url("https://o.example/mcp?key=sk-q", headers: [:]), isEnabled: false),
        ])
        let directory = directory(settings)
        try await directory.setEnabled(false, for: "time")
        let members = try await self.directory(settings).members()
        #expect(members.map(\.name) == ["time", "off"])
        #expect(members.allSatisfy { $0.source == .configuration && !$0.isEnabled })
        let text = members.map { $0.json(state: nil).serializedString }.joined()
        #expect(!text.contains("sk-"))
        #expect(try await !directory.add("off", ["command": "x"], isEnabled: true))
    }

    @Test("Seeds are added once, and one without a program is told of")
    func seeds() async throws {
        let settings = PlexConfiguration.MCP(seeds: [
            MCPServerSeed(name: "shell", commands: [["no-such-program"], ["sh", "-c", "true"]]),
            MCPServerSeed(name: "none", commands: [["no-such-program"]]),
        ])
        let first = await directory(settings).seed()
        #expect(first.notes.count == 1 && first.warnings.count == 1)
        #expect(first.warnings.first?.contains("none") == true)
        let members = try await directory(settings).members()
        #expect(members.map(\.name) == ["shell"])
        #expect(members[0].json(state: nil)["source"] == "seed")
        _ = try await directory(settings).remove("shell")
        #expect(await directory(settings).seed().notes.isEmpty)
        #expect(try await directory(settings).members().isEmpty)
    }
}

final class Folder: Sendable {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.path + "/modelplex-directory-\(UUID().uuidString)"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
