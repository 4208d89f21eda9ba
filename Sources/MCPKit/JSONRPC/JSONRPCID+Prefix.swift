extension JSONRPCID {
    /// Reads the id of a message of which only the beginning is there.
    ///
    /// Only members that stand before the first array or object are seen, and a string with an escape in it ends the search.
    ///
    /// - Parameter text: The beginning of a JSON text.
    package init?(beginning text: Span<UInt8>) {
        var scanner = Scanner(bytes: Array(copying: text))
        guard scanner.take(UInt8(ascii: "{")) else { return nil }
        while let name = scanner.string(), scanner.take(UInt8(ascii: ":")) {
            if name == "id" {
                if let text = scanner.string() {
                    self = .string(text)
                    return
                }
                guard let number = scanner.scalar(), let value = Int(number) else { return nil }
                self = .integer(value)
                return
            }
            guard scanner.string() != nil || scanner.scalar() != nil, scanner.take(UInt8(ascii: ",")) else {
                return nil
            }
        }
        return nil
    }

    private struct Scanner {
        let bytes: [UInt8]
        var place = 0

        mutating func take(_ byte: UInt8) -> Bool {
            skipBlanks()
            guard place < bytes.count, bytes[place] == byte else { return false }
            place += 1
            return true
        }

        mutating func string() -> String? {
            skipBlanks()
            guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { return nil }
            guard
                let end = bytes[(place + 1)...].firstIndex(where: {
                    $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\")
                }),
                bytes[end] == UInt8(ascii: "\"")
            else { return nil }
            defer { place = end + 1 }
            return String(decoding: bytes[(place + 1)..<end], as: UTF8.self)
        }

        /// A number or a literal that is whole.
        mutating func scalar() -> String? {
            skipBlanks()
            let rest = bytes[place...]
            guard
                let end = rest.firstIndex(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "}") || $0 <= 0x20 }),
                end > place, !rest[..<end].contains(where: { [UInt8(ascii: "{"), UInt8(ascii: "[")].contains($0) })
            else { return nil }
            defer { place = end }
            return String(decoding: rest[..<end], as: UTF8.self)
        }

        private mutating func skipBlanks() {
            while place < bytes.count, bytes[place] <= 0x20 { place += 1 }
        }
    }
}

extension [UInt8] {
    init(copying span: Span<UInt8>) {
        self = unsafe span.withUnsafeBufferPointer { unsafe Array($0) }
    }
}
