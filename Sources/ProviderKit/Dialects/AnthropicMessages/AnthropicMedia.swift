internal import TransportKit

/// Images and documents on the wire of the Messages API.
enum AnthropicMedia {
    /// An image's `source`.
    ///
    /// - Throws: `PlexError` with code `invalidRequest` if the kind of image is not known.
    static func imageSource(_ media: Media, path: ConversationPlace) throws(PlexError) -> JSONValue {
        switch media.inlined.source {
        case .url(let url): return ["type": "url", "url": .string(url)]
        case .providerFile(let id): return ["type": "file", "file_id": .string(id)]
        case .base64(let data):
            guard let type = media.inlined.mediaType ?? Media.imageType(ofBase64: data) else {
                throw PlexError(
                    .invalidRequest,
                    "\(path): an image in Base64 needs its media type, for example image/png"
                )
            }
            return ["type": "base64", "media_type": .string(type), "data": .string(data)]
        }
    }

    /// A `document` block.
    ///
    /// - Throws: `PlexError` with code `unsupported` if the API does not read such files.
    static func document(_ media: Media, path: ConversationPlace) throws(PlexError) -> JSONObject {
        var block: JSONObject = ["type": "document", "source": try documentSource(media.inlined, path: path)]
        block["title"] = media.filename.map { .string($0) }
        return block
    }

    private static func documentSource(_ media: Media, path: ConversationPlace) throws(PlexError) -> JSONValue {
        switch media.source {
        case .url(let url): return ["type": "url", "url": .string(url)]
        case .providerFile(let id): return ["type": "file", "file_id": .string(id)]
        case .base64(let data):
            let type = media.mediaType ?? (data.hasPrefix("JVBERi") ? "application/pdf" : nil)
            if type == "application/pdf" {
                return ["type": "base64", "media_type": "application/pdf", "data": .string(data)]
            }
            if let type, type.hasPrefix("text/") || type == "application/json" {
                guard let bytes = Base64.decode(data), let text = String(validating: bytes, as: UTF8.self) else {
                    throw PlexError(.invalidRequest, "\(path): the file is not UTF-8 text in Base64")
                }
                return ["type": "text", "media_type": "text/plain", "data": .string(text)]
            }
            throw PlexError(
                .unsupported,
                "\(path): the Messages API reads PDF and text, not \(type ?? "a file without a media type")"
            )
        }
    }
}
