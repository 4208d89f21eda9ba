import ProviderKit
import TransportKit

@testable import MCPKit

/// A server that is a closure.
struct ScriptedSource: ToolSource {
    let name: String
    var listing: Result<[MCPTool], MCPError>
    var call: @Sendable (String, JSONObject) async throws(MCPError) -> MCPToolResult

    init(
        _ name: String,
        tools: [String],
        call: @escaping @Sendable (String, JSONObject) async throws(MCPError) -> MCPToolResult = {
            (tool, _) async throws(MCPError) in MCPToolResult(text: "\(tool) ran")
        }
    ) {
        self.name = name
        listing = .success(tools.map { MCPTool(name: $0, description: "Does \($0).") })
        self.call = call
    }

    func tools() async throws(MCPError) -> [MCPTool] { try listing.get() }

    func callTool(_ name: String, arguments: JSONObject) async throws(MCPError) -> MCPToolResult {
        try await call(name, arguments)
    }
}

/// A model that says what it is told to, and keeps what it was asked.
final class ScriptedModel: Provider {
    let id: ProviderID = "scripted"
    private let state: Locked<State>

    private struct State {
        var turns: [[ContentPart]]
        var requests: [ChatRequest] = []
    }

    /// Makes a model; each turn is an answer, the last one comes again and again.
    init(_ turns: [[ContentPart]]) {
        state = Locked(State(turns: turns))
    }

    var requests: [ChatRequest] { state.withLock { $0.requests } }

    func capabilities(of model: ModelID) async -> Capabilities { Capabilities(features: [.tools]) }
    func models() async throws(PlexError) -> [Model] { [] }

    func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
        state.withLock { state in
            state.requests.append(request)
            let parts = state.turns.count > 1 ? state.turns.removeFirst() : state.turns[0]
            let message = Message(role: .assistant, content: parts)
            return ChatResponse(
                provider: id,
                model: request.model,
                message: message,
                finishReason: message.toolCalls.isEmpty ? .stop : .toolCalls,
                usage: Usage(inputTokens: 10, outputTokens: 2)
            )
        }
    }

    func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
        let response = try await respond(to: request)
        return ChatStream { Replay(events: [.text(response.text), .finished(response)]) }
    }

    private struct Replay: ChatEventIterator {
        var events: [ChatEvent]
        mutating func next() async throws(PlexError) -> ChatEvent? { events.isEmpty ? nil : events.removeFirst() }
    }
}

extension ContentPart {
    static func call(_ id: String, _ name: String, _ arguments: String = "{}") -> ContentPart {
        .toolCall(ToolCall(id: id, name: name, arguments: arguments))
    }
}
