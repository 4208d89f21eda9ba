import MCPKit
import ProviderKit

/// The MCP server ToolServer; it speaks over standard input and output.
@main
struct Server {
    struct Greeting: Decodable, Sendable {
        var name: String
    }

    static func main() async throws {
        let server = MCPServer("ToolServer", version: "0.1.0") {
            Tool("greet", "Greet somebody by name.") { (greeting: Greeting) in
                "Hello, \(greeting.name)!"
            }
        }
        try await server.run()
    }
}
