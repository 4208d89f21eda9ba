internal import FoundationEssentials
public import TransportKit

/// What a resource of an ``MCPServer`` holds when it is read.
@nonexhaustive
public enum MCPServedContents: Sendable, Hashable {
    /// Text.
    case text(String)
    /// Bytes.
    case bytes([UInt8])
    /// Contents as the wire has them, which may be several.
    case json([JSONObject])
}

/// A resource of an ``MCPServer``, or a form of URI that it makes resources of.
public struct MCPServerResource: Sendable {
    enum Address: Sendable {
        case uri(String)
        case template(URITemplate)
    }

    /// What clients are told of the resource, as the wire has it.
    public var definition: JSONObject
    /// How a template's variables may go on, by their names.
    public var completions: [String: MCPCompleter] = [:]

    let address: Address
    let read: @Sendable ([String: String], String, MCPCallContext) async throws -> MCPServedContents
    let mistake: MCPError?

    /// Makes a resource.
    ///
    /// - Parameters:
    ///   - uri: What it is asked for by.
    ///   - name: Its name.
    ///   - description: What it is, for a model.
    ///   - mediaType: Its media type.
    ///   - read: Reads it.
    public init(
        _ uri: String,
        name: String,
        description: String? = nil,
        mediaType: String? = nil,
        read: @escaping @Sendable (MCPCallContext) async throws -> MCPServedContents
    ) {
        definition = Self.json("uri", uri, name, description, mediaType)
        address = .uri(uri)
        self.read = { _, _, context in try await read(context) }
        mistake =
            uri.contains(":")
            ? nil : MCPError(.configuration, "\"\(uri)\" cannot be a resource's URI: it has no scheme")
    }

    /// Makes a form of URI of which there are resources.
    ///
    /// - Parameters:
    ///   - template: The form (RFC 6570): `{name}` stands for anything without a slash, `{+name}` for anything.
    ///   - name: Its name.
    ///   - description: What its resources are, for a model.
    ///   - mediaType: The media type of all of them.
    ///   - completions: How the variables may go on, by their names.
    ///   - read: Reads the resource of the variables' values; throws a `JSONRPCFailure` if there is none.
    public init(
        template: String,
        name: String,
        description: String? = nil,
        mediaType: String? = nil,
        completions: [String: MCPCompleter] = [:],
        read: @escaping @Sendable (_ variables: [String: String], MCPCallContext) async throws -> MCPServedContents
    ) {
        definition = Self.json("uriTemplate", template, name, description, mediaType)
        self.completions = completions
        self.read = { variables, _, context in try await read(variables, context) }
        if let parsed = URITemplate(template) {
            address = .template(parsed)
            mistake = nil
        } else {
            address = .uri(template)
            mistake = MCPError(
                .configuration,
                "\"\(template)\" cannot be used as a template; use {name} and {+name} with text between them"
            )
        }
    }

    private static func json(
        _ member: String,
        _ address: String,
        _ name: String,
        _ description: String?,
        _ mediaType: String?
    ) -> JSONObject {
        var json: JSONObject = [member: .string(address), "name": .string(name)]
        json["description"] = description.map { .string($0) }
        json["mimeType"] = mediaType.map { .string($0) }
        return json
    }

    /// The result of reading.
    func result(of contents: MCPServedContents, _ uri: String) -> JSONObject {
        var json: JSONObject = ["uri": .string(uri)]
        json["mimeType"] = definition["mimeType"]
        switch contents {
        case .text(let text): json["text"] = .string(text)
        case .bytes(let bytes): json["blob"] = .string(Data(bytes).base64EncodedString())
        case .json(let all): return ["contents": .array(all.map { .object($0) })]
        }
        return ["contents": [.object(json)]]
    }
}
