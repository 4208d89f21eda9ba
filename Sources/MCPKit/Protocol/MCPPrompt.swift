public import ProviderKit
public import TransportKit

/// A prompt that a server offers.
public struct MCPPrompt: MCPObject {
    /// Something that a prompt is made with.
    public struct Argument: MCPObject {
        /// The object as it came.
        public let json: JSONObject
        /// The argument's name.
        public let name: String

        /// Adopts an argument; `nil` without a name.
        public init?(json: JSONObject) {
            guard let name = json.string("name"), !name.isEmpty else { return nil }
            self.json = json
            self.name = name
        }

        init(unchecked json: JSONObject, name: String) {
            self.json = json
            self.name = name
        }

        /// A name for people.
        public var title: String? { json.string("title") }
        /// What it is.
        public var argumentDescription: String? { json.string("description") }
        /// Whether the prompt cannot be made without it.
        public var isRequired: Bool { json["required"]?.bool ?? false }

        /// The argument's name.
        public var description: String { name }
    }

    /// The object as it came.
    public let json: JSONObject
    /// The prompt's name.
    public let name: String

    /// Adopts a prompt; `nil` without a name.
    public init?(json: JSONObject) {
        guard let name = json.string("name"), !name.isEmpty else { return nil }
        self.json = json
        self.name = name
    }

    init(unchecked json: JSONObject, name: String) {
        self.json = json
        self.name = name
    }

    /// A name for people.
    public var title: String? { json.string("title") }
    /// What it is for.
    public var promptDescription: String? { json.string("description") }
    /// What it is made with.
    public var arguments: [Argument] { json.objects("arguments") }
    /// Pictures for it.
    public var icons: [MCPIcon] { json.objects("icons") }

    /// The prompt's name.
    public var description: String { name }
}

/// A prompt, made with its arguments.
public struct MCPPromptResult: MCPObject {
    /// One turn of the prompt.
    public struct Turn: MCPObject {
        /// The object as it came.
        public let json: JSONObject
        /// What is said.
        public let content: MCPContent

        /// Adopts a turn; `nil` without content.
        public init?(json: JSONObject) {
            guard let value = json["content"], let content = MCPContent(value) else { return nil }
            self.json = json
            self.content = content
        }

        /// Who speaks.
        public var role: Role { json.string("role").map(Role.init(rawValue:)) ?? .user }
    }

    /// The object as it came.
    public let json: JSONObject

    /// Adopts a prompt.
    public init(json: JSONObject) {
        self.json = json
    }

    /// What it is for.
    public var promptDescription: String? { json.string("description") }
    /// The turns, in order.
    public var messages: [Turn] { json.objects("messages") }
}
