public import ProviderKit
internal import TransportKit

/// The tools of a box at one time, with the names that models know them by.
public struct ToolBoxContents: Sendable {
    struct Entry: Sendable {
        enum Target: Sendable {
            case function(Tool)
            case server(any ToolSource, MCPTool)
        }

        let origin: ToolNames.Origin
        var definition: ToolDefinition
        let target: Target

        init(origin: ToolNames.Origin, definition: ToolDefinition, target: Target) {
            self.origin = origin
            self.definition = definition
            self.target = target
        }

        init(_ tool: MCPTool, of source: any ToolSource) {
            self.init(
                origin: ToolNames.Origin(source: source.name, tool: tool.name),
                definition: ToolDefinition(
                    name: tool.name,
                    description: tool.toolDescription ?? tool.title,
                    parameters: tool.inputSchema.object == nil ? ["type": "object"] : tool.inputSchema
                ),
                target: .server(source, tool)
            )
        }
    }

    /// What a model is told of the tools.
    public let definitions: [ToolDefinition]
    /// The errors of the servers whose tools are missing.
    public let failures: [MCPError]
    /// The tools' names, and what they lead to.
    public let names: ToolNames

    private let entries: [ToolNames.Origin: Entry]

    init(_ entries: [Entry], failures: [MCPError]) {
        let names = ToolNames(entries.map(\.origin))
        let known = Dictionary(entries.map { ($0.origin, $0) }) { first, _ in first }
        self.names = names
        self.entries = known
        self.failures = failures
        definitions = names.names.compactMap { name in
            guard var definition = names.origin(of: name).flatMap({ known[$0] })?.definition else { return nil }
            definition.name = name
            return definition
        }
    }

    /// The tool that a name leads to, where a server has it.
    ///
    /// - Parameter name: A name as a model wrote it.
    /// - Returns: The server's name and what it says of the tool; `nil` for a function of the program, and if there is none.
    public func serverTool(named name: String) -> (source: String, tool: MCPTool)? {
        guard let entry = entry(named: name), case .server(let source, let tool) = entry.target else { return nil }
        return (source.name, tool)
    }

    /// Whether a name leads to a tool.
    public func contains(_ name: String) -> Bool { entry(named: name) != nil }

    /// Calls a tool as a model asked.
    ///
    /// Whatever goes wrong becomes a result for the model that says so, with `isError` set: a tool that is not there, arguments
    /// that are no JSON, a server that is gone.
    ///
    /// - Parameter call: The model's call.
    /// - Returns: What came back.
    /// - Throws: `PlexError` with code `cancelled`, if the task is cancelled; nothing else.
    public func call(_ call: ToolCall) async throws(PlexError) -> ToolResult {
        guard let entry = entry(named: call.name) else { return call.failed(unknown(call.name)) }
        switch entry.target {
        case .function(let tool): return try await tool.call(call)
        case .server(let source, let tool):
            let arguments: JSONValue
            do {
                // A call without arguments is written by some models as no text at all.
                arguments = call.arguments.allSatisfy(\.isWhitespace) ? [:] : try JSONValue(parsing: call.arguments)
            } catch {
                return call.failed("The arguments are not valid JSON: \(error). Call it again with a JSON object.")
            }
            guard let object = arguments.object else {
                return call.failed("The arguments are no JSON object. Call the tool again with one.")
            }
            do {
                return try await source.callTool(tool.name, arguments: object).toolResult(for: call)
            } catch {
                if Task.isCancelled {
                    throw PlexError(.cancelled, "the call of tool \"\(call.name)\" was cancelled")
                }
                // The server's own sentence is what a model can act on.
                let text = error.failure?.message ?? error.message
                return call.failed("The tool failed: \(String(text.prefix(Self.longestError)))")
            }
        }
    }

    private func entry(named name: String) -> Entry? {
        names.origin(of: name).flatMap { entries[$0] }
    }

    private func unknown(_ name: String) -> String {
        let known = names.names.prefix(Self.mostNamed).joined(separator: ", ")
        guard !known.isEmpty else { return "There are no tools." }
        let more = names.names.count > Self.mostNamed ? ", …" : ""
        return "There is no tool of that name. The tools are: \(known)\(more)."
    }

    private static let longestError = 2048
    private static let mostNamed = 50
}

extension ToolCall {
    func failed(_ text: String) -> ToolResult {
        ToolResult(callID: id, name: name, content: [.text(text)], isError: true)
    }
}
