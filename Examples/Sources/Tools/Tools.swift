// A model that calls a Swift closure, without any configuration: the provider is made by hand.
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
            configuration: ProviderConfiguration(
                id: "openai",
                endpoint: try Endpoint(parsing: url),
                apiKey: environment["OPENAI_API_KEY"].map { Secret($0) }
            ),
            transport: HTTPClient()
        )
        let weather = Tool("get_weather", "Current weather in a city.") { (query: Query) in
            "sunny in \(query.city)"
        }

        var request = ChatRequest(model: "gpt-4o-mini", prompt: "What is the weather in Paris?")
        request.tools = [try weather.definition]
        request.sampling.temperature = 0
        let response = try await provider.respond(to: request)
        request.messages.append(response.message)
        for call in response.toolCalls {
            print("The model calls \(call.name)(\(call.arguments))")
            let result = try await weather.call(call)
            request.messages.append(Message(role: .tool, content: [.toolResult(result)]))
        }
        print(try await provider.respond(to: request).text)
    }
}
