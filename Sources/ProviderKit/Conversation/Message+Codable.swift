internal import TransportKit

/// Messages are kept in this library's own form, so that a conversation can go on with another provider:
///
/// ```json
/// {"role": "user", "content": [{"type": "text", "text": "Hello"}]}
/// ```
///
/// Whatever a message holds comes back equal, but that numbers in ``Message/extra`` beyond `Int` and `Double` lose digits. It is not
/// the form of any provider's wire.
extension Message: Codable {
    private enum CodingKeys: String, CodingKey {
        case role, content, name, extra
    }

    /// Reads a message; `content` may also be a single text.
    ///
    /// - Parameter decoder: The decoder to read from.
    /// - Throws: `DecodingError`, if it is no message.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let content: [ContentPart] =
            if let text = try? container.decode(String.self, forKey: .content) {
                [.text(text)]
            } else {
                try container.decode([ContentPart].self, forKey: .content)
            }
        self.init(
            role: try container.decode(Role.self, forKey: .role),
            content: content,
            name: try container.decodeIfPresent(String.self, forKey: .name),
            extra: try container.decodeExtra(forKey: .extra)
        )
    }

    /// Writes the message.
    ///
    /// - Parameter encoder: The encoder to write to.
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(role, forKey: .role)
        try container.encode(content, forKey: .content)
        try container.encodeIfPresent(name, forKey: .name)
        try container.encodeExtra(extra, forKey: .extra)
    }
}

extension ContentPart: Codable {
    private enum CodingKeys: String, CodingKey {
        case type, text, value, cacheHint, extra
    }

    /// Reads a piece.
    ///
    /// - Parameter decoder: The decoder to read from.
    /// - Throws: `DecodingError`, if it is no piece, or of a type that this version does not know.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let type = try container.decode(String.self, forKey: .type)
        let kind: Kind
        switch type {
        case "text": kind = .text(try container.decode(String.self, forKey: .text))
        case "image": kind = .image(try Media(from: decoder))
        case "audio": kind = .audio(try Media(from: decoder))
        case "file": kind = .file(try Media(from: decoder))
        case "toolCall": kind = .toolCall(try ToolCall(from: decoder))
        case "toolResult": kind = .toolResult(try ToolResult(from: decoder))
        case "reasoning": kind = .reasoning(try Reasoning(from: decoder))
        case "refusal": kind = .refusal(try container.decode(String.self, forKey: .text))
        case "unknown": kind = .unknown(try container.decode(JSONValue.self, forKey: .value))
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .type,
                in: container,
                debugDescription: "a message has a piece of a type that this version of ProviderKit does not know"
            )
        }
        self.init(
            kind,
            cacheHint: try container.decodeIfPresent(CacheHint.self, forKey: .cacheHint),
            extra: try container.decodeExtra(forKey: .extra)
        )
    }

    /// Writes the piece.
    ///
    /// - Parameter encoder: The encoder to write to.
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        let type: String
        switch kind {
        case .text(let text):
            type = "text"
            try container.encode(text, forKey: .text)
        case .image(let media):
            type = "image"
            try media.encode(to: encoder)
        case .audio(let media):
            type = "audio"
            try media.encode(to: encoder)
        case .file(let media):
            type = "file"
            try media.encode(to: encoder)
        case .toolCall(let call):
            type = "toolCall"
            try call.encode(to: encoder)
        case .toolResult(let result):
            type = "toolResult"
            try result.encode(to: encoder)
        case .reasoning(let reasoning):
            type = "reasoning"
            try reasoning.encode(to: encoder)
        case .refusal(let text):
            type = "refusal"
            try container.encode(text, forKey: .text)
        case .unknown(let value):
            type = "unknown"
            try container.encode(value, forKey: .value)
        }
        try container.encode(type, forKey: .type)
        try container.encodeIfPresent(cacheHint, forKey: .cacheHint)
        try container.encodeExtra(extra, forKey: .extra)
    }
}

extension Media: Codable {
    private enum CodingKeys: String, CodingKey {
        case base64, url, providerFile, mediaType, filename, detail
    }

    /// Reads a piece of media: one of `base64`, `url` and `providerFile`, and what is known of it.
    ///
    /// - Parameter decoder: The decoder to read from.
    /// - Throws: `DecodingError`, if none of these is there.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let source: Source =
            if let text = try container.decodeIfPresent(String.self, forKey: .base64) {
                .base64(text)
            } else if let url = try container.decodeIfPresent(String.self, forKey: .url) {
                .url(url)
            } else {
                .providerFile(try container.decode(String.self, forKey: .providerFile))
            }
        self.init(
            source,
            mediaType: try container.decodeIfPresent(String.self, forKey: .mediaType),
            filename: try container.decodeIfPresent(String.self, forKey: .filename),
            detail: try container.decodeIfPresent(String.self, forKey: .detail)
        )
    }

    /// Writes the piece of media.
    ///
    /// - Parameter encoder: The encoder to write to.
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch source {
        case .base64(let text): try container.encode(text, forKey: .base64)
        case .url(let url): try container.encode(url, forKey: .url)
        case .providerFile(let name): try container.encode(name, forKey: .providerFile)
        }
        try container.encodeIfPresent(mediaType, forKey: .mediaType)
        try container.encodeIfPresent(filename, forKey: .filename)
        try container.encodeIfPresent(detail, forKey: .detail)
    }
}

extension KeyedDecodingContainer {
    // Most messages have no such fields, and are kept without them.
    fileprivate func decodeExtra(forKey key: Key) throws -> JSONObject {
        try decodeIfPresent(JSONValue.self, forKey: key)?.object ?? [:]
    }
}

extension KeyedEncodingContainer {
    fileprivate mutating func encodeExtra(_ extra: JSONObject, forKey key: Key) throws {
        if !extra.isEmpty { try encode(JSONValue.object(extra), forKey: key) }
    }
}
