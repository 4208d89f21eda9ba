internal import TransportKit

extension ConfigValue {
    /// The tree as JSON.
    ///
    /// - Throws: `InvalidText` if it holds an infinity or no number, which JSON has not.
    func json() throws(InvalidText) -> JSONValue {
        switch content {
        case .null: return .null
        case .bool(let flag): return .bool(flag)
        case .integer(let integer): return .number(JSONNumber(integer))
        case .float(let number):
            guard number.isFinite else { throw InvalidText("JSON has no infinities") }
            // As text, so that 1.0 stays a number with a point.
            return .number(JSONNumber(uncheckedText: "\(number)"))
        case .string(let text): return .string(text)
        case .array(let elements):
            var values: [JSONValue] = []
            for element in elements { values.append(try element.json()) }
            return .array(values)
        case .table(let table):
            var object = JSONObject()
            for entry in table.entries { object[entry.key] = try entry.value.json() }
            return .object(object)
        }
    }
}
