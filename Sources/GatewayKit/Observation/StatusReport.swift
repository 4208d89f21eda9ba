package import TransportKit

/// What the gateway is doing, in full, for its operator.
package struct StatusReport: Sendable {
    /// One listener.
    package struct Listener: Sendable, Hashable {
        /// Where it listens.
        package var address: String
        /// Which paths it serves.
        package var role: ListenAddress.Role
        /// Connections that came through it and are open, where that is counted.
        package var connections: Int?

        package init(address: String, role: ListenAddress.Role, connections: Int? = nil) {
            self.address = address
            self.role = role
            self.connections = connections
        }
    }

    /// The program's version.
    package var version: String
    /// The process.
    package var processID: Int32
    /// When the gateway started, in seconds since 1970.
    package var started: Double
    /// How long ago that was.
    package var uptime: Duration
    /// The listeners.
    package var listeners: [Listener] = []
    /// What the gateway holds.
    package var gauges = GatewayGauges()
    /// What each event loop has done.
    package var loops: [EventLoop.Statistics] = []
    /// What was counted for each provider.
    package var providers: JSONValue = []
    /// What the tool service does, if there is one.
    package var tools: ToolFigures?

    package init(version: String, processID: Int32, started: Double, uptime: Duration) {
        self.version = version
        self.processID = processID
        self.started = started
        self.uptime = uptime
    }

    /// The report for `GET /_internal/status`.
    package var json: JSONValue {
        let process = ProcessFigures.current
        var object: JSONObject = [
            "version": .string(version), "pid": number(Int(processID)),
            "started": .string(LogEvent.timestamp(of: .milliseconds(Int64(started * 1000)))),
            "uptime_s": number(Int(uptime.components.seconds)), "draining": .bool(gauges.isDraining),
            "listeners": .array(listeners.map(\.json)), "connections": number(gauges.connections),
            "requests_in_flight": number(gauges.requestsInFlight), "open_streams": number(gauges.openStreams),
            "providers": providers,
        ]
        if let upstream = gauges.upstream { object["upstream"] = upstream.json }
        if let tools { object["mcp"] = tools.json }
        object["loops"] = .array(loops.map(\.json))
        object["memory"] = [
            "resident_bytes": number(process.residentBytes), "virtual_bytes": number(process.virtualBytes),
        ]
        object["open_descriptors"] = process.openDescriptors.map(number) ?? .null
        object["cpu_s"] = .number(JSONNumber((process.cpuSeconds * 1000).rounded() / 1000))
        object["log_lines_dropped"] = number(gauges.droppedLogLines)
        object["event_readers"] = number(gauges.eventReaders)
        object["events_dropped"] = number(gauges.droppedEvents)
        return .object(object)
    }
}

private func number(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }

extension StatusReport.Listener {
    fileprivate var json: JSONValue {
        var object: JSONObject = ["address": .string(address), "role": .string(role.rawValue)]
        if let connections { object["connections"] = number(connections) }
        return .object(object)
    }
}

extension EventLoop.Statistics {
    fileprivate var json: JSONValue {
        [
            "jobs": number(jobs), "polls": number(polls), "events": number(events), "timers": number(timers),
            "watches": number(watches),
        ]
    }
}

extension HTTPClient.Statistics {
    fileprivate var json: JSONValue {
        [
            "open": number(open), "idle": number(idle), "in_flight": number(inFlight), "paused": number(paused),
            "created": number(created), "reused": number(reused),
        ]
    }
}
