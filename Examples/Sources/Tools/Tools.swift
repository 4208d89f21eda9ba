// A streamed answer of a model that calls a Swift closure, without any configuration: the provider is made by hand.
// Run: OPENAI_API_KEY=… swift run Tools

import FoundationEssentials
import ProviderKit
import TransportKit

struct Query: Codable {
    var city: String
}

@main
struct Tools {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        let url = environment["OPENAI_BASE_URL"] ?? "https://api.openai.com/v1"
        let provider = OpenAIProvider(
            configuration: try ProviderConfiguration(
                id: "openai",
                baseURL: url,
                apiKey: environment["OPENAI_API_KEY"].map { Secret($0) }
            )
        )
        let weather = Tool("get_weather", "Current weather in a city.") { (query: Query) in
            "sunny in \(query.city)"
        }

        var request = ChatRequest(model: "gpt-4o-mini", prompt: "What is the weather in Paris?")
        request.tools = [try weather.definition]
        request.sampling.temperature = 0
        // The model is asked again with what it wanted to know, until it wants to know nothing more.
        var rounds = 0
        var isAnswered = false
        while !isAnswered, rounds < 4 {
            rounds += 1
            isAnswered = true
            var results: [Message] = []
            for try await event in try await provider.stream(request) {
                switch event {
                case .text(let piece): print(piece, terminator: "")
                case .toolCallEnded(_, let call):
                    print("The model calls \(call.name)(\(call.arguments))")
                    results.append(Message(role: .tool, content: [.toolResult(try await weather.call(call))]))
                case .finished(let response):
                    request.messages.append(response.message)
                    request.messages += results
                    isAnswered = results.isEmpty
                default: break
                }
            }
        }
        print()
    }
}
