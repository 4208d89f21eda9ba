extension Media {
    /// The type of what a URL leads to, by the ending of its path, or `nil` if that says nothing.
    static func type(ofURL url: String) -> String? {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        guard let dot = path.lastIndex(of: "."), path[dot...].utf8.count <= 6 else { return nil }
        let types = [
            "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
            "heic": "image/heic", "pdf": "application/pdf", "txt": "text/plain", "mp3": "audio/mpeg",
            "wav": "audio/wav", "mp4": "video/mp4",
        ]
        return types[path[path.index(after: dot)...].lowercased()]
    }

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

    /// The media type of an image, told from its first bytes: PNG, JPEG, GIF and WebP.
    static func imageType(ofBase64 data: String) -> String? {
        let marks = [
            ("iVBORw0KGgo", "image/png"), ("/9j/", "image/jpeg"), ("R0lGOD", "image/gif"), ("UklGR", "image/webp"),
        ]
        return marks.first { data.hasPrefix($0.0) }?.1
    }
}

/// Base64 (RFC 4648 §4).
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Appends the text for some bytes, padded.
    static func encode(_ bytes: [UInt8], into text: inout [UInt8]) {
        text.reserveCapacity(text.count + (bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for position in 0..<4 {
                let isPadding = position > group.count
                text.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(bits >> UInt32(18 - 6 * position) & 63)])
            }
        }
    }

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
