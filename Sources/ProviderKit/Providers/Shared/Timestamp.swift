/// Points in time on the wire.
enum Timestamp {
    /// Seconds since 1970 of a date and time as RFC 3339 writes it, for example `2025-02-19T00:00:00.5-07:00`.
    static func seconds(rfc3339 text: String) -> Int? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] | 0x20 == UInt8(ascii: "t"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
            let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var zone = bytes[19...]
        if zone.first == UInt8(ascii: ".") {
            zone = zone.dropFirst().drop { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
        guard let offset = offset(zone) else { return nil }
        return ((HTTPDate.days(year: year, month: month, day: day) * 24 + hour) * 60 + minute - offset) * 60 + second
    }

    /// A point in time in UTC, as RFC 3339 writes it.
    static func rfc3339(seconds: Int) -> String {
        // Years of four digits only; what is beyond is no time of a model.
        let seconds = min(max(0, seconds), 253_402_300_799)
        // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March, eras have 400 years.
        let shifted = seconds / 86_400 + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let time = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60].map { padded($0) }.joined(separator: ":")
        return "\(padded(year, to: 4))-\(padded(month))-\(padded(day))T\(time)Z"
    }

    private static func padded(_ number: Int, to width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    // Minutes east of Greenwich.
    private static func offset(_ zone: ArraySlice<UInt8>) -> Int? {
        guard let sign = zone.first else { return nil }
        if sign | 0x20 == UInt8(ascii: "z"), zone.count == 1 { return 0 }
        guard zone.count == 6, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
            let hours = number(zone.dropFirst().prefix(2)), let minutes = number(zone.suffix(2))
        else { return nil }
        return (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -1 : 1)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value
    }
}
