extension CompletionScript {
    /// The script for bash 4.4 and later; it needs no other scripts.
    ///
    /// Candidates are filtered here and not by `compgen -W`, which would expand what stands in a model's name.
    var bash: String {
        let function = "_\(tree.name)"
        return """
            \(note(for: .bash))

            \(function)_reply() {
                local word prefix=''
                if [[ $2 == *:* && $COMP_WORDBREAKS == *:* ]]; then
                    prefix=${2%"${2##*:}"}
                fi
                COMPREPLY=()
                while IFS= read -r word; do
                    if [[ -n $word && $word == "$2"* ]]; then
                        COMPREPLY+=("${word#"$prefix"}")
                    fi
                done <<<"$1"
            }

            \(function)() {
                local line=${COMP_LINE:0:COMP_POINT} path=/ current='' previous word
                local -a words
                read -ra words <<<"$line"
                if [[ $line != *[[:space:]] ]]; then
                    current=${words[-1]}
                    unset 'words[-1]'
                fi
                previous=${words[-1]}
                for word in "${words[@]:1}"; do
                    case ${path%/}/$word in
            \(indented(paths.dropFirst().map { "\(key(of: $0))) path=\(key(of: $0)) ;;" } + topics, by: 8))
                    esac
                done
                if [[ $current == --*=* ]]; then
                    previous=${current%%=*}
                    current=${current#*=}
                fi
                case "$path $previous" in
            \(indented(paths.flatMap(optionCases), by: 4))
                esac
                if [[ $current == -* ]]; then
                    case $path in
            \(indented(paths.map(optionList), by: 8))
                    esac
                    return
                fi
                case $path in
            \(indented(paths.flatMap(argumentCases), by: 4))
                esac
            }

            complete -F \(function) \(tree.name)

            """
    }

    private func indented(_ lines: [String], by count: Int) -> String {
        lines.map { String(repeating: " ", count: count) + $0 }.joined(separator: "\n")
    }

    private func optionCases(of path: CommandPath) -> [String] {
        path.options.compactMap { option in
            guard let value = option.value else { return nil }
            let patterns = option.spellings.map { "\"\(key(of: path)) \($0)\"" }.joined(separator: " | ")
            return "\(patterns)) \(reply(for: value.kind)); return ;;"
        }
    }

    private func optionList(of path: CommandPath) -> String {
        let spellings = path.options.flatMap(\.spellings)
        let further = takesCommand(path) ? " | \(key(of: path))/*" : ""
        return "\(key(of: path))\(further)) \(reply(with: spellings)) ;;"
    }

    /// The words of a command that is the argument of another one.
    private var topics: [String] {
        paths.filter(takesCommand).map { "\(key(of: $0))/[a-z]*) path+=/$word ;;" }
    }

    private func argumentCases(of path: CommandPath) -> [String] {
        let commands = path.command.shownSubcommands.map(\.name)
        if !commands.isEmpty { return ["\(key(of: path))) \(reply(with: commands)) ;;"] }
        if takesCommand(path) {
            return groups.map { group in
                let names = group.command.shownSubcommands.map(\.name)
                return "\(key(of: group, behind: path))) \(reply(with: names)) ;;"
            }
        }
        guard let positional = path.command.positionals.first else { return [] }
        return ["\(key(of: path))) \(reply(for: positional.kind)) ;;"]
    }

    private func reply(for kind: Option.ValueKind) -> String {
        if let words = words(for: kind) { return reply(with: words) }
        if let query = query(for: kind) { return "_\(tree.name)_reply \"$(\(query))\" \"$current\"" }
        return kind == .file ? "compopt -o default; COMPREPLY=()" : "COMPREPLY=()"
    }

    private func reply(with words: [String]) -> String {
        "_\(tree.name)_reply $'\(words.joined(separator: "\\n"))' \"$current\""
    }
}
