// A model that uses the tools of an MCP server, which is started as a program; each call is shown before it is run.
// Run: OPENAI_API_KEY=… swift run ToolClient .build/debug/WeatherServer

import FoundationEssentials
import MCPKit
import ProviderKit
import TransportKit

@main
struct ToolClient {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        let provider = OpenAIProvider(
            configuration: try ProviderConfiguration(
                id: "openai",
                baseURL: environment["OPENAI_BASE_URL"] ?? "https://api.openai.com/v1",
                apiKey: environment["OPENAI_API_KEY"].map { Secret($0) }
            )
        )
        guard let program = CommandLine.arguments.dropFirst().first else {
            print("usage: ToolClient PROGRAM-OF-A-SERVER")
            return
        }
        let server = try MCPClient(MCPServerConfiguration(name: "weather", endpoint: .command(.init(program))))
        let information = try await server.connect()
        print("connected to \(information.name ?? "a server without a name")")

        // Each tool by itself: no model is needed to call it.
        let result = try await server.callTool("get_weather", arguments: ["city": "Oslo"])
        print("by hand: \(result.text)")

        var request = ChatRequest(model: "gpt-4o-mini", prompt: "What is the weather in Paris?")
        request.sampling.temperature = 0
        var limits = ToolLoopLimits()
        limits.rounds = 3
        let loop = ToolLoop(asking: provider, with: ToolBox(sources: [server]), limits: limits) { call in
            print("the model calls \(call.call.name)(\(call.call.arguments))")
            return .approved
        }
        for try await event in loop.events(for: request) {
            switch event {
            case .piece(.text(let piece)): print(piece, terminator: "")
            case .called(let step): print(step)
            case .finished(let result): print("\ncalls: \(result.steps.count)")
            default: break
            }
        }
        await server.close()
    }
}
