internal import TransportKit

extension Endpoint {
    /// The same endpoint without one of these at the end of its path, which people add by habit.
    func removingPathSuffixes(_ suffixes: [String]) -> Endpoint {
        var endpoint = self
        while endpoint.base.hasSuffix("/") {
            endpoint.base.removeLast()
        }
        if let suffix = suffixes.first(where: endpoint.base.hasSuffix) {
            endpoint.base.removeLast(suffix.count)
        }
        return endpoint
    }
}

extension HTTPChatClient {
    /// What would be sent for a chat request.
    func preview(_ request: ChatRequest, isStreaming: Bool) throws(PlexError) -> RequestPreview {
        do {
            let encoded = try dialect.encode(request, isStreaming: isStreaming)
            return RequestPreview(
                method: "POST",
                url: configuration.endpoint.base + encoded.path,
                body: encoded.body,
                warnings: encoded.warnings
            )
        } catch {
            throw context(model: request.model).completing(error)
        }
    }
}

extension String {
    /// The text as a value in a URL's query (RFC 3986 §2.3: all but unreserved characters are escaped).
    var percentEncodedForQuery: String {
        var result = ""
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }
}
