extension CompletionScript {
    /// The script for fish 3 and later.
    var fish: String {
        let keys = paths.dropFirst().map(key(of:)).joined(separator: " ")
        let topics = paths.filter(takesCommand).map { path in
            "; or string match -qr '^\(key(of: path))/[a-z]' -- \"$path/$word\""
        }
        let lines = paths.flatMap { path in
            path.command.shownSubcommands.map { line(for: $0, of: path) }
                + (takesCommand(path) ? groups.map { line(for: $0, behind: path) } : [])
                + path.command.positionals.prefix(1).compactMap { line(for: $0, of: path) }
                + path.options.map { line(for: $0, of: path) }
        }
        return """
            \(note(for: .fish))

            function __\(tree.name)_at
                set -l path
                for word in (commandline -opc)[2..-1]
                    if contains -- "$path/$word" \(keys)\(topics.joined())
                        set path "$path/$word"
                    end
                end
                test "$path" = "$argv[1]"; or test -z "$path" -a "$argv[1]" = /
            end

            complete -c \(tree.name) -f
            \(lines.joined(separator: "\n"))

            """
    }

    private func beginning(of path: CommandPath) -> String {
        "complete -c \(tree.name) -n \(fishQuoted("__\(tree.name)_at \(key(of: path))"))"
    }

    private func line(for subcommand: Command, of path: CommandPath) -> String {
        "\(beginning(of: path)) -a \(subcommand.name) -d \(fishQuoted(subcommand.summary))"
    }

    private func line(for group: CommandPath, behind path: CommandPath) -> String {
        let place = fishQuoted("__\(tree.name)_at \(key(of: group, behind: path))")
        let names = group.command.shownSubcommands.map(\.name).joined(separator: " ")
        return "complete -c \(tree.name) -n \(place) -a \(fishQuoted(names))"
    }

    private func line(for positional: Positional, of path: CommandPath) -> String? {
        candidates(for: positional.kind).map { "\(beginning(of: path)) \($0)" }
    }

    private func line(for option: Option, of path: CommandPath) -> String {
        var line = "\(beginning(of: path)) -l \(option.long)"
        if let short = option.short { line += " -s \(short)" }
        if let value = option.value {
            // `-x` keeps files out, which `-r` alone would offer.
            line += value.kind == .file ? " -r" : " -x"
            if let candidates = candidates(for: value.kind) { line += " \(candidates)" }
        }
        return line + " -d \(fishQuoted(option.summary))"
    }

    private func candidates(for kind: Option.ValueKind) -> String? {
        if let words = words(for: kind) { return "-a \(fishQuoted(words.joined(separator: " ")))" }
        if let query = query(for: kind) { return "-a \(fishQuoted("(\(query))"))" }
        return kind == .file ? "-F" : nil
    }

    /// In single quotes fish reads a backslash before a backslash or a quote.
    private func fishQuoted(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}
