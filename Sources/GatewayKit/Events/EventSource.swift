internal import ProviderKit
internal import TransportKit

/// Where events are looked up that nobody tells of: what is compared with how it was before, and the figures.
struct EventSource: Sendable {
    /// How providers are.
    var providers: @Sendable () -> [WatchedStates.Provider] = { [] }
    /// What is held against targets.
    var targets: @Sendable () -> [WatchedStates.Target] = { [] }
    /// What MCP servers do, if there are any.
    var tools: @Sendable () async -> ToolFigures? = { nil }
    /// What was counted.
    var totals: @Sendable () -> TrafficTotals = { TrafficTotals() }
    /// What the gateway holds.
    var gauges: @Sendable () -> GatewayGauges = { GatewayGauges() }
    /// The fields of a request's event.
    var describe: @Sendable (ExchangeRecord) -> JSONObject = { _ in [:] }
}

/// What was seen when it was last looked; used by the one task that looks.
struct EventWatch: Sendable {
    /// How long nothing is looked at that no request changes.
    private static let patience = Duration.seconds(1)

    private var states = WatchedStates()
    private var window = TrafficWindow()
    private var nextLook: Duration
    private var nextFigures: Duration

    /// Looks for the first time; what is so then is told to nobody.
    init(_ source: EventSource, at now: Duration, timestamp: Double) async {
        nextLook = now + Self.patience
        nextFigures = now
        _ = states.note(source.providers())
        _ = states.note(source.targets(), at: timestamp)
        _ = states.note(await source.tools())
    }

    /// Whether there was no look for some time, so that comments may be due as well.
    func isLookDue(at now: Duration) -> Bool { now >= nextLook }

    /// What has changed.
    ///
    /// - Parameters:
    ///   - source: Where to look.
    ///   - records: The requests that have ended since the last time.
    ///   - now: The time.
    ///   - timestamp: The same in seconds since 1970.
    /// - Returns: What is to be told.
    mutating func changes(
        in source: EventSource,
        after records: [ExchangeRecord],
        at now: Duration,
        timestamp: Double
    ) async -> [EventDraft] {
        var drafts: [EventDraft] = []
        let isDue = isLookDue(at: now)
        if isDue || records.contains(where: { !$0.attempts.isEmpty }) {
            drafts += states.note(source.providers())
            drafts += states.note(source.targets(), at: timestamp)
        }
        if isDue {
            nextLook = now + Self.patience
            drafts += states.note(await source.tools())
        }
        if now >= nextFigures {
            nextFigures = now + TrafficWindow.interval
            drafts.append(figures(source, at: now))
        }
        return drafts
    }

    private mutating func figures(_ source: EventSource, at now: Duration) -> EventDraft {
        let gauges = source.gauges()
        func number(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }
        var data: JSONObject = [
            "connections": number(gauges.connections), "requests_in_flight": number(gauges.requestsInFlight),
            "open_streams": number(gauges.openStreams), "event_readers": number(gauges.eventReaders),
        ]
        if let upstream = gauges.upstream { data["upstream_connections"] = number(upstream.open) }
        data["resident_bytes"] = number(ProcessFigures.current.residentBytes)
        for member in window.add(source.totals(), at: now).members { data[member.name] = member.value }
        return EventDraft(.metrics, data)
    }
}
