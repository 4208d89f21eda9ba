import ProviderTesting
import Testing

@testable import plexctl

@Suite("plexctl config import-litellm, as a process", .timeLimit(.minutes(5)))
struct ImportProcessTests {
    private let program: Program

    init() throws {
        program = try Program()
    }

    private static func file(_ upstream: ScriptedUpstream) -> String {
        """
        model_list:
          - model_name: fast
            litellm_params:
              model: openai/small
              api_base: \(upstream.baseURL(for: .openAI))
              api_key: os.environ/ENGINE_KEY
          - model_name: "*"
            litellm_params:
              model: openai/*
              api_base: \(upstream.baseURL(for: .openAI))
              api_key: os.environ/ENGINE_KEY
        litellm_settings:
          success_callback: ["langfuse"]
        """
    }

    @Test("what it prints is a configuration that works; what has no counterpart goes to standard error")
    func works() async throws {
        try await ScriptedUpstream.run { request in
            request.isModelListing ? .models(["small"]) : .text("I am \(request.model ?? "").")
        } body: { upstream in
            let old = try program.scratch.write(Self.file(upstream), to: "litellm.yaml")
            let imported = try await program.run(["config", "import-litellm", old])
            #expect(imported.status == 0)
            #expect(imported.errorOutput.contains("litellm_settings.success_callback: has no counterpart here"))
            #expect(imported.errorOutput.split(separator: "\n").count == 1)
            let new = try program.scratch.write(imported.output, to: "imported.toml")
            let keys = try program.scratch.write("ENGINE_KEY=\(Program.canary)\n", to: "keys.env")
            let arguments = ["-c", new, "--env-file", keys]
            #expect(try await program.run(arguments + ["config", "check"]).status == 0)
            for (name, model) in [("fast", "small"), ("anything", "anything")] {
                let answer = try await program.run(arguments + ["chat", "-m", name, "Hi"])
                #expect(answer.output == "I am \(model).\n", "\(answer)")
            }
        }
    }

    @Test("what cannot be read is told with its exit code")
    func refusals() async throws {
        let other = try program.scratch.write("providers: []\n", to: "other.yaml")
        let wrong = try await program.run(["config", "import-litellm", other])
        #expect(wrong.status == 65 && wrong.output.isEmpty && wrong.errorOutput.contains("no list model_list"))
        let none = try await program.run(["config", "import-litellm", "\(other).none"])
        #expect(none.status == 66 && none.errorOutput.contains("cannot open"))
        #expect(try await program.run(["config", "import-litellm"]).status == 64)
    }
}
