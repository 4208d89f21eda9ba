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
        guard let mediaType = Media.mediaType(of: bytes), mediaType.hasPrefix("image/") else {
            throw Failure(.badData, "'\(path)' is no PNG, JPEG, GIF or WebP image; convert it to one of these")
        }
        let name = path.split(separator: "/").last.map(String.init)
        return Media(bytes: bytes, mediaType: mediaType, filename: name)
    }
}
