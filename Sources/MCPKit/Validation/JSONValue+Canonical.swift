internal import TransportKit

extension JSONValue {
    /// The same value for each way to write it: numbers that are equal have one form.
    var canonical: JSONValue {
        switch self {
        case .number(let number): .number(ExactDecimal(number).canonical)
        case .array(let elements): .array(elements.map(\.canonical))
        case .object(let object): .object(object.canonical)
        default: self
        }
    }

    /// How many steps it takes to compare this with another value.
    var weight: Int {
        switch self {
        case .array(let elements): elements.reduce(1) { $0 + $1.weight }
        // A member is found by walking the list.
        case .object(let object):
            object.members.reduce(1 + object.count * object.count / 16) { $0 + $1.value.weight }
        default: 1
        }
    }
}

extension JSONObject {
    fileprivate var canonical: JSONObject {
        var members = members
        for index in members.indices {
            members[index].value = members[index].value.canonical
        }
        return JSONObject(uniqueMembers: members)
    }
}
