/// A JSON number, held as the text it was written with so that no digit is lost on the way through.
public struct JSONNumber: Sendable, Hashable {
    /// The number as RFC 8259 writes it, for example `0.70` or `1e400`.
    public let text: String

    /// Wraps text that is already known to be a JSON number.
    package init(uncheckedText text: String) {
        self.text = text
    }

    /// Makes a number from an integer.
    public init(_ value: Int) {
        text = String(value)
    }

    /// Makes a number with the fewest digits that read back as `value`.
    ///
    /// JSON has no infinities and no NaN, so these become `0`.
    public init(_ value: Double) {
        guard value.isFinite else {
            text = "0"
            return
        }
        if let whole = Int(exactly: value) {
            text = String(whole)
        } else {
            text = "\(value)"
        }
    }

    /// The exact integer value (`1.0` and `1e2` count), or `nil` if there is none in `Int`.
    public var int: Int? {
        Int(text) ?? Double(text).flatMap { abs($0) <= 9_007_199_254_740_992 ? Int(exactly: $0) : nil }
    }

    /// The nearest double; beyond its range an infinity.
    public var double: Double {
        Double(text) ?? .nan
    }
}
