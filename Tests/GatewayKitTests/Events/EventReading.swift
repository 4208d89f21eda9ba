import Testing
import TransportKit

@testable import GatewayKit

/// An event as a reader gets it.
struct ReadEvent: Sendable, Equatable {
    var type: String
    var id: String?
    var data: JSONValue

    /// Reads the whole events in some bytes.
    static func all(in bytes: [UInt8]) throws -> [ReadEvent] {
        var decoder = SSEDecoder()
        decoder.append(bytes)
        var events: [ReadEvent] = []
        while let event = try decoder.next() {
            guard let type = event.event else { continue }
            events.append(ReadEvent(type: type, id: event.id, data: try JSONValue(parsing: event.data)))
        }
        return events
    }
}

extension EventDraft {
    /// An event that a test can tell from others.
    static func numbered(_ number: Int, _ kind: EventKind = .request) -> EventDraft {
        EventDraft(kind, ["number": .number(JSONNumber(number))], at: 0)
    }
}

extension GatewayEvent {
    static func numbered(_ number: Int, _ kind: EventKind = .request) -> GatewayEvent {
        GatewayEvent(.numbered(number, kind), id: "e.\(number)", at: 0)
    }
}
