import GatewayKit
import Testing
import TransportKit

@testable import Modelplex

@Suite("The gateway's settings")
struct ServerSettingsTests {
    @Test("Every key reaches its place")
    func everyKey() throws {
        let folder = try TemporaryFolder()
        try folder.write("from-file\n", to: "key")
        let path = try folder.write(
            """
            [server]
            listen = ["unix:a.sock?mode=0660&group=staff&role=guest", "tcp:[::]:80", "systemd"]
            loops = 2
            access_keys = ["${TEAM}", "file:key", { key = "${CI}", name = "ci" }]
            cors_origins = ["https://app.example.org", "http://localhost:3000"]
            allowed_hosts = ["gateway.example.org"]
            max_request_size = "1MiB"
            max_header_size = "8KiB"
            max_connections = 10
            max_concurrent_requests = 9
            request_timeout = "8s"
            idle_timeout = "7s"
            keep_alive = "6s"
            drain_timeout = 0
            log_level = "debug"
            log_format = "json"
            log_file = "plex.log"
            log_rotate = false
            log_max_size = "5MiB"
            log_keep = 4
            access_log = false
            """,
            to: "config.toml"
        )
        let configuration = try PlexConfiguration.load(path: path, environment: ["TEAM": "t", "CI": "c"])
        let expected = PlexConfiguration.Server(
            listen: [
                .unix(path: "a.sock", mode: 0o660, group: "staff", role: .guest),
                .tcp(host: "::", port: 80, role: .host), .systemd(role: .host),
            ],
            loops: 2,
            accessKeys: [
                .init(name: "key-1", key: .value(Secret("t"))),
                .init(name: "key-2", key: .file(Secret("from-file"), path: folder.path + "/key")),
                .init(name: "ci", key: .value(Secret("c"))),
            ],
            corsOrigins: ["https://app.example.org", "http://localhost:3000"],
            allowedHosts: ["gateway.example.org"],
            limits: .init(
                requestSize: 1 << 20,
                headerSize: 8 << 10,
                connections: 10,
                concurrentRequests: 9,
                requestTimeout: .seconds(8),
                idleTimeout: .seconds(7)
            ),
            keepAlive: .seconds(6),
            drainTimeout: .zero,
            log: .init(
                level: "debug",
                format: .json,
                file: "plex.log",
                rotates: false,
                maximumSize: 5 << 20,
                keptFiles: 4,
                includesRequests: false
            )
        )
        #expect(configuration.server == expected)
    }

    @Test("Access keys are never shown, and a variable may set them")
    func secrets() throws {
        let folder = try TemporaryFolder()
        try folder.write("canary-4", to: "key")
        let path = try folder.write(
            #"server = { access_keys = ["canary-1", "${KEY}", { key = "canary-3", name = "ci" }, "file:key"] }"#,
            to: "config.toml"
        )
        let document = try ConfigurationDocument(path: path)
        let shown = try document.effectiveText(as: .json, environment: ["KEY": "canary-2"])
        #expect(!shown.contains("canary"))
        #expect(shown.contains("file:key"))
        let report = document.check(environment: ["KEY": "canary-2"])
        #expect(report.warnings.map(\.keyPath) == ["server.access_keys[0]", "server.access_keys[2].key"])
        let overridden = try ConfigurationDocument("").configuration(environment: ["PLEX_SERVER__ACCESS_KEYS": "a, b"])
        #expect(overridden.server.accessKeys.map(\.key) == [.value(Secret("a")), .value(Secret("b"))])
    }

    @Test(
        "What is wrong is told with what to do",
        arguments: [
            (
                "listen = [\"tcp:0.0.0.0:80\"]",
                "server.listen[0]: without access keys the gateway listens on this machine only; "
                    + "set server.access_keys, or listen on 127.0.0.1 or at a Unix socket"
            ),
            ("access_keys = [\"\"]", "server.access_keys[0]: the key is empty; leave it out if there is none"),
            ("access_keys = [{ name = \"a\" }]", "server.access_keys[0]: the key key is missing"),
            (
                "cors_origins = [\"app.example\"]",
                "server.cors_origins[0]: expected an origin such as https://app.example.org, without a path, or *, "
                    + "found \"app.example\""
            ),
            (
                "allowed_hosts = [\"a:80\"]",
                "server.allowed_hosts[0]: expected a host's name in small letters such as gateway.example.org, "
                    + "without a port, found \"a:80\""
            ),
            ("max_connections = 0", "server.max_connections: expected an integer from 1 to 1000000, found 0"),
            ("log_format = \"xml\"", "server.log_format: expected one of text, json, found \"xml\""),
        ]
    )
    func problem(text: String, expected: String) {
        #expect(problems("[server]\n\(text)").map { $0.split(separator: " ", maxSplits: 1).last } == [expected[...]])
    }

    @Test(
        "With access keys the gateway may listen for other machines, and on this one without",
        arguments: [
            "listen = [\"tcp:0.0.0.0:80\"]\naccess_keys = [\"k\"]", "listen = [\"tcp:127.0.0.1:0\", \"tcp:[::1]:0\"]",
        ]
    )
    func openListeners(text: String) {
        #expect(problems("[server]\n\(text)").isEmpty)
    }
}
