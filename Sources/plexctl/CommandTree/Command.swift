/// One command of the tree that parsing, help pages, completions and the manual page are made from.
struct Command: Sendable {
    /// What a command does; it prints its result itself.
    typealias Action = @Sendable (Arguments, Context) async throws(Failure) -> Void

    /// The word that calls it.
    var name: String
    /// What it does, in one sentence.
    var summary: String
    /// What a reader has to know beyond the summary, in paragraphs.
    var discussion: [String] = []
    /// What stands after the options.
    var positionals: [Positional] = []
    /// The options of this command alone.
    var options: [Option] = []
    /// The options of this command and of everything below it.
    var commonOptions: [Option] = []
    /// The commands below.
    var subcommands: [Command] = []
    /// Calls worth copying.
    var examples: [Example] = []
    /// Whether it is left out of pages and completions.
    var isHidden = false
    /// What it does; `nil` for a command that only groups others.
    var action: Action?
}

extension Command {
    /// A call of a command and what it is good for.
    struct Example: Sendable {
        /// What a reader gets from it.
        var purpose: String
        /// The line to type.
        var line: String
    }

    /// The subcommands that pages and completions show.
    var shownSubcommands: [Command] {
        subcommands.filter { !$0.isHidden }
    }

    /// The subcommand of a name.
    func subcommand(_ name: String) -> Command? {
        subcommands.first { $0.name == name }
    }
}

/// A command, and the commands that lead to it, the root first.
struct CommandPath: Sendable {
    /// The commands from the root to this one; never empty.
    let commands: [Command]
    /// The command itself.
    let command: Command

    /// Begins a path at the root.
    init(root: Command) {
        commands = [root]
        command = root
    }

    private init(commands: [Command], command: Command) {
        self.commands = commands
        self.command = command
    }

    /// The path to a subcommand of this command.
    func appending(_ subcommand: Command) -> CommandPath {
        CommandPath(commands: commands + [subcommand], command: subcommand)
    }

    /// The path to a command that is named word by word, or `nil` if there is none.
    func descending(_ names: some Sequence<String>) -> CommandPath? {
        names.reduce(self) { (path: CommandPath?, name) in
            path.flatMap { path in path.command.subcommand(name).map(path.appending) }
        }
    }

    /// The words to type.
    var name: String { commands.map(\.name).joined(separator: " ") }
    /// The options that hold here because a command above or this one declares them for all below.
    var commonOptions: [Option] { commands.flatMap(\.commonOptions) }
    /// Every option that can stand here.
    var options: [Option] { command.options + commonOptions }

    /// This command and all shown ones below it, depth first.
    var shownDescendants: [CommandPath] {
        [self] + command.shownSubcommands.flatMap { appending($0).shownDescendants }
    }
}
