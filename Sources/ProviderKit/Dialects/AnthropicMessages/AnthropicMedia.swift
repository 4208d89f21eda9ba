internal import TransportKit

/// Images and documents on the wire of the Messages API.
enum AnthropicMedia {
    /// An image's `source`.
    ///
    /// - Throws: `PlexError` with code `invalidRequest` if the kind of image is not known.
    static func imageSource(_ media: Media, path: String) throws(PlexError) -> JSONValue {
        switch media.inlined.source {
        case .url(let url): return ["type": "url", "url": .string(url)]
        case .providerFile(let id): return ["type": "file", "file_id": .string(id)]
        case .base64(let data):
            guard let type = media.inlined.mediaType ?? sniffedImageType(data) else {
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
    static func document(_ media: Media, path: String) throws(PlexError) -> JSONObject {
        var block: JSONObject = ["type": "document", "source": try documentSource(media.inlined, path: path)]
        block["title"] = media.filename.map { .string($0) }
        return block
    }

    private static func documentSource(_ media: Media, path: String) throws(PlexError) -> JSONValue {
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

    // The first bytes of PNG, JPEG, GIF and WebP, in Base64.
    private static func sniffedImageType(_ data: String) -> String? {
        let marks = [
            ("iVBORw0KGgo", "image/png"), ("/9j/", "image/jpeg"), ("R0lGOD", "image/gif"), ("UklGR", "image/webp"),
        ]
        return marks.first { data.hasPrefix($0.0) }?.1
    }
}

extension Media {
    /// The same, with the bytes taken out of a `data:` URL, which providers do not fetch.
    var inlined: Media {
        guard case .url(let url) = source, url.hasPrefix("data:"), let comma = url.firstIndex(of: ",") else {
            return self
        }
        let head = url[url.index(url.startIndex, offsetBy: 5)..<comma].split(separator: ";")
        guard head.last == "base64" else { return self }
        var media = self
        media.source = .base64(String(url[url.index(after: comma)...]))
        media.mediaType = head.first.flatMap { $0.contains("/") ? String($0) : nil } ?? mediaType
        return media
    }
}

/// Base64 (RFC 4648 §4).
enum Base64 {
    /// The bytes, or `nil` if the text is not Base64; line ends are passed over.
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 4 * 3)
        var bits: UInt32 = 0
        var count = 0
        var isPadded = false
        for byte in text.utf8 {
            let value: UInt8
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            case UInt8(ascii: "="):
                isPadded = true
                continue
            case 0x0A, 0x0D: continue
            default: return nil
            }
            guard !isPadded else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return count < 6 ? bytes : nil
    }
}
