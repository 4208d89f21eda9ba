import FoundationEssentials
import ProviderTesting
import Testing

@testable import plexctl

@Suite("plexctl mcp new, as a process", .timeLimit(.minutes(5)))
struct NewServerProcessTests {
    private let program: Program

    init() throws {
        program = try Program()
    }

    private func shell(_ line: String) async throws -> ChildProcess.Outcome {
        let process = try await program.startShell("cd \"$HOME\" && \(line)")
        process.closeInput()
        return try await program.outcome(of: process)
    }

    @Test(
        "A Python server that is made runs with either major version of the library",
        arguments: [".venv-mcp", ".venv-mcp1"]
    )
    func python(environment: String) async throws {
        defer { try? FileManager.default.removeItem(atPath: "\(program.scratch.path)/weather") }
        let made = try await shell("$PLEXCTL mcp new weather > \(program.scratch.expect("config.toml"))")
        #expect(made.status == 0)
        #expect(made.errorOutput.contains("made weather/ with server.py, requirements.txt, README.md, .gitignore"))
        // What the README says to install.
        _ = try await shell("ln -s \(Snapshot.root)/\(environment) weather/.venv")
        let check = try await shell("$PLEXCTL -c config.toml mcp check weather")
        #expect(check.status == 0, "\(check.errorOutput)")
        #expect(check.output.hasPrefix("weather: ok, weather"))
        #expect(check.output.contains("1 tool, "))
        let call = try await shell(#"$PLEXCTL -c config.toml mcp call weather greet '{"name": "Ada"}'"#)
        #expect(call.output == "Hello, Ada!\n")
    }

    @Test("What it prints can be appended to a file whose last line does not end")
    func appends() async throws {
        defer { try? FileManager.default.removeItem(atPath: "\(program.scratch.path)/weather") }
        let file = try program.scratch.write("[mcp]\nenabled = true", to: "config.toml")
        let outcome = try await shell(
            "$PLEXCTL mcp new weather >> \(file) && $PLEXCTL -c \(file) mcp servers"
        )
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output.hasPrefix("weather"), "\(outcome)")
    }

    @Test("Nothing is written over")
    func keepsWhatIsThere() async throws {
        defer { try? FileManager.default.removeItem(atPath: "\(program.scratch.path)/taken") }
        let outcome = try await shell("mkdir taken && $PLEXCTL mcp new taken; echo $?; ls -A taken")
        #expect(outcome.output == "64\n")
        #expect(outcome.errorOutput.contains("'taken' is there already"))
    }

    @Test(
        "A name that is none is refused",
        arguments: ["../x", "a__b", "1a", "", "a b", String(repeating: "a", count: 33), "ä"]
    )
    func refusesNames(name: String) async throws {
        let outcome = try await program.run(["mcp", "new", name])
        #expect(outcome.status == 64)
        #expect(outcome.output.isEmpty)
    }

    @Test("The Swift template is the example that CI builds and runs")
    func swift() throws {
        let file = try #require(ServerTemplate.swift.files("ToolServer").first { $0.path.hasSuffix("Server.swift") })
        let example = try String(
            contentsOfFile: "\(Snapshot.root)/Examples/Sources/ToolServer/Server.swift",
            encoding: .utf8
        )
        #expect(file.text == example)
    }
}
