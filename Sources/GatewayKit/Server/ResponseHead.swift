internal import CLinux
internal import CMicroHTTPD
internal import TransportKit

/// The head of an answer that is sent without the library.
struct ResponseHead {
    enum Framing: Hashable {
        case length(Int)
        case chunked
        /// The connection's end is the body's.
        case untilClose
    }

    /// Whether a field is one that the connection decides.
    private static func isFraming(_ name: String) -> Bool {
        // Most names are told apart by their length alone.
        switch name.utf8.count {
        case 4: name.lowercased() == "date"
        case 7: name.lowercased() == "upgrade"
        case 10: ["connection", "keep-alive"].contains(name.lowercased())
        case 14: name.lowercased() == "content-length"
        case 17: name.lowercased() == "transfer-encoding"
        default: false
        }
    }

    /// The fields of an answer that may be sent: without those that the connection decides, and without any that would break
    /// the head.
    static func sendable(_ fields: HTTPFields) -> [(name: String, value: String)] {
        fields.fields.compactMap { field in
            guard !isFraming(field.name) else { return nil }
            let isWhole =
                !field.name.isEmpty && field.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
                && field.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            return isWhole ? (field.name, field.value) : nil
        }
    }

    static func bytes(_ response: GatewayResponse, framing: Framing, closes: Bool, date: String) -> [UInt8] {
        var text = "HTTP/1.1 \(response.status) \(reason(response.status))\r\nDate: \(date)\r\n"
        if closes { text += "Connection: close\r\n" }
        for (name, value) in sendable(response.fields) { text += "\(name): \(value)\r\n" }
        switch framing {
        case .length(let length): text += "Content-Length: \(length)\r\n"
        case .chunked: text += "Transfer-Encoding: chunked\r\n"
        case .untilClose: break
        }
        text += "\r\n"
        return Array(text.utf8)
    }

    private static func reason(_ status: Int) -> String {
        guard let text = unsafe MHD_get_reason_phrase_for(UInt32(clamping: status)) else { return "" }
        return unsafe String(cString: text)
    }

    /// A time as HTTP writes it (RFC 9110 §5.6.7).
    static func date(_ seconds: Int) -> String {
        var time = time_t(seconds)
        var parts = unsafe tm()
        unsafe gmtime_r(&time, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let (weekday, month) = unsafe (Int(parts.tm_wday), Int(parts.tm_mon))
        let day = unsafe "\(days[weekday]), \(two(parts.tm_mday)) \(months[month]) \(parts.tm_year + 1900)"
        return unsafe "\(day) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }
}
