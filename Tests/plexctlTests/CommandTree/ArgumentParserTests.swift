import Testing

@testable import plexctl

@Suite("Reading command lines")
struct ArgumentParserTests {
    private func run(_ words: [String]) throws -> Arguments {
        guard case .run(let arguments) = try ArgumentParser(tree: .plexctl).parse(words) else {
            throw UsageError(message: "no command", path: CommandPath(root: .plexctl))
        }
        return arguments
    }

    @Test(
        "options come long or short, apart or attached, before or behind",
        arguments: [
            ["chat", "-m", "a/b", "hi"],
            ["chat", "-ma/b", "hi"],
            ["chat", "--model", "a/b", "hi"],
            ["chat", "--model=a/b", "hi"],
            ["chat", "hi", "-m", "a/b"],
            ["chat", "-m", "x", "--model=a/b", "hi"],
            ["chat", "--model=a/b", "--", "hi"],
        ]
    )
    func spellings(words: [String]) throws {
        let arguments = try run(words)
        #expect(arguments.value(of: .model) == "a/b")
        #expect(arguments.positionals == ["hi"])
    }

    @Test("flags and values, combined, repeated, empty")
    func values() throws {
        let arguments = try run(["-c", "x.toml", "chat", "-fa", "--file=b", "-s", "", "-", "--usage", "--", "-m", "--"])
        #expect(arguments.values(of: .file) == ["a", "b"])
        #expect(arguments.value(of: .system) == "")
        #expect(arguments.value(of: .config) == "x.toml")
        #expect(arguments.has(.usage))
        #expect(!arguments.has(.trace))
        #expect(arguments.positionals == ["-", "-m", "--"])
    }

    @Test("a value that begins with a dash is taken unless it is an option here")
    func dashedValues() throws {
        #expect(try run(["chat", "-s", "- be brief"]).value(of: .system) == "- be brief")
        #expect(try run(["chat", "--system=--json"]).value(of: .system) == "--json")
        #expect(throws: UsageError.self) { try run(["chat", "-s", "--json"]) }
    }

    @Test(
        "what cannot be understood is told with what may have been meant",
        arguments: [
            (["chat", "--modle", "x"], "unknown option '--modle'; did you mean '--model'?"),
            (["chat", "-q"], "unknown option '-q'"),
            (["chat", "--sys"], "unknown option '--sys'; did you mean '--system'?"),
            (["caht"], "unknown command 'caht'; did you mean 'chat'?"),
            (["frobnicate"], "unknown command 'frobnicate'"),
            (["config", "chekc"], "unknown command 'chekc'; did you mean 'check'?"),
            (["chat", "-m"], "'-m' needs a value: -m MODEL"),
            (["chat", "--json=1", "x"], "'--json' takes no value"),
            (["chat", "--json", "--jsonl", "x"], "'--json' and '--jsonl' exclude each other"),
            (
                ["chat", "--temperature", "3", "x"],
                "'3' is not right for --temperature: expected a number from 0.0 to 2.0"
            ),
            (
                ["chat", "--temperature", "nan", "x"],
                "'nan' is not right for --temperature: expected a number from 0.0 to 2.0"
            ),
            (
                ["chat", "--max-tokens", "0", "x"],
                "'0' is not right for --max-tokens: expected a whole number from 1 to 10000000"
            ),
            (
                ["chat", "--timeout", "-1s", "x"],
                "'-1s' is not right for --timeout: expected a length of time such as 500ms, 30s or 2m"
            ),
            (["models", "gpt"], "unexpected argument 'gpt'"),
            (["completions"], "missing argument SHELL"),
            (["completions", "tcsh"], "'tcsh' is not right for SHELL: expected bash, zsh, fish"),
            (["providers"], ""),
            ([], ""),
        ]
    )
    func mistakes(words: [String], message: String) {
        let error = #expect(throws: UsageError.self) { try ArgumentParser(tree: .plexctl).parse(words) }
        #expect(error?.message == message)
    }

    @Test(
        "help and version win over what follows",
        arguments: [
            (["--help"], "plexctl"), (["chat", "-h", "--nonsense"], "plexctl chat"),
            (["config", "show", "--help"], "plexctl config show"),
        ]
    )
    func help(words: [String], name: String) throws {
        guard case .help(let path) = try ArgumentParser(tree: .plexctl).parse(words) else {
            Issue.record("no help")
            return
        }
        #expect(path.name == name)
    }

    @Test(
        "lengths of time",
        arguments: [
            ("500ms", Duration.milliseconds(500)), ("30s", .seconds(30)), ("2m", .seconds(120)),
            ("1.5h", .seconds(5400)),
            ("10", .seconds(10)),
        ]
    )
    func durations(text: String, duration: Duration) {
        #expect(Duration(written: text) == duration)
    }

    @Test("no lengths of time", arguments: ["", "s", "0", "0s", "-1", "1d", "1e300h", "inf", "nan"])
    func noDurations(text: String) {
        #expect(Duration(written: text) == nil)
    }
}
