package import TransportKit

extension JSONObject {
    /// Adds the members of another object whose names are not there yet.
    package mutating func fill(from other: JSONObject) {
        for member in other.members where self[member.name] == nil {
            self[member.name] = member.value
        }
    }
}

extension ModelParameters {
    /// A request's own settings with these: defaults where it says nothing, overrides whatever it says.
    ///
    /// - Parameter request: The fields of a request.
    /// - Returns: The fields as they are to be sent.
    package func applied(to request: JSONObject) -> JSONObject {
        var result = request
        result.fill(from: defaults)
        for member in overrides.members {
            if member.value == .null {
                _ = result.removeValue(forName: member.name)
            } else {
                result[member.name] = member.value
            }
        }
        return result
    }
}
