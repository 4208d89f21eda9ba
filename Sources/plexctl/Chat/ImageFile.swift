import ProviderKit

/// Reads images from files.
enum ImageFile {
    /// The largest image, in bytes, as most providers have it.
    static let sizeLimit = 20_000_000

    /// Reads an image.
    ///
    /// - Parameter path: The file.
    /// - Returns: The image, with its type told by its first bytes and not by its name.
    /// - Throws: `Failure`, if it cannot be read, is too large or of no known type.
    static func read(_ path: String) throws(Failure) -> Media {
        let bytes = try FileReader.read(path, limit: sizeLimit)
        guard let mediaType = mediaType(of: bytes) else {
            throw Failure(.badData, "'\(path)' is no PNG, JPEG, GIF or WebP image; convert it to one of these")
        }
        let name = path.split(separator: "/").last.map(String.init)
        return Media(.base64(base64(bytes)), mediaType: mediaType, filename: name)
    }

    /// The media type that the first bytes tell, or `nil`.
    static func mediaType(of bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) { return "image/gif" }
        if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) { return "image/webp" }
        return nil
    }

    /// The bytes in Base64 (RFC 4648 §4).
    static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var group = Int(bytes[start]) << 16
            if count > 1 { group |= Int(bytes[start + 1]) << 8 }
            if count > 2 { group |= Int(bytes[start + 2]) }
            for place in 0..<4 {
                text.append(place <= count ? alphabet[group >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
