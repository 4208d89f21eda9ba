extension CompletionScript {
    /// The script for zsh, to be put into a directory of `$fpath` as `_plexctl`.
    var zsh: String {
        let functions = paths.map(function(of:)).joined(separator: "\n")
        return """
            #compdef \(tree.name)
            \(note(for: .zsh))

            _\(tree.name)_query() {
                local -a names
                names=("${(@f)$(\(tree.name) __complete $1 2>/dev/null)}")
                compadd -a names
            }

            \(topics)
            \(functions)
            if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
                _\(tree.name) "$@"
            else
                compdef _\(tree.name) \(tree.name)
            fi

            """
    }

    /// Offers the words of a command that is the argument of another one.
    private var topics: String {
        let cases = groups.map { group in
            let names = group.command.shownSubcommands.map(\.name).joined(separator: " ")
            return "    \(quoted(group.commands.dropFirst().map(\.name).joined(separator: "/")))) compadd \(names) ;;\n"
        }
        return """
            _\(tree.name)_topics() {
                case ${(j:/:)words[1,CURRENT-1]} in
            \(cases.joined())    esac
            }

            """
    }

    private func functionName(of path: CommandPath) -> String {
        "_" + path.commands.map(\.name).joined(separator: "_")
    }

    private func function(of path: CommandPath) -> String {
        let name = functionName(of: path)
        let subcommands = path.command.shownSubcommands
        var specifications = path.options.map { specification(of: $0, among: path.options) }
        if subcommands.isEmpty {
            specifications += path.command.positionals.map(specification(of:))
        } else {
            specifications += ["'1: :->command'", "'*:: :->rest'"]
        }
        let arguments = specifications.map { " \\\n        \($0)" }.joined()
        guard !subcommands.isEmpty else {
            return "\(name)() {\n    _arguments -s -S\(arguments)\n}\n"
        }
        let descriptions = subcommands.map { "            \(quoted("\($0.name):\($0.summary)"))\n" }.joined()
        let calls = subcommands.map { "        \($0.name)) \(functionName(of: path.appending($0))) ;;\n" }.joined()
        return """
            \(name)() {
                local context state state_descr line curcontext="$curcontext"
                local -a commands
                typeset -A opt_args
                _arguments -C -s -S\(arguments)
                case $state in
                command)
                    commands=(
            \(descriptions)        )
                    _describe command commands
                    ;;
                rest)
                    case $line[1] in
            \(calls)        esac
                    ;;
                esac
            }

            """
    }

    private func specification(of option: Option, among options: [Option]) -> String {
        let rivals = options.filter { $0.exclusion != nil && $0.exclusion == option.exclusion && $0 != option }
        let excluded = option.isRepeatable ? [] : option.spellings + rivals.flatMap(\.spellings)
        let head = option.isRepeatable ? "'*'" : quoted("(\(excluded.joined(separator: " ")))")
        let assign = option.value == nil ? "" : "="
        let spellings = option.spellings.map { $0.hasPrefix("--") ? $0 + assign : $0 + (assign.isEmpty ? "" : "+") }
        let names = spellings.count == 1 ? spellings[0] : "{\(spellings.joined(separator: ","))}"
        let value = option.value.map { ":\($0.name):\(action(for: $0.kind))" } ?? ""
        return head + names + quoted("[\(described(option.summary))]\(value)")
    }

    private func specification(of positional: Positional) -> String {
        quoted("\(positional.isRepeating ? "*" : "")::\(positional.name):\(action(for: positional.kind))")
    }

    private func action(for kind: Option.ValueKind) -> String {
        if let words = words(for: kind) { return "(\(words.joined(separator: " ")))" }
        return switch kind {
        case .file: "_files"
        case .model: "_\(tree.name)_query models"
        case .provider: "_\(tree.name)_query providers"
        case .toolServer: "_\(tree.name)_query servers"
        case .configurationKey: "_\(tree.name)_query keys"
        case .command: "_\(tree.name)_topics"
        default: ""
        }
    }

    private func described(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("[", with: "\\[").replacing("]", with: "\\]")
            .replacing(":", with: "\\:")
    }
}
