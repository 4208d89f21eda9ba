import ProviderKit
import Testing

@testable import Modelplex

@Suite("The formats of a configuration")
struct ConfigurationFormatTests {
    @Test(
        "What YAML is refused, and why",
        arguments: [
            ("a: 1\na: 2\n", "config.yaml:2:1: the key a occurs twice"),
            ("a: 1\n---\nb: 1\n", "config.yaml:2:1: there is more than one document in the file"),
            ("a: !!binary aGk=\n", "config.yaml:1:4: cannot read a value with the tag tag:yaml.org,2002:binary"),
            ("a: !mine {}\n", "config.yaml:1:4: cannot read a value with the tag !mine"),
            ("a: *x\n", "config.yaml:1:4: there is no anchor x before this"),
            ("a: &x [*x]\n", "config.yaml:1:8: there is no anchor x before this"),
            ("a: &x {b: 1}\nc:\n  <<: *x\n", "config.yaml:3:3: merge keys (<<) are not supported"),
            ("? [a]\n: 1\n", "config.yaml:1:3: a key must be a string"),
        ]
    )
    func refusedYAML(text: String, expected: String) {
        #expect(problems(text, .yaml) == [expected])
    }

    @Test("A few lines of aliases cannot stand for millions of values")
    func aliasBomb() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n"
        }
        #expect(problems(text, .yaml).first?.hasSuffix("the file has too many values") == true)
    }

    @Test("Deep nesting is refused, in each format and way")
    func depth() {
        let opening = String(repeating: "[", count: 5000)
        let deep = "nested too deep"
        #expect(problems("a: " + opening, .yaml).first?.contains(deep) == true)
        #expect(
            problems("{\"a\":" + opening + String(repeating: "]", count: 5000) + "}", .json).first?.contains(deep)
                == true
        )
        #expect(problems("a = " + opening).count == 1)
        let dotted = Array(repeating: "a", count: 200_000).joined(separator: ".")
        #expect(problems(dotted + " = 1").first?.contains(deep) == true)
        #expect(problems("[\(dotted)]").first?.contains(deep) == true)
        #expect(problems("a = { x.\(dotted) = 1 }").first?.contains(deep) == true)
        let aliases = (1...60).reduce("a0: &a0 [x]\n") { $0 + "a\($1): &a\($1) [[*a\($1 - 1)]]\n" }
        #expect(problems(aliases, .yaml).first?.contains(deep) == true)
        #expect(problems("s = \"\(String(repeating: ".", count: 500))\"").first?.contains("unknown key") == true)
    }

    @Test("What is no text, and what is too much, is refused")
    func hostile() throws {
        for format in ConfigurationDocument.Format.allCases {
            let error = #expect(throws: PlexError.self) {
                try ConfigurationDocument(parsing: [0x61, 0x0A, 0xFF], format: format, path: "f")
            }
            #expect(error?.message == "f:2:1: the file is not UTF-8")
            let large = [UInt8](repeating: UInt8(ascii: "#"), count: ConfigLimits.bytes + 1)
            #expect(throws: PlexError.self) { try ConfigurationDocument(parsing: large, format: format, path: "f") }
        }
        let marked = [0xEF, 0xBB, 0xBF] + Array("[server]\nloops = 2".utf8)
        let document = try ConfigurationDocument(parsing: marked, format: .toml, path: "f")
        #expect(try document.configuration(environment: [:]).server.loops == 2)
    }

    @Test("Converted round about, a configuration is the same, with its variables as they stand")
    func conversion() throws {
        var document = try ConfigurationDocument(path: ConfigurationLoadingTests.examples + "toml")
        let root = document.root
        for format in [ConfigurationDocument.Format.yaml, .json, .toml] {
            let text = try document.text(as: format)
            #expect(text.contains("${OPENAI_API_KEY:-not-set}"))
            document = try ConfigurationDocument(text, format)
            #expect(document.root == root)
        }
    }

    @Test("Random trees survive each writer and reader")
    func roundTrip() throws {
        for seed in 0..<300 {
            var trees = RandomTrees(seed: UInt64(1000 + seed))
            let tree = ConfigValue(.table(trees.table(depth: 0)))
            #expect(try ConfigValue(parsing: Array(TOMLWriter.write(tree).utf8), format: .toml) == tree)
            #expect(try ConfigValue(parsing: Array(YAMLWriter.write(tree).utf8), format: .yaml) == tree)
        }
    }

    @Test("TOML has no null, JSON no infinity; that is an error and no silent change")
    func impossibleConversions() throws {
        let null = try ConfigurationDocument("{\"a\": null}", .json)
        #expect(throws: PlexError.self) { try null.text(as: .toml) }
        let infinite = try ConfigurationDocument("a = inf")
        #expect(throws: PlexError.self) { try infinite.text(as: .json) }
        #expect(try infinite.text(as: .yaml) == "a: .inf\n")
    }

    @Test("What is shown holds no secret, wherever it came from")
    func show() throws {
        let folder = try TemporaryFolder()
        try folder.write("canary-file", to: "key")
        let path = try folder.write(
            """
            [[providers]]
            name = "openai"
            api_key = "canary-literal"
            headers = { X-Token = "canary-header" }
            [[providers]]
            name = "groq"
            [[providers]]
            name = "a"
            type = "mistral"
            api_key = "${CANARY}"
            priority = "${PRIORITY}"
            [[providers]]
            name = "b"
            type = "mistral"
            api_key = "file:key"
            [mcp]
            servers = [
              { name = "x", command = "c", args = ["--token=${CANARY}"], env = { T = "canary-env" } },
              { name = "y", url = "https://example.org/mcp?key=canary-query" },
            ]
            """,
            to: "config.toml"
        )
        let environment = ["CANARY": "canary-variable", "GROQ_API_KEY": "canary-implied", "PRIORITY": "7"]
        for format in ConfigurationDocument.Format.allCases {
            let text = try ConfigurationDocument(path: path).effectiveText(as: format, environment: environment)
            #expect(!text.contains("canary"))
            let shown = try ConfigurationDocument(text, format).root
            let providers = try #require(shown["providers"]?.array)
            #expect(providers.map { $0["api_key"] } == ["<secret>", "<secret>", "<secret>", "file:key"])
            #expect(providers[0]["headers"] == ["X-Token": "<secret>"])
            #expect(providers[2]["priority"] == 7)
            #expect(shown["mcp"]?["servers"]?.array?[0]["args"] == ["--token=${CANARY}"])
            #expect(shown["mcp"]?["servers"]?.array?[1]["url"] == "https://example.org/mcp?<secret>")
            #expect(shown["timeouts"]?["idle"] == "60s")
        }
    }

    @Test("Damaged documents are refused or read, and nothing else happens", .timeLimit(.minutes(5)))
    func damaged() throws {
        for format in ConfigurationDocument.Format.allCases {
            let original = try Fixtures.read(ConfigurationLoadingTests.examples + format.rawValue)
            let interesting = Array("[]{}\"'#=:,.-&*!|>$\\\n\t \u{0}0e".utf8) + [0xFF, 0xC3]
            var refused = 0
            for seed in 0..<400 {
                var generator = SeededGenerator(seed: UInt64(seed))
                var bytes = original
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let at = Int.random(in: 0..<bytes.count, using: &generator)
                    switch Int.random(in: 0..<4, using: &generator) {
                    case 0: bytes[at] = interesting[Int.random(in: 0..<interesting.count, using: &generator)]
                    case 1: bytes.insert(interesting[Int.random(in: 0..<interesting.count, using: &generator)], at: at)
                    case 2: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...40, using: &generator)))
                    default: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 60)], at: at)
                    }
                }
                do {
                    let document = try ConfigurationDocument(parsing: bytes, format: format, path: "f")
                    if !document.check(environment: [:]).problems.isEmpty { refused += 1 }
                } catch {
                    #expect(error.code == .configuration)
                    refused += 1
                }
            }
            #expect(refused > 200)
        }
    }
}
