/// Names that nobody can guess.
enum RandomID {
    /// Makes one: 128 random bits in hexadecimal digits.
    static func make() -> String {
        var generator = SystemRandomness()
        return [generator.next(), generator.next()].map(digits).joined()
    }

    private static func digits(_ value: UInt64) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: 16 - text.utf8.count) + text
    }
}
