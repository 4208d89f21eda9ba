internal import TransportKit

extension JSONObject {
    /// The object with the members of another, which win.
    func adding(_ other: JSONObject) -> JSONObject {
        guard !other.isEmpty else { return self }
        var result = self
        for member in other.members {
            result[member.name] = member.value
        }
        return result
    }
}

extension JSONValue {
    /// Reads a frame of a stream.
    ///
    /// - Throws: `PlexError` with code `malformedResponse`.
    static func parsing(frame: [UInt8]) throws(PlexError) -> JSONValue {
        do {
            return try JSONValue(parsing: frame)
        } catch {
            throw PlexError(
                .malformedResponse,
                "the stream holds a piece that is not JSON: \(error)",
                underlyingError: error
            )
        }
    }
}
