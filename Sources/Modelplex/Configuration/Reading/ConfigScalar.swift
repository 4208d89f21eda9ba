/// Turns single values into numbers, times and sizes; all answers are `nil` if a value is none.
enum ConfigScalar {
    // Text that came from a variable may stand for a number: the environment has nothing but text.
    static func integer(_ value: ConfigValue) -> Int? {
        switch value.content {
        case .integer(let integer): integer
        case .string(let text) where value.isFromVariable: Int(text)
        default: nil
        }
    }

    static func number(_ value: ConfigValue) -> Double? {
        switch value.content {
        case .integer(let integer): Double(integer)
        case .float(let number) where number.isFinite: number
        case .string(let text) where value.isFromVariable: Double(text).flatMap { $0.isFinite ? $0 : nil }
        default: nil
        }
    }

    static func boolean(_ value: ConfigValue) -> Bool? {
        switch value.content {
        case .bool(let flag): flag
        case .string(let text) where value.isFromVariable: Bool(text)
        default: nil
        }
    }

    /// A time: `"5s"`, `"500ms"`, `"2m"`, `"1h"`, or a number of seconds.
    static func duration(_ value: ConfigValue) -> Duration? {
        let seconds: Double?
        if case .string(let text) = value.content {
            let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)]
            let unit = units.first { text.hasSuffix($0.0) } ?? ("", 1)
            guard let amount = decimal(text.dropLast(unit.0.count)) else { return nil }
            guard !unit.0.isEmpty || value.isFromVariable else { return nil }
            seconds = amount * unit.1
        } else {
            seconds = number(value)
        }
        // A year at most: longer is a mistake, and sums of durations must not overflow.
        guard let seconds, (0...31_536_000).contains(seconds) else { return nil }
        return .nanoseconds(Int64((seconds * 1e9).rounded()))
    }

    /// A size in bytes: `"10MiB"`, `"1MB"`, or a number of bytes.
    static func size(_ value: ConfigValue) -> Int? {
        var bytes: Double?
        if case .string(let text) = value.content {
            let units: [(String, Double)] = [
                ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("kB", 1000), ("KB", 1000), ("MB", 1e6),
                ("GB", 1e9), ("B", 1),
            ]
            let unit = units.first { text.hasSuffix($0.0) } ?? ("", 1)
            guard !unit.0.isEmpty || value.isFromVariable else { return nil }
            bytes = decimal(text.dropLast(unit.0.count)).map { $0 * unit.1 }
        } else {
            bytes = integer(value).map(Double.init)
        }
        guard let bytes, (1...1_099_511_627_776).contains(bytes) else { return nil }
        return Int(bytes)
    }

    private static func decimal(_ text: Substring) -> Double? {
        guard let first = text.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return nil }
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".") })
        else { return nil }
        return Double(text)
    }
}

extension ConfigValue {
    /// Whether the text came from a variable.
    var isFromVariable: Bool {
        if override != nil { return true }
        if case .substituted = provenance { return true }
        return false
    }
}
