internal import TransportKit

/// What `GET /events` tells of.
enum EventKind: String, Sendable, CaseIterable {
    /// A request has ended; the fields are those of the access log.
    case request
    /// How a provider is has changed.
    case providerState = "provider.state"
    /// A provider was asked how it is, and this came of it.
    case providerProbe = "provider.probe"
    /// A target is left alone from now on, or not any more.
    case targetState = "target.state"
    /// The connection to an MCP server has changed.
    case toolServerState = "mcp.state"
    /// Another configuration is in effect.
    case configurationReloaded = "configuration.reloaded"
    /// A configuration is wrong; the one before stays in effect.
    case configurationRefused = "configuration.refused"
    /// The gateway stops; nothing follows.
    case stopping = "gateway.stopping"
    /// The figures, every few seconds.
    case metrics
}

/// What is to be told, before it has a place among all events.
struct EventDraft: Sendable, Hashable {
    var kind: EventKind
    /// When it happened, in seconds since 1970; `nil` for when it is told.
    var time: Double?
    var data: JSONObject

    init(_ kind: EventKind, _ data: JSONObject = [:], at time: Double? = nil) {
        self.kind = kind
        self.time = time
        self.data = data
    }
}

/// One event as it is sent to all who want its kind.
struct GatewayEvent: Sendable, Hashable {
    let kind: EventKind
    /// The whole event in the form of server-sent events (WHATWG HTML, 9.2.6); shared by all queues.
    let bytes: [UInt8]

    /// Makes an event.
    ///
    /// - Parameters:
    ///   - draft: What is told.
    ///   - id: Its name.
    ///   - now: The seconds since 1970, where the draft has no time of its own.
    init(_ draft: EventDraft, id: String, at now: Double) {
        kind = draft.kind
        var data: JSONObject = ["time": .string(LogEvent.timestamp(ofSeconds: draft.time ?? now))]
        for member in draft.data.members { data[member.name] = member.value }
        var bytes = Array("id: \(id)\nevent: \(draft.kind.rawValue)\ndata: ".utf8)
        // JSON without a line break, so that it is one line of data.
        bytes += JSONValue.object(data).serialized
        bytes += [0x0A, 0x0A]
        self.bytes = bytes
    }
}

/// Which kinds of events somebody wants.
struct EventFilter: Sendable, Hashable {
    private static let maximumPatterns = 32

    private(set) var kinds: Set<EventKind>

    /// Everything.
    static let all = EventFilter(kinds: Set(EventKind.allCases))

    private init(kinds: Set<EventKind>) { self.kinds = kinds }

    /// Reads a list of patterns with commas between them, in which `*` stands for anything: `provider.*,metrics`.
    ///
    /// - Parameter list: The list.
    /// - Throws: `Problem`, if a pattern fits no kind.
    init(parsing list: String) throws(Problem) {
        let patterns = list.split(separator: ",", omittingEmptySubsequences: false)
        guard patterns.count <= Self.maximumPatterns else {
            throw Problem(text: "types has more than \(Self.maximumPatterns) parts; leave it out to get all events")
        }
        kinds = []
        for pattern in patterns {
            let fitting = EventKind.allCases.filter { Self.fits(Array($0.rawValue.utf8), Array(pattern.utf8)) }
            guard !fitting.isEmpty else {
                let known = EventKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem(text: "types: a part fits no event; there are \(known), and * stands for anything")
            }
            kinds.formUnion(fitting)
        }
    }

    /// What is wrong with a list, for its caller.
    struct Problem: Error, Hashable {
        var text: String
    }

    // Names have some twenty bytes, patterns are read once for each reader: the plain way is quick enough.
    private static func fits(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        let star = UInt8(ascii: "*")
        // For each beginning of the name whether the part of the pattern that was looked at fits it.
        var fits = [true] + [Bool](repeating: false, count: name.count)
        for byte in pattern {
            var next = [Bool](repeating: false, count: name.count + 1)
            if byte == star {
                var isReached = false
                for place in fits.indices {
                    isReached = isReached || fits[place]
                    next[place] = isReached
                }
            } else {
                for place in name.indices where fits[place] && name[place] == byte { next[place + 1] = true }
            }
            fits = next
        }
        return fits[name.count]
    }
}
