extension [UInt8] {
    /// Appends text that is JSON already, or stands around it.
    package mutating func append(raw text: StaticString) {
        unsafe append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a string in quotes; only what must be escaped is.
    package mutating func append(jsonString text: String) {
        append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { buffer in
            var start = 0
            var index = 0
            let count = buffer.count
            while index < count {
                let byte = unsafe buffer[index]
                if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                    index += 1
                    continue
                }
                unsafe append(contentsOf: UnsafeBufferPointer(rebasing: buffer[start..<index]))
                append(escapeOf: byte)
                index += 1
                start = index
            }
            unsafe append(contentsOf: UnsafeBufferPointer(rebasing: buffer[start..<count]))
        }
        append(UInt8(ascii: "\""))
    }

    private mutating func append(escapeOf byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\n"): append(UInt8(ascii: "n"))
        case UInt8(ascii: "\r"): append(UInt8(ascii: "r"))
        case UInt8(ascii: "\t"): append(UInt8(ascii: "t"))
        case 0x08: append(UInt8(ascii: "b"))
        case 0x0C: append(UInt8(ascii: "f"))
        case 0..<0x20:
            let digits: StaticString = "0123456789abcdef"
            append(raw: "u00")
            unsafe append(digits.utf8Start[Int(byte >> 4)])
            unsafe append(digits.utf8Start[Int(byte & 15)])
        default: append(byte)
        }
    }
}
