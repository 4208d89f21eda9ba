public import TransportKit

/// Something that a server lets be read.
public struct MCPResource: MCPObject {
    /// The object as it came.
    public let json: JSONObject
    /// What it is asked for by.
    public let uri: String

    /// Adopts a resource; `nil` without a URI.
    public init?(json: JSONObject) {
        guard let uri = json.string("uri"), !uri.isEmpty else { return nil }
        self.json = json
        self.uri = uri
    }

    /// Its name.
    public var name: String { json.string("name") ?? uri }
    /// A name for people.
    public var title: String? { json.string("title") }
    /// What it is, for a model.
    public var resourceDescription: String? { json.string("description") }
    /// The media type, where the server knows it.
    public var mediaType: String? { json.string("mimeType") }
    /// The number of its bytes, where the server knows it.
    public var size: Int? { json["size"]?.int }
    /// For whom it is and how much it matters.
    public var annotations: MCPAnnotations { MCPAnnotations(json: json["annotations"]?.object ?? [:]) }
    /// Pictures for it.
    public var icons: [MCPIcon] { json.objects("icons") }

    /// The URI.
    public var description: String { uri }
}

/// A form of URI (RFC 6570) of which a server makes resources.
public struct MCPResourceTemplate: MCPObject {
    /// The object as it came.
    public let json: JSONObject
    /// The form, with variables in braces.
    public let uriTemplate: String

    /// Adopts a template; `nil` without a form.
    public init?(json: JSONObject) {
        guard let template = json.string("uriTemplate"), !template.isEmpty else { return nil }
        self.json = json
        uriTemplate = template
    }

    /// Its name.
    public var name: String { json.string("name") ?? uriTemplate }
    /// A name for people.
    public var title: String? { json.string("title") }
    /// What it is, for a model.
    public var templateDescription: String? { json.string("description") }
    /// The media type of all of its resources, where they have one.
    public var mediaType: String? { json.string("mimeType") }
    /// For whom it is and how much it matters.
    public var annotations: MCPAnnotations { MCPAnnotations(json: json["annotations"]?.object ?? [:]) }

    /// The form.
    public var description: String { uriTemplate }
}

/// What a resource holds.
public struct MCPResourceContents: MCPObject {
    /// The object as it came.
    public let json: JSONObject
    /// The resource.
    public let uri: String

    /// Adopts contents; `nil` without a URI.
    public init?(json: JSONObject) {
        guard let uri = json.string("uri") else { return nil }
        self.json = json
        self.uri = uri
    }

    /// The media type, where the server knows it.
    public var mediaType: String? { json.string("mimeType") }
    /// The text, if it is text.
    public var text: String? { json.string("text") }
    /// The bytes in Base64 (RFC 4648 §4), if it is not.
    public var base64: String? { json.string("blob") }

    /// The URI.
    public var description: String { uri }
}
