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
// `@safe`: no more is written than `make` has made room for, and read than was written.
@safe struct ResponseHeadWriter {
    private var memory = [UInt8](repeating: 0, count: 1024)
    private var count = 0
    /// The line of the time, made once a second.
    private var date: [UInt8] = []
    private var dateSecond = -1
    /// The status line of an answer that is good, which most are.
    private static let good = Array("HTTP/1.1 200 OK\r\n".utf8)

    /// Calls a closure with the last head.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        unsafe memory.withUnsafeBytes { unsafe body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    /// Makes the head of an answer.
    mutating func make(_ response: GatewayResponse, framing: ResponseHead.Framing, closes: Bool) {
        readDate()
        let fields = response.fields.fields
        var status = Self.good
        if response.status != 200 {
            status = Array("HTTP/1.1 \(response.status) \(ResponseHead.reason(response.status))\r\n".utf8)
        }
        var needed = status.count + date.count + 128
        for field in fields { needed += field.name.utf8.count + field.value.utf8.count + 4 }
        if memory.count < needed { memory = [UInt8](repeating: 0, count: 2 * needed) }
        count = unsafe memory.withUnsafeMutableBytes { memory in
            var cursor = unsafe Cursor(memory: memory)
            unsafe cursor.append(status)
            unsafe cursor.append(date)
            if closes { unsafe cursor.append("Connection: close\r\n") }
            for field in fields where !ResponseHead.isFraming(field.name) { unsafe cursor.append(field) }
            switch framing {
            case .length(let length):
                unsafe cursor.append("Content-Length: ")
                unsafe cursor.append(length)
                unsafe cursor.append("\r\n\r\n")
            case .chunked: unsafe cursor.append("Transfer-Encoding: chunked\r\n\r\n")
            case .none: unsafe cursor.append("\r\n")
            }
            return unsafe cursor.place
        }
    }

    private mutating func readDate() {
        let second = Int(LogEvent.secondsNow)
        guard second != dateSecond else { return }
        dateSecond = second
        date = Array("Date: \(ResponseHead.date(second))\r\n".utf8)
    }

    /// Where the next byte goes.
    @unsafe private struct Cursor {
        let memory: UnsafeMutableRawBufferPointer
        var place = 0

        init(memory: UnsafeMutableRawBufferPointer) { unsafe self.memory = memory }

        mutating func append(_ bytes: [UInt8]) {
            unsafe bytes.withUnsafeBytes { unsafe append($0) }
        }

        mutating func append(_ text: StaticString) {
            unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        }

        /// Appends a field, unless it would break the head.
        mutating func append(_ field: HTTPFields.Field) {
            let start = unsafe place
            let isWhole = unsafe append(field.name, if: FieldBytes.isVisibleName)
            unsafe append(": ")
            guard isWhole, unsafe append(field.value, if: FieldBytes.isPrintable) else {
                unsafe place = start
                return
            }
            unsafe append("\r\n")
        }

        mutating func append(_ number: Int) {
            var divisor = 1
            while number / divisor >= 10 { divisor *= 10 }
            while divisor > 0 {
                unsafe memory[place] = UInt8(truncatingIfNeeded: 48 + number / divisor % 10)
                unsafe place += 1
                divisor /= 10
            }
        }

        /// - Returns: Whether all bytes of a text are legal.
        @inline(__always)
        private mutating func append(_ text: String, if isLegal: (UnsafeRawBufferPointer) -> Bool) -> Bool {
            unsafe text.utf8.span.withUnsafeBytes { bytes in
                guard unsafe isLegal(bytes) else { return false }
                unsafe append(bytes)
                return true
            }
        }

        @inline(__always)
        private mutating func append(_ bytes: UnsafeRawBufferPointer) {
            unsafe UnsafeMutableRawBufferPointer(rebasing: memory[place..<place + bytes.count]).copyMemory(from: bytes)
            unsafe place += bytes.count
        }
    }
}
