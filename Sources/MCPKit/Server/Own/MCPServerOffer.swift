public import ProviderKit

/// Something that an ``MCPServer`` offers.
@nonexhaustive
public enum MCPServerOffer: Sendable {
    /// A tool.
    case tool(MCPServerTool)
    /// A prompt.
    case prompt(MCPServerPrompt)
    /// A resource, or a form of URI that resources are made of.
    case resource(MCPServerResource)
}

/// Collects what an ``MCPServer`` offers.
@resultBuilder
public enum MCPServerBuilder {
    /// Takes a tool for models.
    public static func buildExpression(_ tool: Tool) -> [MCPServerOffer] { [.tool(MCPServerTool(tool))] }
    /// Takes a tool.
    public static func buildExpression(_ tool: MCPServerTool) -> [MCPServerOffer] { [.tool(tool)] }
    /// Takes a prompt.
    public static func buildExpression(_ prompt: MCPServerPrompt) -> [MCPServerOffer] { [.prompt(prompt)] }
    /// Takes a resource.
    public static func buildExpression(_ resource: MCPServerResource) -> [MCPServerOffer] { [.resource(resource)] }
    /// Takes what was made elsewhere.
    public static func buildExpression(_ offers: [MCPServerOffer]) -> [MCPServerOffer] { offers }
    /// Joins a block.
    public static func buildBlock(_ parts: [MCPServerOffer]...) -> [MCPServerOffer] { parts.flatMap(\.self) }
    /// Takes the parts of a loop.
    public static func buildArray(_ parts: [[MCPServerOffer]]) -> [MCPServerOffer] { parts.flatMap(\.self) }
    /// Takes what is there under a condition.
    public static func buildOptional(_ part: [MCPServerOffer]?) -> [MCPServerOffer] { part ?? [] }
    /// Takes the first of two.
    public static func buildEither(first part: [MCPServerOffer]) -> [MCPServerOffer] { part }
    /// Takes the second of two.
    public static func buildEither(second part: [MCPServerOffer]) -> [MCPServerOffer] { part }
}
