import ProviderTesting
import Testing

@testable import plexctl

@Suite("Pages from the command tree")
struct PageSnapshotTests {
    static let paths = CommandPath(root: .plexctl).shownDescendants

    @Test("help pages are as recorded", arguments: paths.map(\.name))
    func helpPage(name: String) throws {
        let path = try #require(Self.paths.first { $0.name == name })
        let file = name.replacing(" ", with: "-")
        try Snapshot.expect(HelpPage(path: path).text, isAt: "Tests/plexctlTests/Snapshots/help/\(file).txt")
    }

    @Test("help pages fit into 80 columns, copied examples aside", arguments: paths.map(\.name))
    func helpPageWidth(name: String) throws {
        let path = try #require(Self.paths.first { $0.name == name })
        let examples = path.command.examples.map { "  \($0.line)" }
        for line in HelpPage(path: path).text.split(separator: "\n") where !examples.contains(String(line)) {
            #expect(line.count <= 80, "\(line)")
        }
    }

    @Test("completion scripts are as recorded", arguments: Shell.allCases)
    func completionScript(shell: Shell) throws {
        let text = CompletionScript(tree: .plexctl).text(for: shell)
        try Snapshot.expect(text, isAt: "Tests/plexctlTests/Snapshots/completions/plexctl.\(shell.rawValue)")
    }

    @Test("the manual page is the one in docs/man")
    func manualPage() throws {
        let text = ManualPage(tree: .plexctl, manual: .plexctl).text
        try Snapshot.expect(text, isAt: "docs/man/plexctl.1")
    }

    @Test("names and letters are unique on every path")
    func uniqueNames() {
        for path in Self.paths {
            let spellings = path.options.flatMap(\.spellings)
            #expect(Set(spellings).count == spellings.count, "\(path.name): \(spellings)")
            let names = path.command.subcommands.map(\.name)
            #expect(Set(names).count == names.count, "\(path.name): \(names)")
            #expect(names.isEmpty || path.command.positionals.isEmpty, "\(path.name) takes commands or arguments")
        }
    }

    @Test(
        "bash completes commands, options, words and names",
        arguments: [
            ("plexctl co", "config completions"), ("plexctl config sh", "show"), ("plexctl chat --mo", "--model"),
            ("plexctl chat -m ", "up/a:7b up/b"), ("plexctl chat -m up/a:", "7b"),
            ("plexctl config convert --to=y", "yaml"), ("plexctl completions f", "fish"), ("plexctl chat -s ", ""),
            ("plexctl help conf", "config"), ("plexctl help auth st", "status"), ("plexctl help chat ", ""),
            ("plexctl help auth --he", "--help"),
        ]
    )
    func bashCompletion(line: String, offered: String) async throws {
        let program = try Program()
        let shell = try await program.startShell(
            """
            source '\(Snapshot.root)/Tests/plexctlTests/Snapshots/completions/plexctl.bash'
            plexctl() { printf 'up/a:7b\\nup/b\\n'; }
            COMP_LINE='\(line)' COMP_POINT=\(line.count)
            _plexctl
            echo "${COMPREPLY[*]}"
            """
        )
        #expect(try await program.outcome(of: shell) == .init(status: 0, output: offered + "\n", errorOutput: ""))
    }
}
