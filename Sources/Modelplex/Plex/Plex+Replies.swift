public import ProviderKit

extension Plex {
    /// Answers one prompt.
    ///
    /// - Parameters:
    ///   - prompt: The user's words.
    ///   - model: `provider/model` or `model`; `nil` is the default model.
    /// - Returns: The whole answer.
    /// - Throws: `PlexError`.
    public func reply(to prompt: String, using model: ModelID? = nil) async throws(PlexError) -> ChatResponse {
        try await respond(to: ChatRequest(model: model ?? "", prompt: prompt))
    }

    /// Answers one prompt with a value of a type.
    ///
    /// The model is given the type's JSON Schema, which is made from its `Decodable` conformance.
    ///
    /// ```swift
    /// struct Weather: Codable { var city: String; var celsius: Double }
    /// let weather = try await plex.reply(to: "Weather in Oslo?", as: Weather.self).value
    /// ```
    ///
    /// - Parameters:
    ///   - prompt: The user's words.
    ///   - type: What is wanted.
    ///   - model: `provider/model` or `model`; `nil` is the default model.
    /// - Returns: The value, and the answer that it was read from.
    /// - Throws: `PlexError`; code `malformedResponse`, if the answer does not fit the type.
    public func reply<Value: Decodable & Sendable>(
        to prompt: String,
        as type: Value.Type,
        using model: ModelID? = nil
    ) async throws(PlexError) -> TypedReply<Value> {
        var request = ChatRequest(model: model ?? "", prompt: prompt)
        request.responseFormat = .jsonSchema(try JSONSchemaFormat(for: type))
        let response = try await respond(to: request)
        do {
            return TypedReply(value: try StructuredOutput.decode(type, from: response.text), response: response)
        } catch {
            var error = error
            error.provider = response.provider
            error.model = response.model
            error.requestID = response.requestID
            if response.finishReason == .length {
                error.message += "; the answer was cut at its limit of tokens"
            }
            throw error
        }
    }

    /// Answers one prompt as a stream, which is opened when it is first read.
    ///
    /// - Parameters:
    ///   - prompt: The user's words.
    ///   - model: `provider/model` or `model`; `nil` is the default model.
    /// - Returns: The stream.
    public func stream(_ prompt: String, using model: ModelID? = nil) -> ChatStream {
        stream(ChatRequest(model: model ?? "", prompt: prompt))
    }
}

/// An answer that was read as a value.
public struct TypedReply<Value: Sendable>: Sendable {
    /// The value.
    public let value: Value
    /// The answer that it was read from.
    public let response: ChatResponse
}
