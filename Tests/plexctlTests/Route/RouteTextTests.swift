import GatewayKit
import ProviderKit
import RouterKit
import Testing

@testable import plexctl

@Suite("Texts of plexctl route")
struct RouteTextTests {
    @Test(
        "amounts have no more digits than they need",
        arguments: [(0.0, 3, "0"), (1.5, 3, "1.5"), (1.0004, 3, "1"), (12.3456, 2, "12.35"), (-1, 2, "0"), (7, 0, "7")]
            as [(Double, Int, String)]
    )
    func amounts(value: Double, places: Int, text: String) {
        #expect(SimulationReport.amount(value, places: places) == text)
    }

    @Test("not all is never shown as all")
    func almostAll() throws {
        let scenario = Scenario(
            providers: [
                SimulatedProvider(
                    .init("near"),
                    models: [.init("small")],
                    incidents: [.init(.errors(.invalidRequest, status: 400, retryAfter: nil), share: 0.001)]
                )
            ],
            load: .init([.init("small")], rate: 50),
            duration: .seconds(60)
        )
        let report = try Simulation(scenario).run()
        let first = report.text.split(separator: "\n").first ?? ""
        #expect(first.hasSuffix(" 100 %") == (report.succeeded == report.requests), "\(first)")
    }

    @Test("a gateway is looked for at sockets first, and never where guests are")
    func places() throws {
        let addresses = try [
            "tcp:0.0.0.0:80", "tcp:[::1]:81", "unix:guest.sock?role=guest", "unix:host.sock", "tcp:127.0.0.1:0",
            "systemd",
        ].map { try ListenAddress(parsing: $0) }
        let places = RunningGateway.places(of: addresses)
        #expect(places.map(\.name) == ["unix:host.sock", "http://127.0.0.1:80", "http://[::1]:81"])
        #expect(places.map(\.socket) == ["host.sock", nil, nil])
    }

    @Test("what was reset is said in words")
    func words() {
        #expect(ProvidersCommand.words(0) == "nothing was held against anybody\n")
        #expect(ProvidersCommand.words(1) == "1 target is asked again\n")
        #expect(ProvidersCommand.words(4) == "4 targets are asked again\n")
    }
}
