package import FoundationEssentials

extension JSONDecoder {
    /// Reads what models write: dates by ISO 8601, with or without fractions of a second.
    static var plain: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            let styles = [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true)]
            for style in styles {
                if let date = try? style.parse(text) { return date }
            }
            if let date = try? Date.ISO8601FormatStyle().year().month().day().parse(text) { return date }
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a date by ISO 8601")
        }
        return decoder
    }
}

extension JSONEncoder {
    /// Writes what models read: dates by ISO 8601, members in the order of their names so that the same value gives the same text.
    package static var plain: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}
