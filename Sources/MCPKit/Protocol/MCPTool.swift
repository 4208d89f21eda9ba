public import TransportKit

/// A tool that a server offers.
public struct MCPTool: MCPObject {
    /// The object as it came.
    public let json: JSONObject

    /// Adopts a tool; `nil` without a name.
    public init?(json: JSONObject) {
        guard let name = json.string("name"), !name.isEmpty else { return nil }
        self.json = json
        self.name = name
    }

    /// Makes a tool.
    ///
    /// - Parameters:
    ///   - name: The tool's name, 1 to 128 characters of `[A-Za-z0-9_.-]`.
    ///   - description: What it does, for a model.
    ///   - inputSchema: The JSON Schema of its arguments.
    public init(name: String, description: String? = nil, inputSchema: JSONValue = ["type": "object"]) {
        var json: JSONObject = ["name": .string(name)]
        json["description"] = description.map { .string($0) }
        json["inputSchema"] = inputSchema
        self.json = json
        self.name = name
    }

    /// The tool's name.
    public let name: String
    /// A name for people.
    public var title: String? { json.string("title") ?? annotations.title }
    /// What the tool does, for a model.
    public var toolDescription: String? { json.string("description") }
    /// The JSON Schema of the arguments; an object with any members if the server says none.
    public var inputSchema: JSONValue { json["inputSchema"] ?? ["type": "object"] }
    /// The JSON Schema of a result's structured content, where the server promises one.
    public var outputSchema: JSONValue? { json["outputSchema"] }
    /// What the server says of the tool's effects.
    public var annotations: Annotations { Annotations(json: json["annotations"]?.object ?? [:]) }
    /// Whether a call may, must or must not be made as a task.
    public var taskSupport: TaskSupport {
        json["execution"]?["taskSupport"]?.string.map(TaskSupport.init(rawValue:)) ?? .forbidden
    }
    /// Pictures for the tool.
    public var icons: [MCPIcon] { json.objects("icons") }

    /// The tool's name.
    public var description: String { name }
}

extension MCPTool {
    /// What a server says of its tool's effects.
    ///
    /// These are claims: a server that is not trusted may claim anything.
    public struct Annotations: MCPObject {
        /// The object as it came.
        public let json: JSONObject

        /// Adopts annotations.
        public init(json: JSONObject) {
            self.json = json
        }

        /// A name for people.
        public var title: String? { json.string("title") }
        /// Whether the tool changes nothing; by default it may.
        public var isReadOnly: Bool { json["readOnlyHint"]?.bool ?? false }
        /// Whether the tool may destroy something; by default it may, unless it changes nothing.
        public var isDestructive: Bool { json["destructiveHint"]?.bool ?? !isReadOnly }
        /// Whether a second call with the same arguments has no further effect.
        public var isIdempotent: Bool { json["idempotentHint"]?.bool ?? false }
        /// Whether the tool reaches beyond what the server holds.
        public var isOpenWorld: Bool { json["openWorldHint"]?.bool ?? true }
    }

    /// Whether a call may be made as a task; the set is open.
    public struct TaskSupport: RawRepresentable, Sendable, Hashable {
        /// The word on the wire.
        public var rawValue: String
        /// Makes a value of the word on the wire.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// It must not.
        public static let forbidden = TaskSupport(rawValue: "forbidden")
        /// It may.
        public static let optional = TaskSupport(rawValue: "optional")
        /// It must.
        public static let required = TaskSupport(rawValue: "required")
    }
}
