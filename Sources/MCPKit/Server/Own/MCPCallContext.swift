internal import ProviderKit
public import TransportKit

/// What a tool, prompt or resource of an ``MCPServer`` may do while it answers a client.
public struct MCPCallContext: Sendable {
    /// The request that is being answered.
    public let request: MCPServedRequest

    init(_ request: MCPServedRequest) {
        self.request = request
    }

    /// Who asks.
    public var client: MCPServedClient { request.client }

    /// Reports progress, if the client wants to hear of it.
    ///
    /// - Parameters:
    ///   - progress: How much is done; has to grow from report to report.
    ///   - total: How much there is to do, if that is known.
    ///   - message: What is being done.
    public func report(_ progress: Double, of total: Double? = nil, _ message: String? = nil) async {
        await request.report(MCPProgress(progress: progress, total: total, message: message))
    }

    /// Writes to the client's log, if it wants entries of this level.
    ///
    /// - Parameters:
    ///   - level: `debug`, `info`, `notice`, `warning`, `error`, `critical`, `alert` or `emergency`.
    ///   - data: What is logged.
    ///   - logger: What part of the server says it.
    public func log(_ level: String, _ data: JSONValue, logger: String? = nil) async {
        var params: JSONObject = ["level": .string(level), "data": data]
        params["logger"] = logger.map { .string($0) }
        await request.notify("notifications/message", params)
    }

    /// Asks the client's user to fill a form in.
    ///
    /// - Parameters:
    ///   - message: What the user is asked.
    ///   - schema: The form: the JSON Schema of a flat object.
    /// - Returns: What the user did.
    /// - Throws: `JSONRPCFailure`, if the client cannot ask its user.
    public func elicit(_ message: String, _ schema: JSONValue) async throws(JSONRPCFailure) -> MCPElicitation.Answer {
        let result = try await request.ask(
            "elicitation/create",
            ["mode": "form", "message": .string(message), "requestedSchema": schema]
        )
        return MCPElicitation.Answer(json: result)
    }

    /// Asks the client's user to fill in a form that is made of a type with flat properties.
    ///
    /// - Parameters:
    ///   - message: What the user is asked.
    ///   - type: The type.
    /// - Returns: What the user filled in; `nil` if the user would not.
    /// - Throws: `JSONRPCFailure`, if the client cannot ask its user, `PlexError` if the type has no schema, or what decoding throws.
    public func elicit<Form: Decodable & Sendable>(_ message: String, as type: Form.Type) async throws -> Form? {
        let answer = try await elicit(message, JSONSchema.make(for: type))
        guard case .accept(let content) = answer else { return nil }
        return try JSONValue.object(content).decodePlainly(type)
    }

    /// Asks the client's model.
    ///
    /// - Parameters:
    ///   - prompt: What the model is asked.
    ///   - system: Instructions for the model.
    ///   - maximumTokens: How many tokens the answer may have.
    /// - Returns: The answer's text.
    /// - Throws: `JSONRPCFailure`, if the client does not let its model be asked.
    public func sample(
        _ prompt: String,
        system: String? = nil,
        maximumTokens: Int = 1024
    ) async throws(JSONRPCFailure) -> String {
        var params: JSONObject = [
            "messages": [["role": "user", "content": ["type": "text", "text": .string(prompt)]]],
            "maxTokens": .number(JSONNumber(maximumTokens)),
        ]
        params["systemPrompt"] = system.map { .string($0) }
        let content = try await request.ask("sampling/createMessage", params)["content"]
        let parts = content?.array ?? content.map { [$0] } ?? []
        return parts.compactMap { $0["text"]?.string }.joined(separator: "\n")
    }

    /// Asks for the folders that the client lets the server work in.
    ///
    /// - Throws: `JSONRPCFailure`, if the client names none.
    public func roots() async throws(JSONRPCFailure) -> [MCPRoot] {
        try await request.ask("roots/list").objects("roots")
    }
}

extension MCPElicitation.Answer {
    init(json: JSONObject) {
        self =
            switch json.string("action") {
            case "accept": .accept(json["content"]?.object ?? [:])
            case "decline": .decline
            default: .cancel
            }
    }
}
