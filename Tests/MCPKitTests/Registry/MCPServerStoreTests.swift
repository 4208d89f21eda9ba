import FoundationEssentials
import Glibc
import MCPKit
import Testing
import TransportKit

@Suite("Servers that were added", .timeLimit(.minutes(5)))
struct MCPServerStoreTests {
    private let folder = Folder()
    private var path: String { "\(folder.path)/data/mcp.db" }

    private func store(at time: Int64 = 100) -> MCPServerStore { MCPServerStore(path: path) { time } }

    @Test("What is added is there in another process too, and the file is its owner's alone")
    func addsAndReads() async throws {
        let first = store()
        #expect(try await first.entries().isEmpty)
        #expect(unsafe access(path, F_OK) != 0, "reading made the file")
        let entry = MCPServerEntry(
            name: "time",
            settings: ["command": "mcp-server-time", "env": ["KEY": "store:time"]]
        )
        let kept = try #require(try await first.add(entry))
        #expect(kept.created == 100)
        #expect(try await store().entries() == [kept])
        #expect(try await first.add(entry) == nil, "a second one of the name was added")
        var status = stat()
        #expect(unsafe stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test("Servers are changed, switched off and on, and taken out")
    func changes() async throws {
        let store = store()
        _ = try await store.add(MCPServerEntry(name: "b", settings: ["url": "https://b.example/mcp"]))
        _ = try await store.add(MCPServerEntry(name: "a", settings: ["command": "a"]))
        #expect(try await store.entries().map(\.name) == ["a", "b"])
        let later = self.store(at: 200)
        let changed = try #require(try await later.update("a", settings: ["command": "other"], isEnabled: false))
        #expect(changed.settings == ["command": "other"])
        #expect(!changed.isEnabled)
        #expect(changed.created == 100)
        #expect(changed.changed == 200)
        #expect(try await later.update("none", settings: [:]) == nil)
        try await store.setEnabled(true, for: "a")
        #expect(try await store.entries().first?.isEnabled == true)
        #expect(try await store.disabledNames().isEmpty)
        #expect(try await store.remove("a"))
        #expect(try await !store.remove("a"))
        #expect(try await store.entries().map(\.name) == ["b"])
    }

    @Test("A server of the configuration stays switched off until it is switched on")
    func remembersSwitches() async throws {
        try await store().setEnabled(false, for: "configured")
        try await store().setEnabled(false, for: "configured")
        #expect(try await store().disabledNames() == ["configured"])
        try await store().setEnabled(true, for: "configured")
        #expect(try await store().disabledNames().isEmpty)
    }

    @Test(
        "Only references are kept of secrets",
        arguments: [
            ("store:exa", true), ("file:/run/key", true), ("${EXA_KEY}", true), ("Bearer ${EXA_KEY}", true),
            ("${EXA_KEY:-}", true),
            ("sk-12345", false), ("${KEY:-sk-12345}", false), ("store:", false), ("sk${KEY}", false),
            ("Bearer sk-12345", false), ("", false), ("${}", false), ("${1A}", false),
        ]
    )
    func keepsReferencesOnly(text: String, isReference: Bool) async throws {
        #expect(SecretReference.isReference(text) == isReference)
        let entry = MCPServerEntry(name: "a", settings: ["command": "a", "env": ["KEY": .string(text)]])
        if isReference {
            #expect(try await store().add(entry) != nil)
        } else {
            let error = await #expect(throws: MCPError.self) { _ = try await store().add(entry) }
            #expect(error?.message.contains("env.KEY") == true)
            #expect(error?.message.contains("12345") == false)
        }
    }

    @Test("A seed is added once; taken out it stays out, and the first program that is there is taken")
    func seedsOnce() async throws {
        let seeds = [
            MCPServerSeed(
                name: "search",
                commands: [["not-there", "--x"], ["npx", "-y", "search-mcp"], ["sh"]],
                settings: ["env": ["KEY": "${SEARCH_KEY}"]]
            ),
            MCPServerSeed(name: "remote", settings: ["url": "https://r.example/mcp"]),
            MCPServerSeed(name: "missing", commands: [["not-there"]]),
        ]
        let exists: @Sendable (String) -> Bool = { ["npx", "sh"].contains($0) }
        let first = try await store().seed(seeds, exists: exists)
        #expect(first.added == ["search", "remote"])
        #expect(first.missing == ["missing"])
        let entries = try await store().entries()
        #expect(entries.map(\.name) == ["remote", "search"])
        #expect(entries.allSatisfy { $0.origin == .seed })
        let expected: JSONObject = [
            "command": "npx", "args": ["-y", "search-mcp"], "env": ["KEY": "${SEARCH_KEY}"],
        ]
        #expect(entries.last?.settings == expected)

        let second = try await store().seed(seeds, exists: exists)
        #expect(second.added.isEmpty)
        #expect(try await store().entries() == entries)

        #expect(try await store().remove("search"))
        #expect(try await store().seed(seeds, exists: exists).added.isEmpty)
        #expect(try await store().entries().map(\.name) == ["remote"])
        #expect(try await store().seed(seeds) { _ in true }.added == ["missing"], "its program is there now")
    }

    @Test("A file of a newer program, or one that is no database, is an error that names it")
    func refusesStrangeFiles() async throws {
        let text = String(repeating: "no database at all ", count: 100)
        try text.write(toFile: "\(folder.path)/mcp.db", atomically: true, encoding: .utf8)
        let error = await #expect(throws: MCPError.self) {
            _ = try await MCPServerStore(path: "\(folder.path)/mcp.db").entries()
        }
        #expect(error?.message.contains("the list of MCP servers") == true)
    }

    @Test("The place follows the environment")
    func findsPlace() {
        #expect(MCPServerStore.path(in: ["PLEX_MCP_STORE": "x.db", "HOME": "/h"]) == "x.db")
        #expect(MCPServerStore.path(in: ["XDG_DATA_HOME": "/d", "HOME": "/h"]) == "/d/modelplex/mcp.db")
        #expect(MCPServerStore.path(in: ["XDG_DATA_HOME": "d", "HOME": "/h"]) == "/h/.local/share/modelplex/mcp.db")
        #expect(MCPServerStore.path(in: [:]) == nil)
    }
}

private final class Folder: Sendable {
    let path: String

    init() {
        path = "/tmp/mcp-store-\(UUID().uuidString)"
        unsafe mkdir(path, 0o700)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
