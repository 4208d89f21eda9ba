import ProviderKit
import Testing

@testable import Modelplex

@Suite("Errors in a configuration")
struct ConfigurationErrorTests {
    // A document, and behind => what is said of it; @openai stands for a provider in two lines.
    static let cases = #"""
        [server]
        loop = 1
        => 2:1: server.loop: unknown key; did you mean loops?

        [serve]
        => 1:2: serve: unknown key; did you mean server?

        zebra = 1
        => 1:1: zebra: unknown key; known keys: server, timeouts, providers, routes, aliases, roles,
        => models, prices, routing, credentials, mcp

        @openai
        base_ur = "x"
        => 3:1: providers[0].base_ur: unknown key; did you mean base_url?

        @openai
        baseURL = "x"
        => 3:1: providers[0].baseURL: unknown key; did you mean base_url?

        [server]
        loops = "2"
        => 2:9: server.loops: expected an integer, found a string

        [server]
        loops = -1
        => 2:9: server.loops: expected an integer from 0 to 1024, found -1

        server = 1
        => 1:10: server: expected a table, found an integer

        [providers]
        name = "x"
        => 1:1: providers: expected a list, found a table

        [server]
        log_level = "inof"
        => 2:13: server.log_level: expected one of trace, debug, info, notice, warning, error, critical,
        => found "inof"; did you mean info?

        [server]
        drain_timeout = "5 sec"
        => 2:17: server.drain_timeout: expected a time such as "500ms", "5s", "2m" or "1h", found "5 sec"

        [timeouts]
        idle = -1
        => 2:8: timeouts.idle: expected a time such as "500ms", "5s", "2m" or "1h", or "none", found -1

        [server]
        max_request_size = "10 MiB"
        => 2:20: server.max_request_size: expected a size such as "10MiB" or "1MB", found "10 MiB"

        [server]
        listen = ["tcp:8317"]
        => 2:11: server.listen[0]: expected tcp:HOST:PORT with a port from 0 to 65535, found "tcp:8317"

        [mcp]
        enabled = "yes"
        => 2:11: mcp.enabled: expected true or false, found a string

        [[providers]]
        type = "openai"
        => 1:1: providers[0]: the key name is missing

        @openai
        @openai
        type = "groq"
        => 4:8: providers[1].name: there is a provider of this name in line 2 already

        [[providers]]
        name = "a/b"
        type = "openai"
        => 2:8: providers[0].name: a name has 1 to 64 letters, digits and `.` `_` `-`, found "a/b"

        @openai
        base_url = "http://example.org/v1"
        => 3:12: providers[0].base_url: plain HTTP to another machine would show keys and prompts to the
        => network; use https://, or set allow_http = true here

        @openai
        base_url = "http://127.0.0.1.example.org/v1"
        => 3:12: providers[0].base_url: plain HTTP to another machine would show keys and prompts to the
        => network; use https://, or set allow_http = true here

        @openai
        base_url = "https://user:word@example.org"
        => 3:12: providers[0].base_url: an address holds no name and password; use api_key or headers

        @openai
        base_url = "ftp://x"
        => 3:12: providers[0].base_url: expected an address that begins with https://, http:// or unix:/,
        => found "ftp://x"

        @openai
        api_key = ""
        => 3:11: providers[0].api_key: the key is empty; leave it out if there is none

        @openai
        api_key = "file:/nowhere/key"
        => 3:11: providers[0].api_key: cannot read the key file: no such file or directory

        @openai
        api_version = "1"
        => 3:15: providers[0].api_version: api_version is for providers of type azure

        @openai
        headers = { "a b" = "c" }
        => 3:21: providers[0].headers.a b: this is no name of a header field

        @openai
        headers = { a = "c\r\nx: y" }
        => 3:17: providers[0].headers.a: the text holds a control character

        @openai
        [[routes]]
        model = "fast"
        targets = ["opnai/gpt"]
        => 5:12: routes[0].targets[0]: there is no provider opnai; did you mean openai?

        @openai
        [[routes]]
        model = "fast"
        targets = ["gpt"]
        => 5:12: routes[0].targets[0]: expected PROVIDER/MODEL, found "gpt"

        @openai
        [[routes]]
        model = "fast"
        targets = [{ target = "openai/gpt", weight = 0 }]
        => 5:46: routes[0].targets[0].weight: expected a number above 0, found 0

        [[routes]]
        model = "fast"
        targets = []
        => 3:11: routes[0].targets: the list is empty

        [[routes]]
        targets = ["openai/x"]
        => 1:1: routes[0]: the key model or pattern is missing

        [[routes]]
        pattern = "a("
        targets = ["openai/x"]
        => 2:11: routes[0].pattern: this is no regular expression: missing ), found "a("

        [[routes]]
        model = "a[b"
        targets = ["openai/x"]
        => 2:9: routes[0].model: [ without a closing ] (at character 2), found "a[b"

        @openai
        [routing]
        unknown_model = "default:grok"
        => 4:17: routing.unknown_model: there is no provider grok; the providers are openai

        @openai
        exclude = ["gpt-3*", "[x"]
        => 3:22: providers[0].exclude[1]: [ without a closing ] (at character 1), found "[x"

        @openai
        exclude = ["gpt-3*"]
        [[roles]]
        name = "r"
        context_fallback = ["openai/gpt-3.5"]
        => 6:21: roles[0].context_fallback[0]: the provider's exclude has this model; name another one, or change exclude

        @openai
        [[roles]]
        name = "r"
        targets = ["opena/x"]
        => 5:12: roles[0].targets[0]: there is no provider opena; did you mean openai?

        @openai
        [[routes]]
        pattern = "gpt-.*|"
        targets = ["openai/x"]
        [[routes]]
        pattern = "gpt-.*|"
        targets = ["openai/x"]
        => 7:11: routes[1].pattern: there is a route for this already

        @openai
        [aliases]
        a = "b"
        b = "c"
        c = "a"
        => 4:5: aliases.a: the aliases lead round in a circle; a → b → c → a

        @openai
        models = ["m"]
        [aliases]
        a = "n"
        => 5:5: aliases.a: no model, route or role has the name that this alias stands for; did you mean m?

        @openai
        api_key = "${HOME}"
        credentials = [{ name = "a", api_key = "${HOME}" }]
        => 3:11: providers[0].api_key: a provider has api_key or credentials, not both

        @openai
        credentials = [{ name = "a", api_key = "${HOME}" }, { name = "a", api_key = "${HOME}", weight = 2 }]
        => 3:62: providers[0].credentials[1].name: this provider has a credential of this name already

        @openai
        proxy = "ftp://x"
        => 3:9: providers[0].proxy: expected an address that begins with http://, https://, socks5:// or socks5h://,
        => found "ftp://x"

        [[models]]
        match = "gpt-*"
        overrides = { stream = true }
        => 3:24: models[0].overrides.stream: this field is the request's own

        [prices]
        "a/b" = { input = -1, output = 2 }
        => 2:19: prices.a/b.input: expected a number of at least 0, found -1

        @openai
        [[routes]]
        model = "h"
        targets = ["openai/x"]
        hedge = { budget = 1.5 }
        => 6:20: routes[0].hedge.budget: expected a number from 0 to 1, found 1.5

        [routing]
        strip_prefixes = [""]
        => 2:19: routing.strip_prefixes[0]: expected text, found nothing, found ""

        [mcp]
        servers = [{ name = "x" }]
        => 2:12: mcp.servers[0]: the key command or url is missing

        [mcp]
        servers = [{ name = "x", command = "c", url = "https://x" }]
        => 2:47: mcp.servers[0].url: a server has command or url, not both

        [mcp]
        servers = [{ name = "a__b", command = "c" }]
        => 2:21: mcp.servers[0].name: a name holds no __, which separates server and tool, found "a__b"

        [mcp]
        servers = [{ name = "x", url = "https://x", cwd = "/" }]
        => 2:51: mcp.servers[0].cwd: this key goes with command

        [mcp]
        servers = [{ name = "x", url = "https://x", sandbox = {} }]
        => 2:55: mcp.servers[0].sandbox: this key goes with command

        [mcp]
        servers = [{ name = "x", command = "c", login = "l" }]
        => 2:49: mcp.servers[0].login: this key goes with url

        [mcp]
        servers = [{ name = "x", url = "https://x", credentials = [{ id = "i", parameter = "a b" }] }]
        => 2:84: mcp.servers[0].credentials[0].parameter: this is no name of a header field

        [mcp]
        servers = [{ name = "x", command = "c", policy = "per-call", ping = "1m" }]
        => 2:69: mcp.servers[0].ping: this key goes with the policy persistent

        [mcp]
        servers = [{ name = "x", command = "c", limits = { memory = "much" } }]
        => 2:61: mcp.servers[0].limits.memory: expected a size such as "10MiB" or "1MB", found "much"

        [mcp]
        servers = [{ name = "x", command = "c", timeouts = { request = "1h" } }]
        => 2:52: mcp.servers[0].timeouts: request is longer than total

        [mcp]
        servers = [{ name = "x", command = "c", policy = "per-call", idle_close = "1m" }]
        => 2:75: mcp.servers[0].idle_close: this key goes with the policy persistent
        """#.split(separator: "\n\n").map(String.init)

    @Test("Each mistake has one message, with its place", arguments: cases)
    func message(text: String) {
        let lines = text.split(separator: "\n")
        let document = lines.filter { !$0.hasPrefix("=> ") }.joined(separator: "\n")
        let expected = lines.filter { $0.hasPrefix("=> ") }.map { $0.dropFirst(3) }.joined(separator: " ")
        #expect(!expected.isEmpty)
        let openAI = "[[providers]]\nname = \"openai\""
        let found = problems(document.replacing("@openai", with: openAI), .toml, ["HOME": "/"])
        #expect(found == ["config.toml:" + expected])
    }

    @Test("All problems of a file are reported together, in the order of its lines")
    func together() throws {
        let text = """
            [[providers]]
            name = "openai"
            base_ur = "https://x"
            api_key = "${MISSING_KEY}"

            [server]
            loops = true
            """
        let document = try ConfigurationDocument(text)
        let error = #expect(throws: PlexError.self) { try document.configuration(environment: [:]) }
        #expect(error?.code == .configuration)
        #expect((error?.underlyingError as? ConfigurationError)?.problems.map(\.line) == [3, 4, 7])
        #expect(
            error?.message == """
                config.toml:3:1: providers[0].base_ur: unknown key; did you mean base_url?
                config.toml:4:11: providers[0].api_key: the variable MISSING_KEY is not defined; set it, or write \
                ${MISSING_KEY:-default}
                config.toml:7:9: server.loops: expected an integer, found a boolean
                """
        )
    }

    @Test(
        "YAML and JSON have places too",
        arguments: [
            (
                "providers:\n  - name: openai\n    prioriti: 2\n", ConfigurationDocument.Format.yaml,
                "config.yaml:3:5: providers[0].prioriti: unknown key; did you mean priority?"
            ),
            ("mcp:\n  enabled: on\n", .yaml, "config.yaml:2:12: mcp.enabled: expected true or false, found a string"),
            (
                "server:\n  loops:\n", .yaml,
                "config.yaml:2:9: server.loops: expected an integer, found null; leave the key out for its default"
            ),
            ("- a\n", .yaml, "config.yaml:1:1: expected a table at the top, found a list"),
            (
                "{\n  \"server\": {\n    \"lops\": 1\n  }\n}", .json,
                "config.json:3:5: server.lops: unknown key; did you mean loops?"
            ),
            ("{\"server\": {},\n \"server\": {}}", .json, "config.json:2:2: the key server occurs twice"),
            ("{\n  \"server\": tru\n}", .json, "config.json:2:13: invalid literal"),
            ("[server\n", .toml, "config.toml:1:8: Error while parsing table header: expected ']', saw '\\n'"),
        ]
    )
    func formats(text: String, format: ConfigurationDocument.Format, expected: String) {
        #expect(problems(text, format) == [expected])
    }

    @Test("A target that the provider's models do not name is a warning with its place")
    func unlistedTargets() throws {
        let text = """
            [[providers]]
            name = "openai"
            api_key = "${KEY}"
            models = ["gpt-4o", "gpt-4o-mini"]
            [[routes]]
            model = "fast"
            targets = ["openai/gpt-4o-mini", { target = "openai/gpt-4", weight = 2 }]
            context_fallback = ["openai/o3"]
            """
        let report = try ConfigurationDocument(text).check(environment: ["KEY": "k"])
        #expect(report.problems.isEmpty)
        let warnings = report.warnings.map { "\($0.line ?? 0): \($0.keyPath): \($0.message); \($0.hint ?? "")" }
        #expect(
            warnings == [
                "7: routes[0].targets[1].target: the provider's models do not name this one; did you mean openai/gpt-4o?",
                "8: routes[0].context_fallback[0]: the provider's models do not name this one; "
                    + "add it if the provider has it",
            ]
        )
    }

    @Test("No error and no warning shows what a variable or a key holds")
    func secrecy() throws {
        let canary = "sk-canary-0123456789"
        let environment = ["CANARY": canary, "PLEX_SERVER__LOOPS": canary, "PLEX_SERVER__LOG_LEVEL": canary]
        let text = """
            [server]
            listen = ["${CANARY}"]
            max_request_size = "${CANARY}"
            [[providers]]
            name = "a${CANARY}/b"
            type = "${CANARY}"
            base_url = "${CANARY}"
            api_key = "file:${CANARY}"
            headers = { a = "${CANARY}\\n" }
            models = ["m${CANARY}"]
            exclude = ["${CANARY}[", "${CANARY}*"]
            proxy = "${CANARY}"
            priority = "${CANARY}"
            [[providers]]
            name = "openai"
            api_key = "\(canary)"
            [[routes]]
            model = "[${CANARY}"
            strategy = "${CANARY}"
            targets = ["${CANARY}", "${CANARY}/x"]
            [[routes]]
            pattern = "(${CANARY}"
            targets = ["openai/x", "openai/${CANARY}", "openai/${CANARY}"]
            [[roles]]
            name = "${CANARY}"
            targets = ["a${CANARY}/x"]
            [aliases]
            a = "${CANARY}"
            b = "b"
            [routing]
            unknown_model = "default:${CANARY}"
            """
        let report = try ConfigurationDocument(text).check(environment: environment)
        #expect(report.problems.count >= 12)
        #expect(report.warnings.map(\.message) == ["literal key in the file"])
        for problem in report.problems + report.warnings { #expect(!problem.description.contains("canary")) }
    }
}
