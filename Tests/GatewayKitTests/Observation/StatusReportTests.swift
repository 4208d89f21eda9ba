import GatewayKit
import Testing

@testable import TransportKit

@Suite("Status report")
struct StatusReportTests {
    @Test("It says what the gateway holds and has done")
    func json() {
        var report = StatusReport(version: "1.2", processID: 42, started: 1_769_903_999.123, uptime: .seconds(61))
        report.listeners = [
            .init(address: "unix:/run/plex.socket", role: .guest, connections: 3),
            .init(address: "tcp:127.0.0.1:8317", role: .host),
        ]
        report.gauges.connections = 3
        report.gauges.requestsInFlight = 2
        report.gauges.droppedLogLines = 1
        report.gauges.upstream = HTTPClient.Statistics(open: 4)
        var loop = EventLoop.Statistics()
        loop.polls = 7
        report.loops = [loop]
        report.providers = [["name": "openai"]]
        let json = report.json
        #expect(json["version"] == "1.2" && json["pid"] == 42 && json["uptime_s"] == 61)
        #expect(json["started"] == "2026-01-31T23:59:59.123Z")
        #expect(
            json["listeners"] == [
                ["address": "unix:/run/plex.socket", "role": "guest", "connections": 3],
                ["address": "tcp:127.0.0.1:8317", "role": "host"],
            ]
        )
        #expect(json["connections"] == 3 && json["requests_in_flight"] == 2 && json["draining"] == false)
        #expect(json["upstream"]?["open"] == 4)
        #expect(json["loops"]?.array?.first?["polls"] == 7)
        #expect(json["providers"] == [["name": "openai"]])
        #expect(json["log_lines_dropped"] == 1)
        #expect(json["memory"]?["resident_bytes"]?.int ?? 0 > 1 << 20)
    }
}
