internal import TransportKit

extension JSONScanner {
    /// What a whole answer has of the members; `nil` if it is no JSON object.
    func members(of body: [UInt8]) -> [Member]? {
        var scanner = self
        return (try? scanner.scan(body.span)) == nil ? nil : scanner.members
    }

    /// Checks an event or a line of a stream and looks through it.
    ///
    /// - Throws: `PlexError` with code `malformedResponse`.
    mutating func scan(piece data: Span<UInt8>) throws(PlexError) {
        do {
            try scan(data)
        } catch {
            throw PlexError(
                .malformedResponse,
                "the stream holds a piece that is no JSON object: \(error)",
                underlyingError: error
            )
        }
    }
}
