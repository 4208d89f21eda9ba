public import ProviderKit
public import TransportKit

/// A model's answer that a server wants.
public struct MCPSamplingRequest: Sendable, Hashable {
    /// Who asks: the server's name in the configuration.
    ///
    /// Show it.
    public let server: String
    /// The request as the wire has it.
    public let json: JSONObject

    init(server: String, json: JSONObject) {
        self.server = server
        self.json = json
    }

    /// The conversation.
    public var messages: [Message] { (json["messages"]?.array ?? []).map(Self.message) }
    /// The instructions for the model.
    public var systemPrompt: String? { json.string("systemPrompt") }
    /// How many tokens the answer may have.
    public var maximumTokens: Int? { json["maxTokens"]?.int }
    /// The names of models that the server would like, the best first; a part of a model's name counts.
    public var modelHints: [String] {
        json["modelPreferences"]?["hints"]?.array?.compactMap { $0["name"]?.string } ?? []
    }

    /// What forbids to answer it.
    var fault: String? {
        guard let messages = json["messages"]?.array, !messages.isEmpty else { return "there are no messages" }
        for message in messages {
            let types = Self.content(of: message).map { $0["type"]?.string }
            if types.contains("tool_result"), !types.allSatisfy({ $0 == "tool_result" }) {
                return "a message with tool results holds something else too"
            }
        }
        return nil
    }

    private static func content(of message: JSONValue) -> [JSONValue] {
        guard let content = message["content"] else { return [] }
        return content.array ?? [content]
    }

    private static func message(_ value: JSONValue) -> Message {
        let parts = content(of: value).compactMap { MCPContent($0)?.part }
        return Message(role: value["role"]?.string == "assistant" ? .assistant : .user, content: parts)
    }

    /// The request to a provider.
    ///
    /// - Parameter model: The model to ask.
    /// - Returns: The request, with no more tokens than the server asked for.
    public func chatRequest(model: ModelID) -> ChatRequest {
        let system = systemPrompt.map { [Message.system($0)] } ?? []
        return ChatRequest(
            model: model,
            messages: system + messages,
            sampling: Sampling(temperature: json["temperature"]?.double),
            maximumTokens: maximumTokens,
            stopSequences: json["stopSequences"]?.array?.compactMap(\.string) ?? []
        )
    }
}

/// A model's answer, for a server.
public struct MCPSamplingResult: Sendable, Hashable {
    /// The result as the wire has it.
    public var json: JSONObject

    /// Makes a result.
    ///
    /// - Parameters:
    ///   - text: The answer.
    ///   - model: The model that gave it.
    ///   - stopReason: Why it ended: `endTurn`, `stopSequence` or `maxTokens`.
    public init(text: String, model: String, stopReason: String = "endTurn") {
        json = [
            "role": "assistant", "content": ["type": "text", "text": .string(text)], "model": .string(model),
            "stopReason": .string(stopReason),
        ]
    }
}

extension MCPClientHandlers {
    /// A handler of sampling that asks a provider.
    ///
    /// - Parameters:
    ///   - provider: Whom to ask.
    ///   - model: The model to ask, whatever the server would like.
    ///   - approve: Whether a request may be answered; show it to somebody.
    /// - Returns: What ``sampling`` takes.
    public static func sampling(
        through provider: any Provider,
        model: ModelID,
        approve: @escaping @Sendable (MCPSamplingRequest) async -> Bool
    ) -> @Sendable (MCPSamplingRequest) async throws -> MCPSamplingResult {
        { request in
            guard await approve(request) else {
                throw JSONRPCFailure(.init(rawValue: -1), "the user rejected the sampling request")
            }
            let response = try await provider.respond(to: request.chatRequest(model: model))
            let reason = response.finishReason == .length ? "maxTokens" : "endTurn"
            return MCPSamplingResult(text: response.text, model: response.model.rawValue, stopReason: reason)
        }
    }
}
