import Modelplex
import ProviderKit
import Testing
import TransportKit

@testable import plexctl

@Suite("Console")
struct ConsoleTests {
    @Test(
        "colours only where they are wanted",
        arguments: [
            (false, [:], false), (true, ["TERM": "xterm"], true), (true, [:], true), (true, ["TERM": "dumb"], false),
            (true, ["NO_COLOR": "1"], false), (true, ["NO_COLOR": ""], true), (false, ["CLICOLOR_FORCE": "1"], true),
            (false, ["CLICOLOR_FORCE": "0"], false), (true, ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"], false),
        ] as [(Bool, [String: String], Bool)]
    )
    func colors(isTerminal: Bool, environment: [String: String], expected: Bool) {
        #expect(OutputChannel.usesColor(isTerminal: isTerminal, environment: environment) == expected)
    }

    @Test("messages of others cannot steer a terminal")
    func harmlessMessages() {
        let recorded = RecordedConsole()
        recorded.console.warn("a\u{1B}]52;c;x\u{7}\nb\u{9B}")
        recorded.console.fail("x\u{1B}[2J")
        #expect(
            recorded.errors == """
                plexctl: warning: a\u{241B}]52;c;x\u{2407} b\u{FFFD}
                plexctl: error: x\u{241B}[2J

                """
        )
    }

    @Test("a return in the middle of a line is shown, one before a line end is dropped, also across pieces")
    func returns() {
        var cleaner = TerminalText()
        let cleaned = ["a\r", "\nb\rc", "\r", "d"].map { cleaner.cleaned($0) }
        #expect(cleaned.joined() == "a\nb\u{240D}c\u{240D}d")
    }

    @Test(
        "every kind of error has its exit code",
        arguments: [
            (.authentication, 77), (.permission, 77), (.configuration, 78), (.network, 69), (.upstream, 69),
            (.overloaded, 69), (.notFound, 69), (.unsupported, 69), (.rateLimited, 75), (.quotaExhausted, 75),
            (.timeout(.connect), 75), (.timeout(.firstByte), 75), (.timeout(.idle), 75), (.timeout(.total), 75),
            (.malformedResponse, 76), (.streamCut, 76), (.invalidRequest, 65), (.contextLengthExceeded, 65),
            (.contentFiltered, 65), (.cancelled, 130), (.internal, 70),
        ] as [(PlexError.Code, Int32)]
    )
    func exitCodes(code: PlexError.Code, exitCode: Int32) {
        #expect(ExitCode(for: code).rawValue == exitCode)
        #expect(ExitCode.all.contains { $0.code.rawValue == exitCode })
    }

    @Test("an error for programs has what is known and nothing else")
    func errorJSON() {
        let error = PlexError(
            .rateLimited,
            "slow down",
            provider: "p",
            model: "m",
            status: 429,
            retryAfter: .seconds(2),
            responseBody: "never shown"
        )
        #expect(
            Failure(error).json.serializedString == """
                {"error":{"code":"rate_limited","message":"slow down","exit_code":75,"provider":"p","model":"m",\
                "status":429,"retry_after":2}}
                """
        )
    }

    @Test("tables leave empty columns out and clean what is in the others")
    func table() {
        let table = TextTable(
            header: ["MODEL", "SIZE", "NAME"],
            rows: [["p/long-one", "", "One"], ["p/two", "", "T\u{1B}wo"]]
        )
        #expect(table.text(showsHeader: false) == "p/long-one  One\np/two       T\u{241B}wo\n")
        #expect(table.text(showsHeader: true).hasPrefix("MODEL       NAME\n"))
        #expect(TextTable(header: ["MODEL"]).text(showsHeader: true) == "")
    }

    @Test(
        "sizes",
        arguments: [(999, "999 B"), (1000, "1.0 kB"), (2_788_864, "2.7 MB"), (7_300_000_000, "7.3 GB")]
    )
    func sizes(bytes: Int, text: String) {
        #expect(ModelsCommand.size(bytes) == text)
    }

    @Test(
        "the base URL of a server",
        arguments: [
            ("http://127.0.0.1:8317", "http://127.0.0.1:8317/v1"), ("http://h/", "http://h/v1"),
            ("https://h/api/v1", "https://h/api/v1"), ("unix:/run/plex.sock", "unix:/run/plex.sock:/v1"),
            ("unix:/run/plex.sock:/x", "unix:/run/plex.sock:/x"), ("ftp://h", nil), ("h:80", nil), ("http://", nil),
            ("http:///v1", nil), ("unix:host.sock", "unix:host.sock:/v1"), ("unix:", nil), ("unix::/v1", nil),
        ] as [(String, String?)]
    )
    func servers(server: String, baseURL: String?) {
        #expect(Plex.baseURL(of: server) == baseURL)
    }

    @Test("names that a shell could misread are not offered")
    func plainNames() {
        #expect(CompleteCommand.isPlain("openai/gpt-4o:latest@x+y_z"))
        for name in ["", "-x", "a b", "$(id)", "`id`", "a;b", "a'b", "é", "a\nb"] {
            #expect(!CompleteCommand.isPlain(name), "\(name)")
        }
    }
}
