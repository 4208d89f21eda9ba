public import ProviderKit
public import TransportKit

/// One piece of a tool's result, or of a prompt.
public struct MCPContent: MCPObject {
    /// What a piece holds.
    @nonexhaustive
    public enum Kind: Sendable, Hashable {
        /// Text.
        case text(String)
        /// An image.
        case image(Media)
        /// A recording.
        case audio(Media)
        /// A resource, to be read if it is wanted.
        case resourceLink(MCPResource)
        /// A resource and what it holds.
        case resource(MCPResourceContents)
        /// A piece of a kind that is not known here.
        case unknown(String)
    }

    /// The object as it came.
    public let json: JSONObject

    /// Adopts a piece; `nil` without a type.
    public init?(json: JSONObject) {
        guard json.string("type") != nil else { return nil }
        self.json = json
    }

    /// Makes a piece of text.
    public init(text: String) {
        json = ["type": "text", "text": .string(text)]
    }

    /// What this piece holds.
    public var kind: Kind {
        let type = json.string("type") ?? ""
        switch type {
        case "text": return .text(json.string("text") ?? "")
        case "image": return .image(media)
        case "audio": return .audio(media)
        case "resource_link":
            guard let resource = MCPResource(json: json) else { return .unknown(type) }
            return .resourceLink(resource)
        case "resource":
            guard let value = json["resource"], let contents = MCPResourceContents(value) else { return .unknown(type) }
            return .resource(contents)
        default: return .unknown(type)
        }
    }

    /// The text, if this is a piece of text.
    public var text: String? {
        if case .text(let text) = kind { text } else { nil }
    }

    /// For whom the piece is and how much it matters.
    public var annotations: MCPAnnotations { MCPAnnotations(json: json["annotations"]?.object ?? [:]) }

    private var media: Media {
        Media(.base64(json.string("data") ?? ""), mediaType: json.string("mimeType"))
    }
}

/// For whom something is and how much it matters, as the server says.
public struct MCPAnnotations: MCPObject {
    /// The object as it came.
    public let json: JSONObject

    /// Adopts annotations.
    public init(json: JSONObject) {
        self.json = json
    }

    /// For whom it is: `user`, `assistant`; empty for both.
    public var audience: [Role] { json["audience"]?.array?.compactMap { $0.string.map(Role.init(rawValue:)) } ?? [] }
    /// From 0, may be left out, to 1, is needed.
    public var priority: Double? { json["priority"]?.double }
    /// When it last changed, as the server writes it (ISO 8601).
    public var lastModified: String? { json.string("lastModified") }
}

/// A picture for something that a server offers.
public struct MCPIcon: MCPObject {
    /// The object as it came.
    public let json: JSONObject
    /// Where it is: an `https` address or its data.
    public let source: String

    /// Adopts an icon; `nil` unless it is at an `https` address or comes with its data, as any other scheme is unsafe.
    public init?(json: JSONObject) {
        guard let source = json.string("src") else { return nil }
        let scheme = source.prefix { $0 != ":" }.lowercased()
        guard scheme == "https" || scheme == "data" else { return nil }
        self.json = json
        self.source = source
    }

    /// The media type, as the server says.
    public var mediaType: String? { json.string("mimeType") }
    /// The sizes it is good for, as `48x48` or `any`.
    public var sizes: [String] { json["sizes"]?.array?.compactMap(\.string) ?? [] }
}
