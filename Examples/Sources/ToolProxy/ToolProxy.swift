// One MCP server in front of those that the arguments name; it speaks over standard input and output.
// Run: swift run ToolProxy time=mcp-server-time own=.build/debug/ToolServer

import MCPKit

@main
struct ToolProxy {
    static func main() async throws {
        let servers = CommandLine.arguments.dropFirst().compactMap { argument -> MCPServerConfiguration? in
            let parts = argument.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            return MCPServerConfiguration(name: String(parts[0]), endpoint: .command(.init(String(parts[1]))))
        }
        try await MCPProxy(servers).run()
    }
}
