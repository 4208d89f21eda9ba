internal import TransportKit

/// Reads the content of a message in a caller's request.
enum OpenAIPartReader {
    /// Reads a content that is text or a list of parts.
    static func read(_ content: RequestField) throws(PlexError) -> [ContentPart] {
        try read(content, listOf: "parts", part)
    }

    /// Reads a content of any dialect that is text or a list.
    ///
    /// - Parameters:
    ///   - content: The content.
    ///   - name: What its elements are called, for errors.
    ///   - part: Reads an element.
    /// - Returns: The parts.
    /// - Throws: `PlexError`.
    static func read(
        _ content: RequestField,
        listOf name: String,
        _ part: (RequestField) throws(PlexError) -> ContentPart
    ) throws(PlexError) -> [ContentPart] {
        switch content.value {
        case .string(let text): return [.text(text)]
        case .array:
            var parts: [ContentPart] = []
            for element in try content.elements() { parts.append(try part(element)) }
            return parts
        default:
            throw content.invalid("expected a string or an array of \(name), found \(content.value.kindDescription)")
        }
    }

    private static func part(_ field: RequestField) throws(PlexError) -> ContentPart {
        let kind: ContentPart.Kind
        let name = try field.required("type").string()
        switch name {
        case "text": kind = .text(try field.required("text").string())
        case "refusal": kind = .refusal(try field.required("refusal").string())
        case "image_url": kind = .image(try image(try field.required("image_url")))
        case "input_audio": kind = .audio(try audio(try field.required("input_audio")))
        case "file": kind = .file(try file(try field.required("file")))
        default: return ContentPart(.unknown(field.value))
        }
        return ContentPart(
            kind,
            cacheHint: try cacheHint(field),
            extra: try field.rest(without: ["type", name, "cache_control"])
        )
    }

    /// The mark that several servers of this dialect take over from Anthropic's.
    static func cacheHint(_ field: RequestField) throws(PlexError) -> CacheHint? {
        guard let control = try field.optional("cache_control") else { return nil }
        return CacheHint(
            kind: try control.required("type").string(),
            timeToLive: try control.optional("ttl")?.string()
        )
    }

    private static func image(_ field: RequestField) throws(PlexError) -> Media {
        let url = try field.required("url")
        return try media(url, url: try url.nonEmptyString(), detail: try field.optional("detail")?.string())
    }

    private static func audio(_ field: RequestField) throws(PlexError) -> Media {
        let data = try field.required("data").nonEmptyString()
        let format = try field.required("format").nonEmptyString()
        return Media(.base64(data), mediaType: format == "mp3" ? "audio/mpeg" : "audio/\(format)")
    }

    private static func file(_ field: RequestField) throws(PlexError) -> Media {
        let name = try field.optional("filename")?.string()
        if let id = try field.optional("file_id") {
            return Media(.providerFile(try id.nonEmptyString()), filename: name)
        }
        guard let data = try field.optional("file_data") else {
            throw field.invalid("must have file_data or file_id")
        }
        let text = try data.nonEmptyString()
        guard text.hasPrefix("data:") || text.hasPrefix("https:") || text.hasPrefix("http:") else {
            return Media(.base64(text), filename: name)
        }
        var media = try media(data, url: text, detail: nil)
        media.filename = name
        return media
    }

    /// What a URL leads to, or the bytes that it holds.
    static func media(_ field: RequestField, url: String, detail: String?) throws(PlexError) -> Media {
        let media = Media(.url(url), detail: detail).inlined
        if case .url(let url) = media.source, url.hasPrefix("data:") {
            throw field.invalid("expected a data URL in Base64, such as data:image/png;base64,…")
        }
        return media
    }
}
