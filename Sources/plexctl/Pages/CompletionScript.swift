/// A shell that completion scripts are made for.
enum Shell: String, Sendable, CaseIterable {
    case bash, zsh, fish
}

/// A script that makes a shell complete command lines of this program.
struct CompletionScript: Sendable {
    /// The commands.
    let tree: Command

    /// The script for a shell.
    func text(for shell: Shell) -> String {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        }
    }

    /// Every command with a page, the root first.
    var paths: [CommandPath] { CommandPath(root: tree).shownDescendants }

    /// The words behind the program's name, each after a slash; `/` for the root.
    func key(of path: CommandPath) -> String {
        path.commands.count == 1 ? "/" : path.commands.dropFirst().map { "/\($0.name)" }.joined()
    }

    /// The commands that have others below them, the root first.
    var groups: [CommandPath] { paths.filter { !$0.command.shownSubcommands.isEmpty } }

    /// Whether a command's arguments are the words of another command.
    func takesCommand(_ path: CommandPath) -> Bool { path.command.positionals.first?.kind == .command }

    /// Where the argument of a command stands that takes another one, when a group has been named so far.
    func key(of group: CommandPath, behind path: CommandPath) -> String {
        group.commands.count == 1 ? key(of: path) : key(of: path) + key(of: group)
    }

    /// The call that lists what a value may be, for kinds that only a run knows.
    func query(for kind: Option.ValueKind) -> String? {
        switch kind {
        case .model: "\(tree.name) __complete models 2>/dev/null"
        case .provider: "\(tree.name) __complete providers 2>/dev/null"
        case .toolServer: "\(tree.name) __complete servers 2>/dev/null"
        case .configurationKey: "\(tree.name) __complete keys 2>/dev/null"
        case .text, .file, .integer, .number, .duration, .choice, .command: nil
        }
    }

    /// The words that a value may be, for kinds that are known here.
    func words(for kind: Option.ValueKind) -> [String]? {
        switch kind {
        case .choice(let words): words
        case .text, .file, .integer, .number, .duration, .model, .provider, .toolServer, .configurationKey, .command:
            nil
        }
    }

    /// A text in single quotes, as every shell reads it.
    func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: "'\\''") + "'"
    }

    /// The first line of each script.
    func note(for shell: Shell) -> String {
        "# \(shell.rawValue) completion for \(tree.name), made by '\(tree.name) completions \(shell.rawValue)'."
    }
}
