internal import FoundationEssentials
public import ProviderKit
public import TransportKit

/// A tool of an ``MCPServer``.
///
/// A `Tool` of ProviderKit is one too. This one has all that MCP has besides: a title, notes on its effects, a schema of its results, and a context
/// in which it can report progress, write to the client's log, and ask the client something.
public struct MCPServerTool: Sendable {
    /// What clients are told of the tool.
    public var definition: MCPTool

    let validator: SchemaValidator?
    let output: SchemaValidator?
    let call: @Sendable (JSONObject, MCPCallContext) async throws -> MCPToolResult
    /// What is wrong with the tool's declaration.
    let mistake: MCPError?

    /// Makes a tool of a function.
    ///
    /// - Parameters:
    ///   - name: The tool's name, 1 to 128 characters of `[A-Za-z0-9_.-]`.
    ///   - description: What it does, for a model.
    ///   - title: A name for people.
    ///   - annotations: What it does to the world, as the wire has it: `readOnlyHint` and others.
    ///   - function: What is called. Text is given back as it is; any other value as JSON, and an object as structured content too, with a schema if
    ///     one can be made of its type.
    public init<Arguments: Decodable & Sendable, Output: Encodable & Sendable>(
        _ name: String,
        _ description: String,
        title: String? = nil,
        annotations: JSONObject = [:],
        function: @escaping @Sendable (Arguments, MCPCallContext) async throws -> Output
    ) {
        let schema = Result { () throws(PlexError) in try JSONSchema.make(for: Arguments.self).asArguments }
        var json = Self.json(name, description, title, annotations)
        json["inputSchema"] = try? schema.get()
        json["outputSchema"] = Self.outputSchema(of: Output.self)
        self.init(json, schema.failure) { arguments, context in
            try Self.result(of: try await function(try Self.decode(arguments), context))
        }
    }

    /// Makes a tool of a function that needs no arguments.
    ///
    /// - Parameters:
    ///   - name: The tool's name, 1 to 128 characters of `[A-Za-z0-9_.-]`.
    ///   - description: What it does, for a model.
    ///   - title: A name for people.
    ///   - annotations: What it does to the world, as the wire has it.
    ///   - function: What is called.
    public init<Output: Encodable & Sendable>(
        _ name: String,
        _ description: String,
        title: String? = nil,
        annotations: JSONObject = [:],
        function: @escaping @Sendable (MCPCallContext) async throws -> Output
    ) {
        var json = Self.json(name, description, title, annotations)
        json["inputSchema"] = ["type": "object", "properties": [:]]
        json["outputSchema"] = Self.outputSchema(of: Output.self)
        self.init(json, nil) { _, context in try Self.result(of: try await function(context)) }
    }

    /// Makes a tool whose arguments and results are as the wire has them.
    ///
    /// - Parameters:
    ///   - definition: What clients are told of it.
    ///   - function: What is called, with arguments that fit the definition's schema.
    public init(
        _ definition: MCPTool,
        function: @escaping @Sendable (JSONObject, MCPCallContext) async throws -> MCPToolResult
    ) {
        self.init(definition.json, nil, function)
    }

    /// Makes a tool of one for models.
    ///
    /// - Parameter tool: The tool.
    public init(_ tool: Tool) {
        let definition = Result { () throws(PlexError) in try tool.definition }
        var json: JSONObject = ["name": .string(tool.name)]
        if let definition = try? definition.get() {
            json["description"] = definition.description.map { .string($0) }
            json["inputSchema"] = definition.parameters
        }
        self.init(json, definition.failure) { arguments, _ in
            let text = JSONValue.object(arguments).serializedString
            let result = try await tool.call(ToolCall(id: "", name: tool.name, arguments: text))
            let content = result.content.compactMap { MCPContent(part: $0).map { JSONValue.object($0.json) } }
            return MCPToolResult(json: ["content": .array(content), "isError": .bool(result.isError)])
        }
    }

    private init(
        _ json: JSONObject,
        _ failure: PlexError?,
        _ call: @escaping @Sendable (JSONObject, MCPCallContext) async throws -> MCPToolResult
    ) {
        let name = json.string("name") ?? ""
        definition = MCPTool(json: json) ?? MCPTool(name: "unnamed")
        self.call = call
        var mistake = failure.map { MCPError(.configuration, "tool \"\(name)\": \($0.message)") }
        var schemas: [String: SchemaValidator] = [:]
        for member in ["inputSchema", "outputSchema"] {
            guard let schema = json[member] else { continue }
            do throws(SchemaError) {
                schemas[member] = try SchemaValidator(schema)
            } catch {
                mistake =
                    mistake ?? MCPError(.configuration, "tool \"\(name)\": its \(member) cannot be used: \(error)")
            }
        }
        if !(1...128).contains(name.utf8.count) || !name.utf8.allSatisfy(Self.isNameByte) {
            let text = "\"\(name)\" cannot be a tool's name; use letters, digits, _, - and ., at most 128 of them"
            mistake = MCPError(.configuration, text)
        }
        validator = schemas["inputSchema"]
        output = schemas["outputSchema"]
        self.mistake = mistake
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private static func json(
        _ name: String,
        _ description: String,
        _ title: String?,
        _ annotations: JSONObject
    ) -> JSONObject {
        var json: JSONObject = ["name": .string(name)]
        json["title"] = title.map { .string($0) }
        json["description"] = .string(description)
        if !annotations.isEmpty { json["annotations"] = .object(annotations) }
        return json
    }
}

extension MCPServerTool {
    private static func decode<Arguments: Decodable>(_ arguments: JSONObject) throws(DecodingFailure) -> Arguments {
        let arguments = JSONValue.object(arguments)
        do throws(DecodingFailure) {
            return try arguments.decodePlainly(Arguments.self)
        } catch {
            // Arguments that are no object are asked for as the member `value` of one.
            if let inner = arguments["value"], let value = try? inner.decodePlainly(Arguments.self) { return value }
            throw error
        }
    }

    private static func result(of output: some Encodable) throws -> MCPToolResult {
        if let text = output as? String { return MCPToolResult(text: text) }
        let value = try output as? JSONValue ?? JSONValue(parsing: Array(JSONEncoder.plain.encode(output)))
        var json = MCPToolResult(text: value.serializedString).json
        if value.object != nil { json["structuredContent"] = value }
        return MCPToolResult(json: json)
    }

    /// The schema of what a type is encoded to, if that is an object and can be told from the type.
    private static func outputSchema(of type: Any.Type) -> JSONValue? {
        guard type != String.self, type != JSONValue.self, let type = type as? any (Decodable & Encodable).Type,
            let schema = try? JSONSchema.make(for: type), schema["type"] == "object"
        else { return nil }
        return schema
    }
}

extension JSONValue {
    /// The schema of an object: arguments that are none stand in its member `value`.
    fileprivate var asArguments: JSONValue {
        self["type"] == "object" || self["properties"] != nil
            ? self : ["type": "object", "properties": ["value": self], "required": ["value"]]
    }
}

extension Result {
    fileprivate var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}

extension MCPContent {
    /// A piece of what a tool for models gives back; `nil` for what clients cannot be given.
    init?(part: ContentPart) {
        switch part.kind {
        case .text(let text): self.init(text: text)
        case .image(let media): self.init("image", media)
        case .audio(let media): self.init("audio", media)
        case .file, .toolCall, .toolResult, .reasoning, .refusal, .unknown: return nil
        }
    }

    private init?(_ type: String, _ media: Media) {
        guard case .base64(let base64) = media.source else { return nil }
        var json: JSONObject = ["type": .string(type), "data": .string(base64)]
        json["mimeType"] = .string(media.mediaType ?? "application/octet-stream")
        self.init(json: json)
    }
}
