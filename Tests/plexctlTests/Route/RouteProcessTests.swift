import ProviderTesting
import Testing
import TransportKit

@testable import plexctl

@Suite("plexctl route and providers reset, as processes", .timeLimit(.minutes(5)))
struct RouteProcessTests {
    private let program: Program

    init() throws {
        program = try Program()
    }

    private static let scenario = """
        duration = "1m"
        [load]
        models = ["fast"]
        rate = 5
        [[routes]]
        model = "fast"
        targets = ["near/small", "far/small"]
        on_stream_cut = "restart"
        [[providers]]
        name = "near"
        models = ["small"]
        incidents = [{ kind = "down", at = "20s", for = "10s" }]
        [[providers]]
        name = "far"
        models = ["small"]
        [prices."*/small"]
        input = 1
        output = 2
        """

    private static func configuration(_ baseURL: String = "http://127.0.0.1:9/v1", server: String = "") -> String {
        """
        \(server)
        [[providers]]
        name = "up"
        type = "openai"
        base_url = "\(baseURL)"
        api_key = "\(Program.canary)"
        models = ["a", "b"]
        [[routes]]
        model = "fast"
        targets = ["up/a", "up/b"]
        attempts = 2
        [routing.retry]
        max = "1s"
        """
    }

    @Test("a simulation prints the same report for the same seed, another one for another")
    func simulate() async throws {
        let file = try program.scratch.write(Self.scenario, to: "scenario.toml")
        let outcome = try await program.run(["route", "simulate", file])
        #expect(outcome.status == 0 && outcome.errorOutput == "", "\(outcome)")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.first?.hasSuffix("100 %") == true, "\(outcome.output)")
        #expect(lines.contains { $0.contains("P50") && $0.contains("P95") && $0.contains("P99") })
        #expect(lines.contains { $0.hasPrefix("near/small") && !$0.contains("was well again") })
        #expect(lines.contains { $0.hasPrefix("near/small was well again after 30 s and answered ") })
        #expect(try await program.run(["route", "simulate", file]).output == outcome.output)
        #expect(try await program.run(["route", "simulate", file, "--seed", "9"]).output != outcome.output)
        let object = try JSONValue(parsing: try await program.run(["route", "simulate", file, "--json"]).output)
        #expect(object["success_rate"]?.double == 1 && object["seed"]?.int == 1)
        #expect((object["whole"]?["p95"]?.double ?? 0) > (object["whole"]?["p50"]?.double ?? 0))
        #expect((object["cost"]?.double ?? 0) > 0)
        let deployments = object["deployments"]?.array?.compactMap { $0["deployment"]?.string }
        #expect(deployments == ["near/small", "far/small"])
    }

    @Test("what is wrong with a scenario is told with its line")
    func wrongScenario() async throws {
        let text = Self.scenario.replacing("[\"fast\"]", with: "[\"fats\"]")
        let file = try program.scratch.write(text, to: "scenario.toml")
        let outcome = try await program.run(["route", "simulate", file])
        #expect(outcome.status == 65 && outcome.output == "")
        #expect(outcome.errorOutput.contains("scenario.toml:3:11: load.models[0]: "), "\(outcome)")
        let missing = try await program.run(["route", "simulate", "\(program.scratch.path)/none.toml"])
        #expect(missing.status == 66, "\(missing)")
        #expect(try await program.run(["route", "simulate"]).status == 64)
    }

    @Test("a route is explained without asking anybody")
    func explain() async throws {
        let file = try program.scratch.write(Self.configuration(), to: "config.toml")
        let explain = ["-c", file, "route", "explain", "fast"]
        let plain = try await program.run(explain)
        #expect(plain.status == 0)
        #expect(plain.output == "fast: a route; ordered, up to 2 attempts\n1.  up/a  ready\n2.  up/b  ready\n")
        let health = try program.scratch.write(
            #"{"left_alone":[{"provider":"up","model":"a","breaker":"open","breaker_open":30}]}"#,
            to: "health.json"
        )
        let unwell = try await program.run(explain + ["--health", health])
        let lines = unwell.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 3 && lines[1] == "1.  up/b  ready")
        #expect(lines.last?.hasPrefix("2.  up/a  its breaker is open for ") == true, "\(unwell)")
        let piped = try await program.run(
            explain + ["--health", "-", "--json"],
            input: #"[{"provider":"up","model":"b","cooling":60}]"#
        )
        let candidates = try JSONValue(parsing: piped.output)["candidates"]?.array
        #expect(candidates?.map { $0["model"]?.string } == ["a", "b"])
        #expect(candidates?.map { $0["ready"] } == [true, false])
        let embeddings = try await program.run(explain + ["--needs", "tools,embeddings", "--tokens", "5000"])
        #expect(embeddings.output.contains("asked for: embeddings, tools, room for 5000 tokens\n"), "\(embeddings)")
    }

    @Test(
        "what cannot be explained is told",
        arguments: [
            (["nobody"], 69, "nobody"), (["fast", "--needs", "vison"], 64, "did you mean 'vision'?"),
            (["fast", "--health", "/nowhere"], 66, "/nowhere"), (["fast", "--health", "-"], 65, "is not JSON"),
            ([], 64, "MODEL"),
        ] as [([String], Int32, String)]
    )
    func unexplained(arguments: [String], status: Int32, words: String) async throws {
        let file = try program.scratch.write(Self.configuration(), to: "config.toml")
        let outcome = try await program.run(["-c", file, "route", "explain"] + arguments)
        #expect(outcome.status == status && outcome.errorOutput.contains(words), "\(outcome)")
    }

    @Test("a gateway's cooldown is shown, explained and taken back")
    func reset() async throws {
        try await ScriptedUpstream.run { _ in
            .error(429, fields: ["retry-after": "600"])
        } body: { upstream in
            let socket = program.scratch.path + "/plex.sock"
            let text = Self.configuration(
                upstream.baseURL(for: .openAI),
                server: "[server]\nlisten = [\"unix:\(socket)\"]"
            )
            let served = try await ServedProgram(program, text)
            let config = ["-c", "\(program.scratch.path)/config.toml"]
            #expect(try await served.ask("POST", "/v1/chat/completions", ServedProgram.chat("up/a")).status == 429)
            let routes = try await served.askAtSocket("GET", "/_internal/routes")
            let records = routes.json?["left_alone"]?.array
            #expect(records?.count == 1 && records?.first?["model"] == "a")
            let explained = try await program.run(
                config + ["route", "explain", "fast", "--health", "-"],
                input: routes.text
            )
            #expect(explained.output.contains("1.  up/b  ready\n2.  up/a  left alone for "), "\(explained)")
            let unknown = try await program.run(config + ["providers", "reset", "down"])
            #expect(
                unknown.status == 69 && unknown.errorOutput.contains("there is no provider named down"),
                "\(unknown)"
            )
            let reset = try await program.run(config + ["providers", "reset", "up"])
            #expect(reset == .init(status: 0, output: "1 target is asked again\n", errorOutput: ""))
            let again = try await program.run(["providers", "reset", "--server", "unix:\(socket)", "--json"])
            #expect(try JSONValue(parsing: again.output) == ["reset": 0])
            #expect(try await served.end().status == 0)
        }
    }

    @Test("without a gateway that runs, it is told where one was looked for")
    func noGateway() async throws {
        let socket = "unix:\(program.scratch.path)/none.sock"
        let text = Self.configuration(server: "[server]\nlisten = [\"\(socket)\", \"tcp:127.0.0.1:1\"]")
        let file = try program.scratch.write(text, to: "config.toml")
        let outcome = try await program.run(["-c", file, "providers", "reset"])
        #expect(outcome.status == 69)
        #expect(outcome.errorOutput.contains("no gateway answers at \(socket) or http://127.0.0.1:1;"), "\(outcome)")
        #expect(try await program.run(["providers", "reset", "--server", "here"]).status == 64)
    }
}
