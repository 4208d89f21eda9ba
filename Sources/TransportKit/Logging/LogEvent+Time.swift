internal import CLinux

extension LogEvent {
    /// The wall clock's time.
    package static var now: Duration {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// The time as a number of seconds since 1970.
    package static var secondsNow: Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// The time as RFC 3339 writes it, in UTC with milliseconds: `2026-01-31T23:59:59.123Z`.
    public var timestamp: String {
        Self.timestamp(of: timeSinceEpoch)
    }

    /// A time since 1970 as `timestamp` writes it.
    package static func timestamp(of timeSinceEpoch: Duration) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(24)
        appendTimestamp(of: timeSinceEpoch, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends a time as `timestamp` writes it.
    package static func appendTimestamp(of timeSinceEpoch: Duration, to text: inout [UInt8]) {
        let (seconds, attoseconds) = timeSinceEpoch.components
        let day = floor(seconds, 86_400)
        let second = Int(seconds - day * 86_400)
        let (year, month, dayOfMonth) = date(ofDay: Int(day))
        func append(_ value: Int, digits: Int, then separator: Unicode.Scalar) {
            var divisor = 1
            for _ in 1..<digits { divisor *= 10 }
            while divisor > 0 {
                text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
                divisor /= 10
            }
            text.append(UInt8(ascii: separator))
        }
        append(year, digits: 4, then: "-")
        append(month, digits: 2, then: "-")
        append(dayOfMonth, digits: 2, then: "T")
        append(second / 3600, digits: 2, then: ":")
        append(second / 60 % 60, digits: 2, then: ":")
        append(second % 60, digits: 2, then: ".")
        append(Int(attoseconds / 1_000_000_000_000_000), digits: 3, then: "Z")
    }

    // Days since 1970 to a Gregorian date, by eras of 400 years that begin on 1 March (Howard Hinnant's
    // civil_from_days).
    private static func date(ofDay day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = Int(floor(Int64(shifted), 146_097))
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
    }
}
