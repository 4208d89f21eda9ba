internal import TransportKit

extension JSONScanner {
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
