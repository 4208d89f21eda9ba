/// The value of a `Content-Type` field, looked through as bytes: as characters it costs as much as reading the answer.
struct MediaTypeText {
    private let bytes: [UInt8]

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// Whether a piece of ASCII in lower case stands somewhere in it, without regard to case.
    func mentions(_ piece: StaticString) -> Bool {
        let count = piece.utf8CodeUnitCount
        guard count <= bytes.count else { return false }
        let wanted = unsafe UnsafeBufferPointer(start: piece.utf8Start, count: count)
        return (0...(bytes.count - count)).contains { start in
            (0..<count).allSatisfy { unsafe Self.lowered(bytes[start + $0]) == wanted[$0] }
        }
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
