public import ProviderKit
internal import TransportKit

extension MCPContent {
    /// The piece as a model is given it.
    ///
    /// What a model cannot be shown, as a resource that is only named or a piece of an unknown kind, is told in words.
    public var part: ContentPart {
        switch kind {
        case .text(let text): .text(text)
        case .image(let media): .image(media)
        case .audio(let media): .audio(media)
        case .resourceLink(let resource): .text("[resource \(resource.uri): \(resource.title ?? resource.name)]")
        case .resource(let contents): contents.part
        case .unknown: .text(JSONValue.object(json).serializedString)
        }
    }
}

extension MCPResourceContents {
    /// The contents as a model is given them.
    public var part: ContentPart {
        if let text { return .text(text) }
        guard let base64 else { return .text("[resource \(uri), empty]") }
        let media = Media(.base64(base64), mediaType: mediaType, filename: filename)
        switch mediaType?.prefix(while: { $0 != "/" }) {
        case "image": return .image(media)
        case "audio": return .audio(media)
        default: return .file(media)
        }
    }

    private var filename: String? {
        uri.split(separator: "/").last.map(String.init)
    }
}

extension MCPToolResult {
    /// The result as the answer to a model's call.
    ///
    /// - Parameter call: The call.
    /// - Returns: The answer; structured content stands in for content that is missing.
    public func toolResult(for call: ToolCall) -> ToolResult {
        var parts = content.map(\.part)
        if parts.isEmpty {
            parts = [.text(structuredContent?.serializedString ?? "")]
        }
        return ToolResult(callID: call.id, name: call.name, content: parts, isError: isError)
    }
}
