public import TransportKit

/// Something that has tools: a server, by whatever connection, or a test's stand-in for one.
public protocol ToolSource: Sendable {
    /// The name by which the tools are told from those of others, as a server has it in the configuration.
    var name: String { get }

    /// The tools that there are now, all pages of them.
    ///
    /// - Throws: `MCPError`, if the server cannot be reached or does not answer.
    func tools() async throws(MCPError) -> [MCPTool]

    /// Calls a tool.
    ///
    /// - Parameters:
    ///   - name: The tool's own name.
    ///   - arguments: What it is called with.
    /// - Returns: What came back, which may be that the tool failed.
    /// - Throws: `MCPError`, if no result came back; code `cancelled` at once when the calling task is cancelled.
    func callTool(_ name: String, arguments: JSONObject) async throws(MCPError) -> MCPToolResult
}
