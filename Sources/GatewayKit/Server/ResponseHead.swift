internal import CLinux
internal import CMicroHTTPD
internal import TransportKit

/// What is said of an answer before its body.
enum ResponseHead {
    enum Framing: Hashable {
        case length(Int)
        case chunked
        /// There is no body, or the connection's end is its end.
        case none
    }

    /// Whether a status has no body, nor the length of one (RFC 9110 §8.6).
    static func isBodyless(_ status: Int) -> Bool {
        status < 200 || status == 204 || status == 304
    }

    /// Whether a field is one that the connection decides.
    fileprivate static func isFraming(_ name: String) -> Bool {
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

    fileprivate static func isLegal(name byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: ":")
    }

    fileprivate static func isLegal(value byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F }

    /// The fields of an answer that may be sent: without those that the connection decides, and without any that would break
    /// the head.
    static func sendable(_ fields: HTTPFields) -> [(name: String, value: String)] {
        fields.fields.compactMap { field in
            guard !isFraming(field.name) else { return nil }
            let isWhole =
                !field.name.isEmpty && field.name.utf8.allSatisfy(isLegal(name:))
                && field.value.utf8.allSatisfy(isLegal(value:))
            return isWhole ? (field.name, field.value) : nil
        }
    }

    fileprivate static func reason(_ status: Int) -> String {
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

/// Writes the heads of answers that are sent without the library, one after another into the same memory.
struct ResponseHeadWriter {
    /// The last head.
    private(set) var bytes: [UInt8] = []
    /// The line of the time, made once a second.
    private var date: [UInt8] = []
    private var dateSecond = -1
    /// The status line of an answer that is good, which most are.
    private static let good = Array("HTTP/1.1 200 OK\r\n".utf8)

    /// Makes the head of an answer.
    mutating func make(_ response: GatewayResponse, framing: ResponseHead.Framing, closes: Bool) {
        readDate()
        bytes.removeAll(keepingCapacity: true)
        if response.status == 200 {
            bytes.append(contentsOf: Self.good)
        } else {
            bytes.append(contentsOf: "HTTP/1.1 \(response.status) \(ResponseHead.reason(response.status))\r\n".utf8)
        }
        bytes.append(contentsOf: date)
        if closes { append("Connection: close\r\n") }
        for field in response.fields.fields { append(field) }
        switch framing {
        case .length(let length):
            append("Content-Length: ")
            append(length)
            append("\r\n")
        case .chunked: append("Transfer-Encoding: chunked\r\n")
        case .none: break
        }
        append("\r\n")
    }

    private mutating func readDate() {
        let second = Int(LogEvent.now.components.seconds)
        guard second != dateSecond else { return }
        dateSecond = second
        date = Array("Date: \(ResponseHead.date(second))\r\n".utf8)
    }

    private mutating func append(_ field: HTTPFields.Field) {
        guard !ResponseHead.isFraming(field.name), !field.name.isEmpty else { return }
        let start = bytes.count
        let isWhole = append(field.name, if: ResponseHead.isLegal(name:))
        append(": ")
        guard isWhole, append(field.value, if: ResponseHead.isLegal(value:)) else {
            bytes.removeSubrange(start...)
            return
        }
        append("\r\n")
    }

    /// - Returns: Whether all bytes of a text are legal.
    @inline(__always)
    private mutating func append(_ text: String, if isLegal: (UInt8) -> Bool) -> Bool {
        var text = text
        return text.withUTF8 { text in
            for index in text.indices where unsafe !isLegal(text[index]) { return false }
            unsafe bytes.append(contentsOf: text)
            return true
        }
    }

    private mutating func append(_ text: StaticString) {
        unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func append(_ number: Int) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(truncatingIfNeeded: 48 + number / divisor % 10))
            divisor /= 10
        }
    }
}
