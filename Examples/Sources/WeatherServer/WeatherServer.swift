import MCPKit
import ProviderKit

struct Query: Decodable, Sendable {
    var city: String
}

struct Forecast: Codable, Sendable {
    var city: String
    var degrees: [Int]
}

@main
struct WeatherServer {
    static func main() async throws {
        let server = MCPServer("weather", version: "1.0", instructions: "Name a city.") {
            Tool("get_weather", "Current weather in a city.") { (query: Query) in
                "It is sunny in \(query.city)."
            }
            MCPServerTool("forecast", "The next three days.") { (query: Query, context: MCPCallContext) in
                await context.report(1, of: 3, "asking the stations")
                return Forecast(city: query.city, degrees: [21, 23, 19])
            }
            MCPServerPrompt("packing", "What to pack.", arguments: [.init("city", isRequired: true)]) { arguments in
                "What should I pack for three days in \(arguments["city"] ?? "")?"
            }
            MCPServerResource(template: "weather://{city}/now", name: "now") { variables, _ in
                .text("sunny in \(variables["city"] ?? "")")
            }
        }
        try await server.run()
    }
}
