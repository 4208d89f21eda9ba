package import TransportKit

extension JSONObject {
    /// Adds the members of another object whose names are not there yet.
    package mutating func fill(from other: JSONObject) {
        for member in other.members where self[member.name] == nil {
            self[member.name] = member.value
        }
    }
}
