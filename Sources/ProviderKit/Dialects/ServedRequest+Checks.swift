extension ServedRequest {
    /// The request, if it holds together.
    ///
    /// Providers refuse what does not, each in words about what was written for it.
    ///
    /// - Throws: `PlexError` with code `invalidRequest` and the caller's path: for a result of a tool that nobody called, and for an
    ///   image that is none or larger than 20 MiB.
    package func checked() throws(PlexError) -> ServedRequest {
        var calls: Set<String> = []
        for (index, message) in request.messages.enumerated() {
            for (part, content) in message.content.enumerated() {
                let problem: String?
                switch content.kind {
                case .toolCall(let call):
                    calls.insert(call.id)
                    problem = nil
                case .toolResult(let result):
                    problem =
                        calls.contains(result.callID)
                        ? result.content.lazy.compactMap(\.imageProblem).first
                        : "no message before this one has a call with this id"
                default: problem = content.imageProblem
                }
                guard let problem else { continue }
                let path = places.path(of: "messages[\(index)].content[\(part)]")
                throw PlexError(.invalidRequest, "\(path): \(problem)", parameter: path)
            }
        }
        return self
    }
}

extension ContentPart {
    // What the most generous of the services takes within a request.
    private static let largestImage = 20 << 20

    // Judged by its beginning: an image may be large.
    fileprivate var imageProblem: String? {
        guard case .image(let media) = kind, case .base64(let data) = media.inlined.source else { return nil }
        let size = data.utf8.count / 4 * 3
        guard size <= Self.largestImage else {
            return "the image has \(size >> 20) MiB, more than the \(Self.largestImage >> 20) that are translated"
        }
        guard data.utf8.prefix(32).allSatisfy(\.isBase64) else { return "the image's bytes are not Base64" }
        let isUsual = ["image/png", "image/jpeg", "image/gif", "image/webp"].contains(
            media.inlined.mediaType ?? "image/png"
        )
        guard !isUsual || Media.imageType(ofBase64: data) != nil else {
            return "this is no PNG, JPEG, GIF or WebP image"
        }
        return nil
    }
}

extension UInt8 {
    fileprivate var isBase64: Bool {
        switch self {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="), 0x0A, 0x0D:
            true
        default: false
        }
    }
}
