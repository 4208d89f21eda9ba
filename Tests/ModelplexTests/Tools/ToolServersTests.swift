import CredentialKit
import FoundationEssentials
import MCPKit
import Modelplex
import ProviderKit
import Testing
import TransportKit

struct ToolServersTests {
    private static let settings = PlexConfiguration.MCP(servers: [
        .init(name: "time", transport: .command("t", arguments: [], environment: ["ZONE": .value(Secret("UTC"))])),
        .init(name: "web", transport: .url("https://x/mcp", headers: ["Authorization": .value(Secret("Bearer x"))])),
    ])

    @Test("A server that is not there is named with those that are")
    func namesUnknown() async throws {
        let servers = ToolServers(Self.settings, environment: [:], connect: { FakeConnection($0) })
        let error = await #expect(throws: PlexError.self) { try await servers.server(named: "tiem") }
        #expect(error?.code == .notFound)
        #expect(error?.message == #"there is no MCP server "tiem"; there are time, web"#)
        let empty = try Plex(configuration: PlexConfiguration(), environment: ["HOME": "/nowhere"]).toolServers
        let none = await #expect(throws: PlexError.self) { try await empty.server(named: "time") }
        #expect(none?.message == #"there is no MCP server "time"; none is configured; name one under [[mcp.servers]]"#)
    }

    @Test("Tools that are switched off are not used")
    func obeysSwitch() async throws {
        let servers = ToolServers(.init(enabled: false, servers: Self.settings.servers), environment: [:])
        let error = await #expect(throws: PlexError.self) { try await servers.box() }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("enabled = true") == true)
    }

    @Test("Of all servers, one that cannot be used costs its own tools only")
    func unusable() async throws {
        let wrong = PlexConfiguration.MCPServer(
            name: "wrong",
            transport: .command("x", arguments: [], environment: ["KEY": .store("not a name!")])
        )
        let servers = ToolServers(PlexConfiguration.MCP(servers: [wrong]), environment: [:])
        let contents = try await servers.box().contents()
        #expect(contents.failures.map(\.server) == ["wrong"])
        #expect(contents.failures.first?.code == .configuration)
        await #expect(throws: PlexError.self) { try await servers.box(of: ["wrong"]) }
    }

    @Test("A server is made once, gets what its settings say, and is closed")
    func makesOnce() async throws {
        let made = Locked<[FakeConnection]>([])
        let connect: ToolServers.Connect = { resolved in
            let connection = FakeConnection(resolved)
            made.withLock { $0.append(connection) }
            return connection
        }
        let servers = ToolServers(Self.settings, environment: [:], connect: connect)
        let contents = try await servers.box().contents()
        _ = try await servers.box(of: ["time", "time"]).contents()
        #expect(contents.definitions.map { $0.name } == ["time__echo", "web__echo"])
        let connections = made.withLock { $0 }
        #expect(connections.map { $0.server.settings.name } == ["time", "web"])
        #expect(connections[0].server.secrets["ZONE"]?.withText { $0 } == "UTC")
        #expect(connections[1].server.secrets["Authorization"]?.withText { $0 } == "Bearer x")
        await servers.close()
        #expect(connections.allSatisfy { $0.isClosed })
        _ = try await servers.server(named: "web")
        #expect(made.withLock { $0.count } == 3)
    }

    @Test("What the store holds reaches the server, and what it lacks is named before anything is started")
    func asksStore() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/modelplex-tools-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let environment = ["HOME": folder]
        let store = try CredentialStore(environment: environment)
        _ = try await store.write(Secret("token-1"), as: CredentialName("files"))
        func server(_ variables: [String: PlexConfiguration.Credential]) -> ToolServers {
            let transport = PlexConfiguration.MCPServer.Transport.command("f", arguments: [], environment: variables)
            let settings = PlexConfiguration.MCP(servers: [.init(name: "files", transport: transport)])
            return ToolServers(settings, environment: environment, connect: { FakeConnection($0) })
        }
        let found = try await server(["TOKEN": .store("files")]).server(named: "files")
        #expect((found as? FakeConnection)?.server.secrets["TOKEN"]?.withText { $0 } == "token-1")
        let lacking = server(["A": .store("none"), "B": .store("files"), "C": .store("nothing")])
        let error = await #expect(throws: PlexError.self) { try await lacking.server(named: "files") }
        #expect(error?.code == .configuration)
        #expect(
            error?.message
                == #"MCP server "files": credentials are missing; A: set it with plexctl auth set none; "#
                + "C: set it with plexctl auth set nothing"
        )
    }

    @Test("A login is made with the client that is configured for it, and kept in the store under its name")
    func logsIn() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/modelplex-tools-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let server = PlexConfiguration.MCPServer(
            name: "web",
            transport: .url("https://x/mcp", headers: [:]),
            login: "work"
        )
        var login = PlexConfiguration.Login(name: "work", issuer: "https://login.example.org")
        login.clientID = "known"
        login.clientSecret = .value(Secret("client-secret"))
        login.scopes = ["tools"]
        let made = Locked<[FakeConnection]>([])
        let servers = ToolServers(
            .init(
                servers: [server, Self.settings.servers[1]].enumerated().map { index, server in
                    var server = server
                    if index == 1 { server.name = "plain" }
                    return server
                }
            ),
            logins: [login],
            environment: ["HOME": folder],
            connect: { resolved in
                let connection = FakeConnection(resolved)
                made.withLock { $0.append(connection) }
                return connection
            }
        )
        #expect(try await servers.logIn(to: "web") { _ in }.version == .v2025_06_18)
        let resolved = try #require(made.withLock { $0.first })
        #expect(resolved.isClosed)
        let authorization = try #require(resolved.server.login?.authorization)
        #expect(authorization.clientID == "known")
        #expect(authorization.clientSecret?.withText { $0 } == "client-secret")
        #expect(authorization.issuer == "https://login.example.org")
        #expect(authorization.scopes == ["tools"])
        #expect(authorization.show != nil)
        #expect(resolved.server.login?.name.description == "work")
        _ = try await servers.server(named: "web")
        #expect(made.withLock { $0.last }?.server.login?.authorization.show == nil)
        let error = await #expect(throws: PlexError.self) { try await servers.logIn(to: "plain") { _ in } }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("login = ") == true)
    }

    @Test(
        "What a server gets is the user's, then the system's, then a variable's; without any it does without or is not started",
        arguments: [
            (["user", "system", "variable"], true, "user"), (["system", "variable"], true, "system"),
            (["variable"], true, "variable"), ([], false, nil), ([], true, nil),
        ] as [([String], Bool, String?)]
    )
    func prefersUsers(places: [String], isRequired: Bool, found: String?) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/modelplex-tools-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder + "/system", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var environment = ["HOME": folder]
        if places.contains("user") {
            _ = try await CredentialStore(environment: environment).write(Secret("user"), as: CredentialName("files"))
        }
        if places.contains("system") {
            let (database, keyFile) = ("\(folder)/system/c.db", "\(folder)/system/c.key")
            let place = ["HOME": folder, "PLEX_STORE": database, "PLEX_KEY_FILE": keyFile]
            _ = try await CredentialStore(environment: place).write(Secret("system"), as: CredentialName("files"))
            environment["PLEX_SYSTEM_STORE"] = database
            environment["PLEX_SYSTEM_KEY_FILE"] = keyFile
        }
        if places.contains("variable") { environment["FILES_TOKEN"] = "variable" }
        let parameter = PlexConfiguration.MCPServer.Parameter(
            credential: "files",
            parameter: "TOKEN",
            isRequired: isRequired,
            environmentFallback: "FILES_TOKEN"
        )
        let server = PlexConfiguration.MCPServer(
            name: "files",
            transport: .command("f", arguments: [], environment: [:]),
            parameters: [parameter]
        )
        let starts = Locked(0)
        let servers = ToolServers(
            .init(servers: [server]),
            environment: environment,
            connect: {
                starts.withLock { $0 += 1 }
                return FakeConnection($0)
            }
        )
        if found == nil, isRequired {
            let error = await #expect(throws: PlexError.self) { try await servers.server(named: "files") }
            #expect(
                error?.message.contains("TOKEN: set it with plexctl auth set files or in the variable FILES_TOKEN")
                    == true
            )
            #expect(starts.withLock { $0 } == 0)
        } else {
            let made = try await servers.server(named: "files") as? FakeConnection
            #expect(made?.server.secrets["TOKEN"]?.withText { $0 } == found)
        }
    }
}

/// A server that notes what it is made of.
private final class FakeConnection: ToolServerConnection {
    let server: ResolvedToolServer
    private let closed = Locked(false)

    var name: String { server.settings.name }
    var isClosed: Bool { closed.withLock { $0 } }

    init(_ server: ResolvedToolServer) {
        self.server = server
    }

    func tools() async throws(MCPError) -> [MCPTool] { [MCPTool(name: "echo")] }

    func callTool(_ name: String, arguments: JSONObject) async throws(MCPError) -> MCPToolResult {
        MCPToolResult(text: "ok")
    }

    func status() async throws(MCPError) -> ToolServerStatus {
        ToolServerStatus(version: .v2025_06_18, product: nil, transport: "fake")
    }

    func close() async {
        closed.withLock { $0 = true }
    }
}
