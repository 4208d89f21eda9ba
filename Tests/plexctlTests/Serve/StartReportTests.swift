import Modelplex
import ProviderKit
import Testing
import TransportKit

@testable import plexctl

@Suite("What plexctl serve says at its start")
struct StartReportTests {
    @Test("each provider has a line, and what is missing a warning")
    func providers() {
        var configuration = PlexConfiguration()
        let many = (1...10).map { ModelID("m\($0)") }
        configuration.providers = [
            .init(name: "openai", type: .openAI, models: ["a", "b"]),
            .init(name: "many", type: .openAI, baseURL: "http://127.0.0.1:1", models: many),
            .init(name: "claude", type: .anthropic, apiKey: .value(Secret("k"))),
        ]
        configuration.routes = [.init(.model("fast"), targets: [])]
        let report = StartReport(configuration, path: "c.toml", providers: .success(["openai", "many", "claude"]))
        #expect(
            report.notes == [
                "configuration: c.toml",
                "provider openai: a, b",
                "provider many: m1, m2, m3, m4, m5, m6, m7, m8 and 2 more",
                "provider claude: asked for its models on request",
                "log: standard error, level info, requests included",
            ]
        )
        #expect(
            report.warnings == [
                "provider openai has no key; set it with plexctl auth set openai, in OPENAI_API_KEY, or as api_key in the configuration"
            ]
        )
    }

    @Test("without any provider the reason is a warning, since an engine may be started later")
    func nobody() {
        var configuration = PlexConfiguration()
        configuration.server.log = .init(level: "debug", file: "/var/log/plex.log", includesRequests: false)
        let error = PlexError(.configuration, "no model provider was found")
        let report = StartReport(configuration, path: nil, providers: .failure(error))
        #expect(report.notes.last == "log: /var/log/plex.log, level debug, without requests")
        #expect(report.warnings == ["no model provider was found"])
    }
}
