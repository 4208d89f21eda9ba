import ProviderTesting
import Testing
import TransportKit

@testable import plexctl

@Suite("plexctl config explain as a process", .timeLimit(.minutes(5)))
struct ExplainProcessTests {
    private let program: Program

    init() throws {
        program = try Program()
    }

    @Test("a key's meaning, bounds, default, variable, value and place are told")
    func key() async throws {
        var program = program
        program.environment["PLEX_SERVER__LOG_KEEP"] = "3"
        let file = try program.scratch.write("[server]\nlisten = [\"tcp:127.0.0.1:1\"]\n", to: "config.toml")
        let listen = try await program.run(["-c", file, "config", "explain", "server.listen"])
        #expect(listen.status == 0)
        for text in [
            "server.listen\n", "systemd", #"["unix:modelplex.socket","tcp:127.0.0.1:8317"]"#, "PLEX_SERVER__LISTEN",
            "[\"tcp:127.0.0.1:1\"] (\(file):2:10)",
        ] { #expect(listen.output.contains(text), "\(listen.output)") }
        let keep = try await program.run(["-c", file, "config", "explain", "server.log_keep", "--json"])
        let told = try JSONValue(parsing: keep.output)
        #expect(told["minimum"] == 0 && told["maximum"] == 1000 && told["default"] == 7)
        #expect(told["in_effect"]?.array?.first?["value"] == 3)
        #expect(told["in_effect"]?.array?.first?["source"]?["name"] == "PLEX_SERVER__LOG_KEEP")
    }

    @Test("a table lists its keys, and a key is explained where no configuration can be read")
    func table() async throws {
        let server = try await program.run(["config", "explain", "[server]"])
        #expect(server.status == 0 && server.errorOutput.isEmpty)
        #expect(server.output.contains("  log_keep "))
        let file = try program.scratch.write("[server\n", to: "config.toml")
        let broken = try await program.run(["-c", file, "config", "explain", "timeouts.connect"])
        #expect(broken.status == 0)
        #expect(broken.output.contains("5s"))
        #expect(broken.errorOutput.contains("plexctl config check"))
    }

    @Test("a key that is none names the nearest, and no key is shown")
    func mistakes() async throws {
        let unknown = try await program.run(["config", "explain", "server.lisen"])
        #expect(unknown.status == 64)
        #expect(unknown.errorOutput.contains("did you mean 'server.listen'"), "\(unknown)")
        #expect(try await program.run(["config", "explain"]).status == 64)
        let arguments = try program.configured(baseURL: "http://127.0.0.1:1/v1")
        let key = try await program.run(arguments + ["config", "explain", "providers.api_key"])
        #expect(key.output.contains("providers[0].api_key = \"<secret>\""), "\(key)")
        let names = try await program.run(["__complete", "keys"])
        #expect(names.output.contains("mcp.servers.timeouts.connect\n"))
    }
}
