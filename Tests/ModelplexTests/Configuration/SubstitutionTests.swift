import ProviderKit
import Testing

@testable import Modelplex

@Suite("Variables in a configuration")
struct SubstitutionTests {
    static let environment = ["A": "1", "B_2": "two", "EMPTY": "", "NESTED": "${A}", "DOLLAR": "$"]

    @Test(
        "Variables are put in anywhere",
        arguments: [
            ("${A}", "1"), ("x${A}y${B_2}z", "x1ytwoz"), ("${MISSING:-default}", "default"), ("${MISSING:-}", ""),
            ("${EMPTY}", ""), ("${EMPTY:-d}", "d"), ("${A:-d}", "1"), ("$${A}", "${A}"), ("$$${A}", "$${A}"),
            ("$${", "${"), ("${NESTED}", "${A}"), ("${DOLLAR}{A}", "${A}"), ("a$b ${A}$", "a$b 1$"),
            ("${MISSING:-http://x:1/}", "http://x:1/"), ("${A}é${A}", "1é1"),
        ]
    )
    func values(text: String, expected: String) throws {
        #expect(try Substitution.apply(to: text, environment: Self.environment) == expected)
    }

    @Test("Text without a variable stays", arguments: ["", "plain", "$A", "$$", "{A}", "$ {A}"])
    func plain(text: String) throws {
        #expect(try Substitution.apply(to: text, environment: Self.environment) == nil)
    }

    @Test(
        "What is wrong is said",
        arguments: [
            ("${MISSING}", "the variable MISSING is not defined; set it, or write ${MISSING:-default}"),
            ("a ${A", "${ without a closing }; write $${ for the characters themselves"),
            ("${}", "a variable's name has letters, digits and _, as in ${OPENAI_API_KEY}"),
            ("${1A}", "a variable's name has letters, digits and _, as in ${OPENAI_API_KEY}"),
            ("${A-x}", "a variable's name has letters, digits and _, as in ${OPENAI_API_KEY}"),
            ("${A:?x}", "expected ${NAME} or ${NAME:-default}"),
            ("${X:-${A}}", "a default cannot hold another ${…}"),
        ]
    )
    func errors(text: String, expected: String) {
        let error = #expect(throws: InvalidText.self) {
            try Substitution.apply(to: text, environment: Self.environment)
        }
        #expect(error?.message == expected)
    }

    @Test("An undefined variable is never read as empty, whatever the key")
    func undefined() throws {
        for key in ["api_key", "base_url", "type"] {
            let text = "[[providers]]\nname = \"openai\"\n\(key) = \"${NOT_SET}\"\n"
            let column = key.count + 4
            #expect(
                problems(text) == [
                    "config.toml:3:\(column): providers[0].\(key): the variable NOT_SET is not defined; set it, or write "
                        + "${NOT_SET:-default}"
                ]
            )
        }
        #expect(throws: PlexError.self) {
            try ConfigurationDocument("[server]\nlog_level = \"${NOT_SET}\"").configuration(environment: [:])
        }
    }

    @Test("A variable may stand for a number and for true or false")
    func typed() throws {
        let text = "[server]\nloops = \"${LOOPS}\"\n[mcp]\nenabled = \"${TOOLS}\"\n"
        let configuration = try ConfigurationDocument(text).configuration(environment: ["LOOPS": "3", "TOOLS": "false"])
        #expect(configuration.server.loops == 3)
        #expect(!configuration.mcp.enabled)
    }
}

@Suite(".env files")
struct DotEnvTests {
    @Test("Lines are read")
    func lines() throws {
        let text = """
            # comment
            A=1
            export B = two words # comment
            C='single $A \\n'
            D="double \\"q\\" \\n\\$"
              E=a#b
            F=
            G="two
            lines" # comment
            A=again
            """
        #expect(
            try DotEnv.parse(text + "\r\nH=x\r\n") == [
                "A": "again", "B": "two words", "C": "single $A \\n", "D": "double \"q\" \n$", "E": "a#b", "F": "",
                "G": "two\nlines", "H": "x",
            ]
        )
    }

    @Test("All wrong lines are named, without what they hold")
    func errors() {
        let error = #expect(throws: PlexError.self) {
            try DotEnv.parse("A=1\nsecret\nB = \"x\" secret\n2C=1\nD=\"\\q\"\nE='open\nsecret")
        }
        #expect(
            error?.message == """
                .env:2: expected NAME=value
                .env:3: there is text after the closing quote of B
                .env:4: expected NAME=value
                .env:5: unknown escape in the value of D
                .env:6: the quote of E is not closed
                """
        )
    }

    @Test("The real environment wins")
    func precedence() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("A=file\nB=file\n", to: "env")
        #expect(
            try DotEnv.load(path: path, under: ["A": "real", "C": "real"]) == ["A": "real", "B": "file", "C": "real"]
        )
        let error = #expect(throws: PlexError.self) { try DotEnv.load(path: path + "x", under: [:]) }
        #expect(error?.code == .notFound)
    }
}
