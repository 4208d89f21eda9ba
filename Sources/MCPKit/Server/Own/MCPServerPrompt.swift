internal import TransportKit

/// Finds how an argument may go on, of what there is of it and the arguments that are filled in already.
public typealias MCPCompleter = @Sendable (_ value: String, _ others: [String: String]) async throws -> [String]

/// A prompt of an ``MCPServer``.
public struct MCPServerPrompt: Sendable {
    /// What clients are told of the prompt.
    public var definition: MCPPrompt
    /// How its arguments may go on, by their names.
    public var completions: [String: MCPCompleter]

    let make: @Sendable ([String: String], MCPCallContext) async throws -> MCPPromptResult

    /// Makes a prompt.
    ///
    /// - Parameters:
    ///   - name: The prompt's name.
    ///   - description: What it is for.
    ///   - title: A name for people.
    ///   - arguments: What it is made with.
    ///   - completions: How its arguments may go on, by their names.
    ///   - make: Makes the messages of the arguments; those that are required are there.
    public init(
        _ name: String,
        _ description: String,
        title: String? = nil,
        arguments: [MCPPrompt.Argument] = [],
        completions: [String: MCPCompleter] = [:],
        make: @escaping @Sendable ([String: String], MCPCallContext) async throws -> MCPPromptResult
    ) {
        definition = MCPPrompt(name: name, description: description, title: title, arguments: arguments)
        self.completions = completions
        self.make = make
    }

    /// Makes a prompt of one message of the user.
    ///
    /// - Parameters:
    ///   - name: The prompt's name.
    ///   - description: What it is for.
    ///   - arguments: What it is made with.
    ///   - completions: How its arguments may go on, by their names.
    ///   - text: Makes the message of the arguments; those that are required are there.
    public init(
        _ name: String,
        _ description: String,
        arguments: [MCPPrompt.Argument] = [],
        completions: [String: MCPCompleter] = [:],
        text: @escaping @Sendable ([String: String]) async throws -> String
    ) {
        self.init(name, description, arguments: arguments, completions: completions) { arguments, _ in
            MCPPromptResult(text: try await text(arguments))
        }
    }
}

extension MCPPrompt {
    /// Makes a prompt's description.
    ///
    /// - Parameters:
    ///   - name: The prompt's name.
    ///   - description: What it is for.
    ///   - title: A name for people.
    ///   - arguments: What it is made with.
    public init(name: String, description: String? = nil, title: String? = nil, arguments: [Argument] = []) {
        var json: JSONObject = ["name": .string(name)]
        json["title"] = title.map { .string($0) }
        json["description"] = description.map { .string($0) }
        json["arguments"] = .array(arguments.map { .object($0.json) })
        self.init(unchecked: json, name: name)
    }
}

extension MCPPrompt.Argument {
    /// Makes an argument's description.
    ///
    /// - Parameters:
    ///   - name: The argument's name.
    ///   - description: What it is.
    ///   - isRequired: Whether the prompt cannot be made without it.
    public init(_ name: String, _ description: String? = nil, isRequired: Bool = false) {
        var json: JSONObject = ["name": .string(name)]
        json["description"] = description.map { .string($0) }
        json["required"] = .bool(isRequired)
        self.init(unchecked: json, name: name)
    }
}

extension MCPPromptResult {
    /// Makes a prompt of one message of the user.
    ///
    /// - Parameters:
    ///   - text: The message.
    ///   - description: What it is for.
    public init(text: String, description: String? = nil) {
        var json: JSONObject = [
            "messages": [["role": "user", "content": ["type": "text", "text": .string(text)]]]
        ]
        json["description"] = description.map { .string($0) }
        self.init(json: json)
    }
}
