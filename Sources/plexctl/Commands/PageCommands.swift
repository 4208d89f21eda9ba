import TransportKit

/// `plexctl help`.
enum HelpCommand {
    static func run(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        var path = CommandPath(root: .plexctl)
        for word in arguments.positionals {
            guard let next = path.descending([word]) else {
                let known = path.command.shownSubcommands.map(\.name)
                let hint = nearestName(to: word, among: known).map { "; did you mean '\($0)'?" } ?? ""
                throw Failure(.usage, "unknown command '\(word)'\(hint)")
            }
            path = next
        }
        try context.console.print(HelpPage(path: path).text)
    }
}

/// `plexctl version` and `--version`.
enum VersionCommand {
    static func run(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        try context.console.print(text(asJSON: arguments.has(.json)))
    }

    static func text(asJSON: Bool) -> String {
        if asJSON {
            let value: JSONValue = ["name": "plexctl", "version": .string(Manual.plexctl.version)]
            return value.serializedString + "\n"
        }
        return "plexctl \(Manual.plexctl.version)\n"
    }
}

/// `plexctl completions`.
enum CompletionsCommand {
    static func run(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        guard let shell = arguments.positionals.first.flatMap(Shell.init) else { return }
        try context.console.print(CompletionScript(tree: .plexctl).text(for: shell))
    }
}
