/// What `--help` shows of a command.
struct HelpPage: Sendable {
    /// The command that is described.
    let path: CommandPath

    /// The page, with a line end.
    var text: String {
        var sections = ["OVERVIEW: \(path.command.summary)".wrapped()]
        sections += path.command.discussion.map { $0.wrapped() }
        sections.append(Synopsis(path: path).text(prefix: "USAGE: "))
        add("ARGUMENTS", path.command.positionals.map(Self.row(of:)), to: &sections)
        add("OPTIONS", path.command.options.map(Self.row(of:)), to: &sections)
        let commands = path.command.shownSubcommands.map { Row(term: $0.name, text: $0.summary) }
        add("SUBCOMMANDS", commands, to: &sections)
        add("COMMON OPTIONS", path.commonOptions.map(Self.row(of:)), to: &sections)
        if !path.command.examples.isEmpty {
            let examples = path.command.examples.map { "  # \($0.purpose)\n  \($0.line)" }
            sections.append("EXAMPLES:\n" + examples.joined(separator: "\n\n"))
        }
        if !path.command.shownSubcommands.isEmpty {
            let words = path.commands.dropFirst().map { "\($0.name) " }.joined()
            sections.append("See '\(path.commands[0].name) help \(words)COMMAND' for more on a command.")
        }
        return sections.joined(separator: "\n\n") + "\n"
    }

    private struct Row {
        var term: String
        var text: String
    }

    private func add(_ title: String, _ rows: [Row], to sections: inout [String]) {
        guard !rows.isEmpty else { return }
        let column = 28
        let lines = rows.map { row in
            let term = "  \(row.term)"
            let margin = String(repeating: " ", count: column)
            let text = row.text.wrapped(indentation: margin)
            return term.count + 2 > column
                ? "\(term)\n\(text)"
                : term + text.dropFirst(term.count)
        }
        sections.append("\(title):\n" + lines.joined(separator: "\n"))
    }

    private static func row(of option: Option) -> Row {
        let margin = option.short == nil ? "    " : ""
        let value = option.value.map { " \($0.name)" } ?? ""
        let note = option.isRepeatable ? " May be repeated." : ""
        return Row(term: margin + option.spellings.joined(separator: ", ") + value, text: option.summary + note)
    }

    private static func row(of positional: Positional) -> Row {
        Row(term: positional.name, text: positional.summary)
    }
}
