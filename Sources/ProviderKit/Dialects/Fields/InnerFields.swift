internal import TransportKit

/// What the reader of a dialect looks at within the inner objects of a request, so that it can be told of what else stands there.
///
/// What a reader does not know of a request, a message, a part or a tool it keeps in their `extra`. Objects within these have
/// no such place: what is written from them anew has only what was read.
struct InnerFields: Sendable {
    // Only what is in the object if one of these is; others are kept whole by whoever reads them.
    private var marks: [String] = []
    // The members that are read as they are; `nil` where the reader keeps what it does not know.
    private var leaves: [String]?
    private var inner: [(name: String, fields: InnerFields)]
    private var variants: [(name: String, value: String, fields: InnerFields)] = []

    /// An object whose reader keeps what it does not know.
    static func open(_ inner: KeyValuePairs<String, InnerFields>) -> InnerFields {
        InnerFields(leaves: nil, inner: inner.map { ($0.key, $0.value) })
    }

    /// An object of which only these members are read.
    static func closed(_ leaves: [String], _ inner: KeyValuePairs<String, InnerFields> = [:]) -> InnerFields {
        InnerFields(leaves: leaves, inner: inner.map { ($0.key, $0.value) })
    }

    private init(leaves: [String]?, inner: [(name: String, fields: InnerFields)]) {
        self.leaves = leaves
        self.inner = inner
    }

    /// The same, but for objects one member of which has a certain word.
    func when(_ name: String, is value: String, _ fields: InnerFields) -> InnerFields {
        var result = self
        result.variants.append((name, value, fields))
        return result
    }

    /// The same, but only of objects that have one of these members.
    func having(_ marks: [String]) -> InnerFields {
        var result = self
        result.marks = marks
        return result
    }

    /// The paths of all that is not read.
    func unread(in request: JSONValue) -> [String] {
        rest(of: request).map { String($0.dropFirst()) }
    }

    // The paths are put together on the way back, because mostly there are none.
    private func rest(of value: JSONValue) -> [String] {
        switch value {
        case .array(let elements):
            var found: [String] = []
            for (index, element) in elements.enumerated() {
                for path in rest(of: element) { found.append("[\(index)]\(path)") }
            }
            return found
        case .object(let object):
            if let variant = variants.first(where: { object[$0.name]?.string == $0.value }) {
                return variant.fields.rest(of: value)
            }
            guard marks.isEmpty || marks.contains(where: { object[$0] != nil }) else { return [] }
            var found: [String] = []
            for member in object.members where !member.value.isNull {
                if let known = inner.first(where: { $0.name == member.name }) {
                    for path in known.fields.rest(of: member.value) { found.append(".\(member.name)\(path)") }
                } else if let leaves, !leaves.contains(member.name) {
                    found.append(".\(member.name.asFieldName)")
                }
            }
            return found
        default: return []
        }
    }
}

extension InnerFields {
    private static let cacheControl = closed(["type", "ttl"])

    static let openAI = open([
        "messages": open([
            "content": open([
                "image_url": closed(["url", "detail"]), "input_audio": closed(["data", "format"]),
                "file": closed(["filename", "file_data", "file_id"]), "cache_control": cacheControl,
            ]),
            "tool_calls": open(["function": closed(["name", "arguments"])]),
            "function_call": closed(["name", "arguments"]),
        ]),
        "tools": open(["function": openAIFunction, "cache_control": cacheControl]), "functions": openAIFunction,
        "tool_choice": closed(
            ["type"],
            [
                "function": closed(["name"]),
                "allowed_tools": closed(["mode"], ["tools": closed(["type"], ["function": closed(["name"])])]),
            ]
        ),
        "function_call": closed(["name"]),
        "response_format": closed(["type"], ["json_schema": closed(["name", "description", "schema", "strict"])]),
    ])

    private static let openAIFunction = closed(["name", "description", "parameters", "strict"])

    private static let responsesWords = closed(["type", "text"])
    private static let responsesContent = open([:]).when("type", is: "refusal", closed(["type", "refusal"]))

    static let responses = open([
        "input": open(["content": responsesContent])
            .when(
                "type",
                is: "reasoning",
                closed(
                    ["type", "id", "encrypted_content", "status"],
                    ["summary": responsesWords, "content": responsesWords]
                )
            )
            .when(
                "role",
                is: "assistant",
                closed(["type", "id", "role", "status", "phase"], ["content": responsesContent])
            ),
        "tool_choice": closed(["type", "name", "mode"], ["tools": closed(["type", "name"])]),
        "text": open(["format": closed(["type", "name", "description", "schema", "strict"])]),
    ])

    private static let anthropicBlock = open([
        "source": closed(["type", "media_type", "data", "url", "file_id", "content"]), "cache_control": cacheControl,
        "content": open([
            "source": closed(["type", "media_type", "data", "url", "file_id", "content"]),
            "cache_control": cacheControl,
        ]),
    ])

    static let anthropic = open([
        "system": anthropicBlock, "messages": open(["content": anthropicBlock]),
        "tools": open(["cache_control": cacheControl]),
        "tool_choice": closed(["type", "name", "disable_parallel_tool_use"]),
        "output_config": open(["format": closed(["type", "name", "schema"])]),
    ])

    static let ollama = open([
        "messages": open([
            // Whose place in the list is its index.
            "tool_calls": closed(["id", "type"], ["function": closed(["name", "arguments", "index"])])
        ]),
        "tools": closed(["type"], ["function": closed(["name", "description", "parameters"])]),
    ])

    private static let geminiContent = closed(["role"], ["parts": geminiPart])
    private static let geminiMedia: KeyValuePairs<String, InnerFields> = [
        "inlineData": closed(["mimeType", "mime_type", "data"]),
        "inline_data": closed(["mimeType", "mime_type", "data"]),
        "fileData": closed(["mimeType", "mime_type", "fileUri", "file_uri"]),
        "file_data": closed(["mimeType", "mime_type", "fileUri", "file_uri"]),
    ]
    private static let geminiPart: InnerFields = {
        let result = closed(["id", "name", "response"], ["parts": closed([], geminiMedia)])
        let call = closed(["id", "name", "args"])
        var part = closed(
            ["text", "thought", "thoughtSignature", "thought_signature"],
            ["functionCall": call, "function_call": call, "functionResponse": result, "function_response": result]
        )
        part.inner += geminiMedia.map { ($0.key, $0.value) }
        return part.having(["text"] + part.inner.map(\.name))
    }()

    static let gemini: InnerFields = {
        let calling = closed(["mode", "allowedFunctionNames", "allowed_function_names"])
        let thinking = closed([
            "includeThoughts", "include_thoughts", "thinkingLevel", "thinking_level", "thinkingBudget",
            "thinking_budget",
        ])
        let configuration = open(["thinkingConfig": thinking, "thinking_config": thinking])
        let tools = open(["functionCallingConfig": calling, "function_calling_config": calling])
        return open([
            "contents": geminiContent, "systemInstruction": geminiContent, "system_instruction": geminiContent,
            "toolConfig": tools, "tool_config": tools, "generationConfig": configuration,
            "generation_config": configuration,
        ])
    }()
}
