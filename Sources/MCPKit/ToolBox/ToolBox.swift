public import ProviderKit

/// The tools of several servers, and functions of the program itself, as one set that a model can be given.
///
/// ```swift
/// let box = ToolBox(sources: [files, web], tools: [Tool("now", "The time.") { "12:00" }])
/// let answer = try await ToolLoop(asking: provider, with: box).answer(request)
/// ```
public struct ToolBox: Sendable {
    /// The servers.
    public let sources: [any ToolSource]
    /// The program's own functions.
    public let tools: [Tool]

    /// Makes a box.
    ///
    /// - Parameters:
    ///   - sources: The servers, each with a name of its own.
    ///   - tools: Functions of the program itself, which keep their names.
    public init(sources: [any ToolSource] = [], tools: [Tool] = []) {
        self.sources = sources
        self.tools = tools
    }

    /// What is in the box now; the servers are asked all at once.
    ///
    /// A server that does not answer costs its own tools only.
    ///
    /// - Returns: The tools, and the errors of the servers whose tools are missing.
    /// - Throws: `PlexError`, if a function of the program cannot be a tool, or of code `cancelled`.
    public func contents() async throws(PlexError) -> ToolBoxContents {
        var definitions: [ToolDefinition] = []
        for tool in tools { definitions.append(try tool.definition) }
        let listings = await withTaskGroup(of: (Int, Result<[MCPTool], MCPError>).self) { group in
            for (index, source) in sources.enumerated() {
                group.addTask { (index, await Self.listing(of: source)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        if Task.isCancelled { throw PlexError(.cancelled, "listing the tools was cancelled") }
        var entries = zip(tools, definitions).map { tool, definition in
            ToolBoxContents.Entry(
                origin: ToolNames.Origin(source: nil, tool: tool.name),
                definition: definition,
                target: .function(tool)
            )
        }
        var failures: [MCPError] = []
        for (index, source) in sources.enumerated() {
            switch listings[index] {
            case .success(let tools)?: entries += tools.map { ToolBoxContents.Entry($0, of: source) }
            case .failure(var error)?:
                error.server = error.server ?? source.name
                failures.append(error)
            case nil: break
            }
        }
        return ToolBoxContents(entries, failures: failures)
    }

    private static func listing(of source: any ToolSource) async -> Result<[MCPTool], MCPError> {
        do {
            return .success(try await source.tools())
        } catch {
            return .failure(error)
        }
    }
}
