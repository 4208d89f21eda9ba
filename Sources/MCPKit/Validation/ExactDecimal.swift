internal import TransportKit

/// A JSON number without rounding: digits without zeros at either end, times a power of ten.
struct ExactDecimal: Sendable, Hashable, Comparable {
    private let isNegative: Bool
    /// The digits' values, the first and last of which are not 0; empty for zero.
    private let digits: [UInt8]
    private let exponent: Int

    init(_ number: JSONNumber) {
        var digits: [UInt8] = []
        var exponent = 0
        var isFraction = false
        let parts = number.text.split(maxSplits: 1) { $0 == "e" || $0 == "E" }
        for byte in (parts.first ?? "").utf8 {
            switch byte {
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits.append(byte - UInt8(ascii: "0"))
                if isFraction { exponent -= 1 }
            default: break
            }
        }
        // An exponent beyond all reason is cut off, which keeps the order of numbers that anybody writes.
        let limit = 1_000_000_000
        if parts.count > 1 {
            let written = Int(parts[1]) ?? (parts[1].hasPrefix("-") ? -limit : limit)
            exponent += min(max(written, -limit), limit)
        }
        while digits.last == 0 {
            digits.removeLast()
            exponent += 1
        }
        self.digits = Array(digits.drop { $0 == 0 })
        self.exponent = self.digits.isEmpty ? 0 : exponent
        isNegative = !self.digits.isEmpty && number.text.hasPrefix("-")
    }

    var isInteger: Bool { exponent >= 0 }
    var isPositive: Bool { !isNegative && !digits.isEmpty }

    /// The same number for each way to write it.
    var canonical: JSONNumber {
        let text = digits.isEmpty ? "0" : String(decoding: digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
        return JSONNumber(uncheckedText: (isNegative ? "-" : "") + text + "e\(exponent)")
    }

    /// Whether this is a whole multiple of a number that is not zero.
    func isMultiple(of divisor: ExactDecimal) -> Bool {
        guard !digits.isEmpty else { return true }
        guard divisor.digits.count <= 18 else { return self == divisor }
        let shift = exponent - divisor.exponent
        // These digits end in no zero, so a power of ten does not divide them.
        guard shift >= 0 else { return false }
        let modulus = divisor.digits.reduce(UInt64(0)) { $0 * 10 + UInt64($1) }
        var rest = digits.reduce(UInt64(0)) { rest, digit in
            Self.product(rest, 10, modulo: modulus, adding: UInt64(digit))
        }
        var (power, factor) = (shift, UInt64(10) % modulus)
        while power > 0 {
            if power & 1 == 1 { rest = Self.product(rest, factor, modulo: modulus) }
            factor = Self.product(factor, factor, modulo: modulus)
            power >>= 1
        }
        return rest == 0
    }

    static func < (left: ExactDecimal, right: ExactDecimal) -> Bool {
        let (leftSign, rightSign) = (left.sign, right.sign)
        guard leftSign == rightSign else { return leftSign < rightSign }
        return leftSign < 0 ? right.isSmallerInSize(than: left) : left.isSmallerInSize(than: right)
    }

    private var sign: Int { digits.isEmpty ? 0 : isNegative ? -1 : 1 }

    private func isSmallerInSize(than other: ExactDecimal) -> Bool {
        let (size, otherSize) = (digits.count + exponent, other.digits.count + other.exponent)
        return size == otherSize ? digits.lexicographicallyPrecedes(other.digits) : size < otherSize
    }

    private static func product(_ left: UInt64, _ right: UInt64, modulo: UInt64, adding: UInt64 = 0) -> UInt64 {
        let (high, low) = left.multipliedFullWidth(by: right)
        let (sum, overflow) = low.addingReportingOverflow(adding)
        return modulo.dividingFullWidth(((high + (overflow ? 1 : 0)) % modulo, sum)).remainder
    }
}
