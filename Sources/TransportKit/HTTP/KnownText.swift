internal import Glibc

/// Texts that nearly every message has, for which no memory has to be found.
package enum KnownText {
    /// Bytes as text.
    package static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        if let known = unsafe known(bytes) { return known }
        return unsafe String(decoding: bytes, as: UTF8.self)
    }

    private static func known(_ bytes: UnsafeRawBufferPointer) -> String? {
        func matches(_ text: StaticString) -> Bool {
            guard let start = bytes.baseAddress else { return false }
            return unsafe memcmp(start, text.utf8Start, text.utf8CodeUnitCount) == 0
        }
        // Told apart by their length first; names in the two ways in which they are mostly written.
        switch bytes.count {
        case 3 where matches("*/*"): return "*/*"
        case 4 where matches("POST"): return "POST"
        case 4 where matches("Host"): return "Host"
        case 4 where matches("host"): return "host"
        case 6 where matches("Accept"): return "Accept"
        case 6 where matches("accept"): return "accept"
        case 9 where matches("localhost"): return "localhost"
        case 12 where matches("Content-Type"): return "Content-Type"
        case 12 where matches("content-type"): return "content-type"
        case 13 where matches("Authorization"): return "Authorization"
        case 13 where matches("authorization"): return "authorization"
        case 14 where matches("Content-Length"): return "Content-Length"
        case 14 where matches("content-length"): return "content-length"
        case 16 where matches("application/json"): return "application/json"
        case 17 where matches("text/event-stream"): return "text/event-stream"
        case 20 where matches("/v1/chat/completions"): return "/v1/chat/completions"
        default: return nil
        }
    }
}
