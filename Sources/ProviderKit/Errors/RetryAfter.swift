package import TransportKit

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Reads how long a server asks to wait.
package enum RetryAfter {
    /// The wait that header fields ask for: `retry-after-ms`, or `Retry-After` in seconds or as a date (RFC 9110 §10.2.3).
    ///
    /// - Parameters:
    ///   - fields: The answer's header fields; their own `Date`, where present, is what a date is compared with.
    ///   - now: Seconds since 1970, for an answer without `Date`.
    /// - Returns: The wait, or `nil` if none is asked for.
    package static func duration(in fields: HTTPFields, now: Int = currentTime()) -> Duration? {
        if let value = fields["retry-after-ms"].flatMap(Double.init), value.isFinite, value >= 0 {
            return .milliseconds(min(value, maximumSeconds * 1000))
        }
        guard let value = fields["retry-after"] else { return nil }
        if let seconds = Double(value) {
            guard seconds.isFinite, seconds >= 0 else { return nil }
            return .milliseconds(min(seconds, maximumSeconds) * 1000)
        }
        guard let date = HTTPDate.seconds(value) else { return nil }
        let base = fields["date"].flatMap { HTTPDate.seconds($0) } ?? now
        return .seconds(max(0, date - base))
    }

    // Far beyond any use, and far from overflow.
    private static let maximumSeconds = 1_000_000_000.0

    /// Seconds since 1970.
    package static func currentTime() -> Int {
        Int(time(nil))
    }
}

/// Reads the three forms of a date in HTTP (RFC 9110 §5.6.7).
package enum HTTPDate {
    /// Seconds since 1970, or `nil` if the text is no such date.
    package static func seconds(_ text: String) -> Int? {
        let words = text.split { " ,-".contains($0) }.map(String.init)
        switch words.count {
        // Sun, 06 Nov 1994 08:49:37 GMT · Sunday, 06-Nov-94 08:49:37 GMT
        case 6 where words[5] == "GMT" || words[5] == "UTC":
            return seconds(day: words[1], month: words[2], year: words[3], time: words[4])
        // Sun Nov  6 08:49:37 1994
        case 5: return seconds(day: words[2], month: words[1], year: words[4], time: words[3])
        default: return nil
        }
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func seconds(day: String, month: String, year: String, time: String) -> Int? {
        let clock = time.split(separator: ":").compactMap { Int($0) }
        guard let day = Int(day), (1...31).contains(day), let month = months.firstIndex(of: month),
            var year = Int(year), (0...9999).contains(year), clock.count == 3, (0..<24).contains(clock[0]),
            (0..<60).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        // Two digits mean the century that is nearest; those above 69 are of the last one.
        if year < 100 { year += year < 70 ? 2000 : 1900 }
        return ((days(year: year, month: month + 1, day: day) * 24 + clock[0]) * 60 + clock[1]) * 60 + clock[2]
    }

    /// Days since 1970 in the Gregorian calendar.
    static func days(year: Int, month: Int, day: Int) -> Int {
        // Years begin in March here, so that a leap day is a year's last.
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
