internal import TransportKit

extension AccessLog {
    /// The fields of an exchange's line, for an event.
    func event(of record: ExchangeRecord) -> JSONObject {
        var fields = EventFields()
        add(record, to: &fields, redactor)
        return fields.data
    }

    /// The problems with a configuration, without keys and cut to a length.
    func clean(_ problems: [String]) -> [String] {
        let redactor = redactor
        return problems.prefix(20).map { Self.bounded($0, redactor, to: 1024) }
    }
}

/// Collects the values of an entry as JSON.
private struct EventFields: LogFields {
    var data: JSONObject = [:]

    mutating func add(_ name: StaticString, _ text: String) {
        // Text can hold no truth value, JSON can.
        data["\(name)"] = text == "true" && "\(name)" == "stream" ? .bool(true) : .string(text)
    }

    mutating func add(_ name: StaticString, _ number: Int) { data["\(name)"] = .number(JSONNumber(number)) }

    mutating func addDecimal(_ name: StaticString, whole: Int, tenth: Int) {
        data["\(name)"] = .number(JSONNumber(Double(whole) + Double(tenth) / 10))
    }
}
