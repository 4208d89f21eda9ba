import CredentialKit
import FoundationEssentials
import Glibc
import MCPKit
import Modelplex
import ProviderTesting
import Testing
import TransportKit

@testable import plexctl

@Suite("A gateway that is killed while it writes", .serialized, .timeLimit(.minutes(10)))
struct ServeCrashTests {
    private final class Folder: Sendable {
        let path: String

        init() throws {
            path = FileManager.default.temporaryDirectory.path + "/plexctl-crash-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    // MARK: The list of MCP servers

    /// What is known of a server that was added.
    private struct Server: Sendable, Equatable {
        var version: Int
        var isEnabled = true
    }

    /// A request that changes the list.
    private struct Change: Sendable {
        var name: String
        var method: String
        var path: String
        var body: String?
        var before: Server?
        var after: Server?

        /// The change with a number, after those before it.
        init(_ number: Int, _ servers: [String: Server]) {
            name = "s\(number % 4)"
            before = servers[name]
            let settings = #""command":"/bin/cat","args":["\#(number)"]"#
            switch (before, number % 5) {
            case (nil, _):
                (method, path, body) = ("POST", "/mcp/servers", #"{"name":"\#(name)",\#(settings)}"#)
                after = Server(version: number)
            case (_, 0):
                (method, path) = ("DELETE", "/mcp/servers/\(name)")
            case (let server?, 1), (let server?, 2):
                (method, path) = ("POST", "/mcp/servers/\(name)/\(server.isEnabled ? "disable" : "enable")")
                after = Server(version: server.version, isEnabled: !server.isEnabled)
            case (let server?, _):
                (method, path, body) = ("PUT", "/mcp/servers/\(name)", "{\(settings)}")
                after = Server(version: number, isEnabled: server.isEnabled)
            }
        }
    }

    /// What was asked for and what of it was answered.
    private struct Ledger: Sendable {
        var servers: [String: Server] = [:]
        var done = 0
        var open: Change?
        var refusals: [String] = []
    }

    @Test("The list of MCP servers has all that was answered, is sound, and is used by the next gateway")
    func servers() async throws {
        let folder = try Folder()
        var program = try Program()
        let path = "\(folder.path)/mcp.db"
        program.environment["PLEX_MCP_STORE"] = path
        var servers: [String: Server] = [:]
        var (number, done) = (0, 0)
        for attempt in 0..<40 {
            let served = try await ServedProgram(program, "")
            let list = try await served.askAtSocket("GET", "/mcp/servers")
            #expect(list.json?["servers"]?.array?.count == servers.count)
            let book = Book(servers)
            let first = number
            let writer = Task {
                for number in first... {
                    let change = book.begin(number)
                    let answer = try? await served.askAtSocket(change.method, change.path, change.body)
                    guard book.end(change, answer) else { return }
                }
            }
            while book.value.done <= attempt % 5, book.value.refusals.isEmpty { await Task.yield() }
            spin(microseconds: attempt * 120)
            served.process.signal(SIGKILL)
            await writer.value
            _ = try await served.process.outcome()

            let found = book.value
            #expect(found.refusals.isEmpty)
            done += found.done
            number = first + found.done + 1
            let entries = try await MCPServerStore(path: path).entries()
            let kept = Dictionary(
                entries.map { entry in
                    let version = entry.settings["args"]?.array?.first?.string.flatMap { Int($0) } ?? -1
                    return (entry.name, Server(version: version, isEnabled: entry.isEnabled))
                }
            ) { first, _ in first }
            for name in Set(kept.keys).union(found.servers.keys) {
                guard let open = found.open, open.name == name else {
                    #expect(kept[name] == found.servers[name], "attempt \(attempt): \(name)")
                    continue
                }
                // What was not answered is there whole, or not at all.
                #expect(kept[name] == open.before || kept[name] == open.after, "attempt \(attempt): \(name)")
            }
            servers = kept
            try check(path)
        }
        // What was killed did something: else this would show nothing.
        #expect(done >= 40)
        let served = try await ServedProgram(program, "")
        let list = try await served.askAtSocket("GET", "/mcp/servers").json?["servers"]?.array ?? []
        #expect(Set(list.compactMap { $0["name"]?.string }) == Set(servers.keys))
        #expect(try await served.end().status == 0)
    }

    private final class Book: Sendable {
        private let ledger: Locked<Ledger>

        init(_ servers: [String: Server]) { ledger = Locked(Ledger(servers: servers)) }

        var value: Ledger { ledger.withLock { $0 } }

        func begin(_ number: Int) -> Change {
            ledger.withLock { ledger in
                let change = Change(number, ledger.servers)
                ledger.open = change
                return change
            }
        }

        /// - Returns: Whether to go on.
        func end(_ change: Change, _ answer: ServedProgram.Answer?) -> Bool {
            ledger.withLock { ledger in
                guard let answer else { return false }
                guard (200..<300).contains(answer.status) else {
                    ledger.refusals.append(answer.text)
                    return false
                }
                ledger.servers[change.name] = change.after
                ledger.done += 1
                ledger.open = nil
                return true
            }
        }
    }

    private func check(_ path: String) throws {
        let database = try Database(path: path, mode: .readWrite, busyTimeout: 5000, what: "the list")
        let statement = try database.prepare("PRAGMA integrity_check")
        #expect(try statement.step())
        #expect(statement.text(0) == "ok")
    }

    // MARK: Who is to be left alone

    @Test("The file of who is to be left alone is whole, and has what was there when its gateway said that it stopped")
    func health() async throws {
        let folder = try Folder()
        let program = try Program()
        let path = "\(folder.path)/health.json"
        let models = (0..<60).map { "m\($0)" }
        try await ScriptedUpstream.run { _ in
            .error(429, fields: ["Retry-After": "600"])
        } body: { upstream in
            let configuration = """
                [routing]
                state = "\(path)"
                attempts = 1
                [[providers]]
                name = "up"
                type = "openai"
                base_url = "\(upstream.baseURL(for: .openAI))"
                api_key = "\(Program.canary)"
                models = [\(models.map { "\"\($0)\"" }.joined(separator: ", "))]
                """
            var kept: Set<String> = []
            var stopped = 0
            for (attempt, model) in models.enumerated() {
                let served = try await ServedProgram(program, configuration)
                let answer = try await served.ask("POST", "/v1/chat/completions", ServedProgram.chat("up/\(model)"))
                #expect(answer.status == 429)
                served.process.signal(SIGTERM)
                _ = try await served.process.errorLine(containing: "stopping")
                spin(microseconds: attempt * 100)
                served.process.signal(SIGKILL)
                let outcome = try await program.outcome(of: served.process)
                #expect(!outcome.errorOutput.contains("health file"))

                let records = try HealthFile.read(path)
                let found = Set(records.compactMap { $0.json["model"]?.string })
                // Nothing that was once there is lost by a later end.
                #expect(found.isSuperset(of: kept), "attempt \(attempt)")
                if outcome.errorOutput.contains("stopped") {
                    stopped += 1
                    #expect(found.contains(model))
                }
                kept = found
            }
            #expect(!kept.isEmpty || stopped == 0)
        }
    }

    /// Passes a short time without leaving the thread: a timer would be coarser than what is looked for.
    private func spin(microseconds: Int) {
        let end = ContinuousClock.now + .microseconds(microseconds)
        while ContinuousClock.now < end {}
    }
}
