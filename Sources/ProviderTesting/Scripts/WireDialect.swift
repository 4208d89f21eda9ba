internal import TransportKit

/// A wire format that scripted answers can be written in.
@nonexhaustive
public enum WireDialect: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// OpenAI Chat Completions.
    case openAI = "openai"
    /// Anthropic Messages.
    case anthropic
    /// Ollama's own chat.
    case ollama
    /// OpenAI Responses.
    case openAIResponses = "openai-responses"
    /// Gemini's generateContent.
    case gemini

    /// The dialect's name in configuration.
    public var description: String { rawValue }

    /// What follows the authority in a base URL of this dialect.
    public var basePath: String { [.openAI, .openAIResponses].contains(self) ? "/v1" : "" }

    /// The header field that names a request in an answer, or `nil` if the dialect has none.
    public var requestIDField: String? {
        switch self {
        case .openAI, .openAIResponses: "x-request-id"
        case .anthropic: "request-id"
        case .ollama, .gemini: nil
        }
    }

    /// The media type of a streamed answer.
    public var streamMediaType: String {
        self == .ollama ? "application/x-ndjson" : "text/event-stream"
    }

    /// What ends a stream after its last event, or `nil` if the last event itself does.
    var endMark: WireFrame? {
        self == .openAI ? WireFrame(data: Array("[DONE]".utf8)) : nil
    }

    /// An error as the dialect writes it.
    ///
    /// - Parameters:
    ///   - message: The error in words.
    ///   - type: The dialect's word for the error; Ollama has none, and Anthropic's are turned into Gemini's.
    /// - Returns: The body of an error answer, and of an error within a stream.
    public func errorBody(message: String, type: String) -> [UInt8] {
        errorValue(message: message, type: type).serialized
    }

    func errorValue(message: String, type: String) -> JSONValue {
        switch self {
        case .openAI, .openAIResponses:
            ["error": ["message": .string(message), "type": .string(type), "param": nil, "code": .string(type)]]
        case .anthropic:
            ["type": "error", "error": ["type": .string(type), "message": .string(message)]]
        case .ollama:
            ["error": .string(message)]
        case .gemini: geminiError(message: message, type: type)
        }
    }

    /// An error as it stands within a stream.
    func streamedError(message: String, type: String) -> JSONValue {
        guard self == .openAIResponses else { return errorValue(message: message, type: type) }
        return ["type": "error", "code": .string(type), "message": .string(message), "param": nil]
    }

    func frame(_ value: JSONValue) -> WireFrame {
        WireFrame(
            event: [.anthropic, .openAIResponses].contains(self) ? value["type"]?.string : nil,
            data: value.serialized,
            isLine: self == .ollama
        )
    }

    func body(of reply: ScriptedReply, for request: RecordedRequest) -> JSONValue {
        switch self {
        case .openAI: openAIBody(of: reply, for: request)
        case .anthropic: anthropicBody(of: reply, for: request)
        case .ollama: ollamaBody(of: reply, for: request)
        case .openAIResponses: responsesBody(of: reply, for: request)
        case .gemini: geminiBody(of: reply, for: request)
        }
    }

    /// The frames of a streamed answer, without the end mark.
    func frames(of reply: ScriptedReply, for request: RecordedRequest) -> [WireFrame] {
        let values =
            switch self {
            case .openAI: openAIEvents(of: reply, for: request)
            case .anthropic: anthropicEvents(of: reply, for: request)
            case .ollama: ollamaEvents(of: reply, for: request)
            case .openAIResponses: responsesEvents(of: reply, for: request)
            case .gemini: geminiEvents(of: reply, for: request)
            }
        return values.map(frame)
    }

    func modelsBody(_ models: [String]) -> JSONValue {
        switch self {
        case .openAI, .openAIResponses:
            [
                "object": "list",
                "data": .array(
                    models.map { ["id": .string($0), "object": "model", "created": 1_700_000_000, "owned_by": "test"] }
                ),
            ]
        case .anthropic:
            [
                "data": .array(
                    models.map {
                        [
                            "type": "model", "id": .string($0), "display_name": .string("Model \($0)"),
                            "created_at": "2025-01-01T00:00:00Z",
                        ]
                    }
                ),
                "has_more": false, "first_id": models.first.map(JSONValue.string) ?? nil,
                "last_id": models.last.map(JSONValue.string) ?? nil,
            ]
        case .ollama:
            [
                "models": .array(
                    models.map {
                        [
                            "name": .string($0), "model": .string($0), "modified_at": "2025-01-01T00:00:00Z",
                            "size": 1_000_000, "digest": "0123456789abcdef",
                            "details": [
                                "format": "gguf", "family": "llama", "parameter_size": "1M",
                                "quantization_level": "F32",
                            ],
                        ]
                    }
                )
            ]
        case .gemini: geminiModels(models)
        }
    }
}

/// One frame of a stream: a server-sent event, or a line of JSON.
struct WireFrame: Sendable, Hashable {
    var event: String?
    var data: [UInt8]
    var isLine = false

    /// The frame on the wire, each line ended as asked.
    func bytes(lineEnd: String = "\n") -> [UInt8] {
        if isLine { return data + Array(lineEnd.utf8) }
        let event = event.map { "event: \($0)\(lineEnd)" } ?? ""
        return Array("\(event)data: ".utf8) + data + Array("\(lineEnd)\(lineEnd)".utf8)
    }
}
