internal import TransportKit

/// Reads what a server answers on one stream of events.
///
/// It is told the bytes and gives the messages; it reads nothing itself.
package struct EventReader {
    /// What one event brought.
    package enum Item {
        /// The place that messages are to be posted to (2024-11-05).
        case endpoint(String)
        /// Messages, or what was none.
        case findings([JSONRPCDecoder.Finding])
    }

    private var decoder: SSEDecoder
    /// Whether any event came, one without a message included.
    package private(set) var hadEvents = false

    package init(maximumMessageSize: Int) {
        decoder = SSEDecoder(maximumEventSize: maximumMessageSize)
    }

    /// The last event's name, if the stream has set one.
    package var lastEventID: String? { decoder.lastEventID }
    /// How long the stream has said to wait before it is asked for again.
    package var retry: Duration? { decoder.reconnectionTime }

    package mutating func append(_ bytes: [UInt8]) {
        decoder.append(bytes)
    }

    /// The next event that says something, or `nil` if more bytes are needed for it.
    ///
    /// - Throws: `MCPError` with code `tooLarge`.
    package mutating func next() throws(MCPError) -> Item? {
        do {
            while let event = try decoder.next() {
                hadEvents = true
                // An event without data only names a place to go on from.
                guard !event.data.isEmpty else { continue }
                switch event.event {
                case nil, "message": return .findings(JSONRPCDecoder.findings(in: event.data))
                case "endpoint": return .endpoint(event.text)
                default: continue
                }
            }
            return nil
        } catch {
            throw MCPError(.tooLarge, "\(error)")
        }
    }
}

extension JSONRPCDecoder {
    /// What is in a text: one message or a batch.
    static func findings(in bytes: [UInt8]) -> [Finding] {
        var findings: [Finding] = []
        decode(bytes.span) { findings.append($0) }
        return findings
    }
}
