import ProviderTesting
import Testing
import TransportKit

@testable import plexctl

@Suite("plexctl models, providers and config, as processes", .timeLimit(.minutes(5)))
struct ListingProcessTests {
    private let program: Program

    init() throws {
        program = try Program()
    }

    @Test("models stand one a line under their provider, and completions offer them")
    func models() async throws {
        try await ScriptedUpstream.run { _ in
            .models(["small", "la rge", "big:7b"])
        } body: { upstream in
            let arguments = try program.configured(upstream)
            let listing = try await program.run(arguments + ["models"])
            #expect(listing.status == 0)
            let names = listing.output.split(separator: "\n").map { $0.split(separator: "  ").first ?? "" }
            #expect(names == ["up/small", "up/la rge", "up/big:7b"])
            let object = try JSONValue(parsing: try await program.run(arguments + ["models", "--json"]).output)
            #expect(object["models"]?.array?.count == 3)
            #expect(object["failures"] == [])
            let offered = try await program.run(arguments + ["__complete", "models"])
            #expect(offered.output == "up/small\nup/big:7b\n")
        }
    }

    @Test("one provider's failure is a warning, the failure of all an error")
    func failures() async throws {
        try await ScriptedUpstream.run { request in
            request.path.hasPrefix("/bad") ? .error(401) : .models(["m"])
        } body: { upstream in
            func provider(_ name: String, _ path: String) -> String {
                """
                [[providers]]
                name = "\(name)"
                type = "openai"
                api_key = "\(Program.canary)"
                base_url = "http://127.0.0.1:\(upstream.port)\(path)/v1"

                """
            }
            let some = try program.scratch.write(provider("good", "/ok") + provider("wrong", "/bad"), to: "some.toml")
            let listing = try await program.run(["-c", some, "models"])
            #expect(listing.status == 0)
            #expect(listing.output.hasPrefix("good/m"))
            #expect(listing.errorOutput.hasPrefix("plexctl: warning: wrong: "))
            let tested = try await program.run(["-c", some, "providers", "test"])
            #expect(tested.status == 77)
            #expect(tested.output.hasPrefix("good   ok"))
            #expect(tested.errorOutput.hasPrefix("plexctl: error: wrong: "))
            #expect(try await program.run(["-c", some, "providers", "test", "good"]).status == 0)
            let all = try program.scratch.write(provider("wrong", "/bad"), to: "all.toml")
            let nothing = try await program.run(["-c", all, "models"])
            #expect(nothing.status == 77)
            #expect(nothing.output == "")
            #expect(nothing.errorOutput.split(separator: "\n").count == 1, "it is said once: \(nothing)")
            let object = try await program.run(["-c", some, "providers", "test", "--json"])
            let states = try JSONValue(parsing: object.output)["providers"]?.array
            #expect(states?.map { $0["ok"] } == [true, false])
            #expect(object.status == 77)
        }
    }

    @Test("all providers stand in their order, whoever answers first")
    func order() async throws {
        try await ScriptedUpstream.run { _ in
            .models(["m"])
        } body: { upstream in
            let names = ["one", "two", "three"]
            let providers = names.map { name in
                "[[providers]]\nname = \"\(name)\"\ntype = \"vllm\"\nbase_url = \"\(upstream.baseURL(for: .openAI))\"\n"
            }
            let config = try program.scratch.write(providers.joined(), to: "order.toml")
            let listing = try await program.run(["-c", config, "models", "--json"])
            let models = try JSONValue(parsing: listing.output)["models"]?.array
            #expect(models?.map { $0["provider"]?.string } == names)
            let test = try await program.run(["-c", config, "providers", "test", "--json"])
            let states = try JSONValue(parsing: test.output)["providers"]?.array
            #expect(states?.map { $0["name"]?.string } == names)
            #expect(states?.map { $0["ok"] } == [true, true, true])
        }
    }

    @Test("the configuration is shown without its keys, in both forms, and converts without loss")
    func configuration() async throws {
        let arguments = try program.configured(baseURL: "http://127.0.0.1:1/v1")
        #expect(try await program.run(arguments + ["config", "path"]).output == arguments[1] + "\n")
        #expect(try await program.run(arguments + ["config", "check"]).output == "\(arguments[1]): ok\n")
        #expect(try await program.run(arguments + ["config", "show"]).output.contains("http://127.0.0.1:1/v1"))
        let shown = try JSONValue(parsing: try await program.run(arguments + ["config", "show", "--json"]).output)
        #expect(shown["providers"]?.array?.first?["name"] == "up")
        // What is converted keeps its keys, so this is no run under the watch for keys.
        let process = try await program.start(arguments + ["config", "convert", "--to", "json"])
        let converted = try JSONValue(parsing: try await process.outcome().output)
        #expect(converted["providers"]?.array?.first?["api_key"] == .string(Program.canary))
    }

    @Test("variables of --env-file count, and those of the environment win")
    func environmentFile() async throws {
        var program = program
        let file = try program.scratch.write("HOST=file.invalid\nPORT=1\n", to: "v.env")
        let text = "[[providers]]\nname = \"up\"\ntype = \"openai\"\nbase_url = \"http://${HOST}:${PORT}/v1\"\n"
        let config = try program.scratch.write(text, to: "c.toml")
        program.environment["HOST"] = "127.0.0.1"
        let outcome = try await program.run(["-c", config, "--env-file", file, "providers", "list"])
        #expect(outcome.output.contains("http://127.0.0.1:1/v1"), "\(outcome)")
    }

    @Test("variables may come through a pipe whose writer takes its time")
    func environmentPipe() async throws {
        let text = "[[providers]]\nname = \"up\"\ntype = \"openai\"\nbase_url = \"http://127.0.0.1:${PORT}/v1\"\n"
        let config = try program.scratch.write(text, to: "c.toml")
        // More than a pipe holds, so that the reader has to wait for the writer.
        let writer = "for i in {1..9}; do printf '#%099999d\\n' 0; done; echo PORT=1"
        let line = "$PLEXCTL -c \(config) --env-file <(\(writer)) providers list </dev/null"
        let outcome = try await program.outcome(of: try await program.startShell(line))
        #expect(outcome.output.contains("http://127.0.0.1:1/v1"), "\(outcome)")
    }

    @Test("pages need no configuration", arguments: [["--version"], ["version"], ["help", "chat"], ["-h"]])
    func pages(arguments: [String]) async throws {
        let outcome = try await program.run(arguments)
        #expect(outcome.status == 0)
        #expect(!outcome.output.isEmpty)
        #expect(outcome.errorOutput == "")
    }
}
