import GatewayKit
import Testing

@testable import plexctl

@Suite("The addresses of plexctl serve")
struct ServeArgumentsTests {
    private func addresses(_ words: [String]) throws -> [ListenAddress] {
        guard case .run(let arguments) = try ArgumentParser(tree: .plexctl).parse(["serve"] + words) else { return [] }
        return try ServeSettings.addresses(arguments)
    }

    @Test(
        "each option adds its kind of address",
        arguments: [
            ([], []),
            (["-s", "a.sock"], ["unix:a.sock"]),
            (["--socket=a.sock", "-s", "b?.sock"], ["unix:b?.sock"]),
            (["--http", "127.0.0.1:1"], ["tcp:127.0.0.1:1"]),
            (["--http", "[::1]:0", "-sx"], ["unix:x", "tcp:[::1]:0"]),
            (
                ["--listen", "systemd", "--listen", "unix:g?mode=0660&role=guest"],
                ["systemd", "unix:g?mode=0660&role=guest"]
            ),
        ]
    )
    func addresses(words: [String], expected: [String]) throws {
        #expect(try addresses(words).map(\.description) == expected)
    }

    @Test(
        "what is no address is told with what was expected",
        arguments: [
            (["--http", "8317"], "--http '8317': expected HOST:PORT with a port from 0 to 65535"),
            (["--http", "127.0.0.1"], "--http '127.0.0.1': expected HOST:PORT with a port from 0 to 65535"),
            (["--http", "::1:80"], "--http '::1:80': an IPv6 address stands in brackets, as in [::1]:8317"),
            (
                ["--listen", "tcp:8317"],
                "--listen 'tcp:8317': expected tcp:HOST:PORT with a port from 0 to 65535"
            ),
            (["--listen", "x.sock"], "--listen 'x.sock': expected unix:PATH, tcp:HOST:PORT or systemd"),
            (["-s", ""], "--socket '': expected a path after unix:"),
            (["-s", String(repeating: "a?", count: 60)], "a socket's path has at most 107 bytes"),
        ]
    )
    func mistakes(words: [String], expected: String) {
        let failure = #expect(throws: Failure.self) { try addresses(words) }
        #expect(failure?.exitCode == .usage)
        #expect(failure?.message.hasSuffix(expected) == true)
    }
}
