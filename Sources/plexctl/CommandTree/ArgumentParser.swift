/// Why a command line cannot be understood.
struct UsageError: Error, Sendable {
    /// What is wrong, and what may have been meant; empty where only a command is missing, and its help says it all.
    var message: String
    /// The command whose usage helps.
    var path: CommandPath
}

/// What a command line asks for.
enum ParsedCommandLine: Sendable {
    /// To run a command.
    case run(Arguments)
    /// To see a command's help page.
    case help(CommandPath)
    /// To see the version.
    case version
}

/// Reads a command line by a command tree.
struct ArgumentParser: Sendable {
    private let tree: Command

    /// Makes a parser for a tree.
    init(tree: Command) {
        self.tree = tree
    }

    /// Reads the words behind the program's name.
    func parse(_ words: [String]) throws(UsageError) -> ParsedCommandLine {
        var reading = Reading(words: words[...], arguments: Arguments(path: CommandPath(root: tree)))
        if let request = try reading.readAll() {
            return request
        }
        let path = reading.arguments.path
        guard path.command.action != nil else {
            throw UsageError(message: "", path: path)
        }
        try reading.checkCombination()
        return .run(reading.arguments)
    }
}

private struct Reading {
    var words: ArraySlice<String>
    var arguments: Arguments

    private var path: CommandPath { arguments.path }

    /// Reads every word, unless help or the version is asked for before.
    mutating func readAll() throws(UsageError) -> ParsedCommandLine? {
        while let word = words.popFirst() {
            if word == "--" {
                for word in words { try readPositional(word) }
                words = []
            } else if word.hasPrefix("--") {
                try readLong(word.dropFirst(2))
            } else if word.hasPrefix("-"), word != "-" {
                try readShort(word.dropFirst())
            } else {
                try readPositional(word)
            }
            if arguments.has(.help) { return .help(path) }
            if arguments.has(.version) { return .version }
        }
        return nil
    }

    private mutating func readPositional(_ word: String) throws(UsageError) {
        if !path.command.subcommands.isEmpty {
            guard let subcommand = path.command.subcommand(word) else {
                let known = path.command.shownSubcommands.map(\.name)
                throw error("unknown command '\(word)'\(suggestion(for: word, among: known))")
            }
            arguments.path = path.appending(subcommand)
            return
        }
        let declared = path.command.positionals
        let place = arguments.positionals.count
        guard place < declared.count || declared.last?.isRepeating == true else {
            throw error("unexpected argument '\(word)'")
        }
        let positional = declared[min(place, declared.count - 1)]
        try check(word, positional.kind, of: positional.name)
        arguments.positionals.append(word)
    }

    private mutating func readLong(_ text: Substring) throws(UsageError) {
        let name = text.prefix { $0 != "=" }
        guard let option = path.options.first(where: { $0.long == name }) else {
            throw unknownOption("--\(name)")
        }
        let attached = name.endIndex == text.endIndex ? nil : text[name.endIndex...].dropFirst()
        try read(option, as: "--\(name)", attached: attached)
    }

    private mutating func readShort(_ letters: Substring) throws(UsageError) {
        var rest = letters
        while let letter = rest.popFirst() {
            guard let option = path.options.first(where: { $0.short == letter }) else {
                throw unknownOption("-\(letter)")
            }
            if option.value == nil {
                arguments.add(nil, for: option)
            } else {
                try read(option, as: "-\(letter)", attached: rest.isEmpty ? nil : rest)
                return
            }
        }
    }

    private mutating func read(_ option: Option, as spelling: String, attached: Substring?) throws(UsageError) {
        guard let value = option.value else {
            if attached != nil { throw error("'\(spelling)' takes no value") }
            arguments.add(nil, for: option)
            return
        }
        let text: String
        if let attached {
            text = String(attached)
        } else if let next = words.first, !isOption(next) {
            text = words.removeFirst()
        } else if let next = words.first {
            throw error("'\(spelling)' needs a value; if '\(next)' is it, write '--\(option.long)=\(next)'")
        } else {
            throw error("'\(spelling)' needs a value: \(spelling) \(value.name)")
        }
        try check(text, value.kind, of: spelling)
        arguments.add(text, for: option)
    }

    /// Whether a word is an option of this command: then it is hardly the value of the option before it.
    private func isOption(_ word: String) -> Bool {
        path.options.contains { $0.spellings.contains(word) }
    }

    private func check(_ text: String, _ kind: Option.ValueKind, of name: String) throws(UsageError) {
        let expected: String? =
            switch kind {
            case .integer(let range):
                Int(text).map(range.contains) == true
                    ? nil : "a whole number from \(range.lowerBound) to \(range.upperBound)"
            case .number(let range):
                Double(text).map(range.contains) == true
                    ? nil : "a number from \(range.lowerBound) to \(range.upperBound)"
            case .duration:
                Duration(written: text) != nil ? nil : "a length of time such as 500ms, 30s or 2m"
            case .choice(let words):
                words.contains(text) ? nil : words.joined(separator: ", ")
            case .text, .file, .model, .provider, .toolServer, .configurationKey, .command:
                nil
            }
        if let expected {
            let hint = if case .choice(let words) = kind { suggestion(for: text, among: words) } else { "" }
            throw error("'\(text)' is not right for \(name): expected \(expected)\(hint)")
        }
    }

    /// Checks what only the whole line shows.
    func checkCombination() throws(UsageError) {
        let declared = path.command.positionals
        if arguments.positionals.count < declared.count, declared[arguments.positionals.count].isRequired {
            throw error("missing argument \(declared[arguments.positionals.count].name)")
        }
        let given = path.options.filter(arguments.has)
        for (index, option) in given.enumerated() {
            guard let exclusion = option.exclusion else { continue }
            if let other = given[(index + 1)...].first(where: { $0.exclusion == exclusion }) {
                throw error("'--\(option.long)' and '--\(other.long)' exclude each other")
            }
        }
    }

    private func unknownOption(_ spelling: String) -> UsageError {
        let known = path.options.map { "--\($0.long)" }
        let hint = spelling.hasPrefix("--") ? suggestion(for: spelling, among: known) : ""
        return error("unknown option '\(spelling)'\(hint)")
    }

    private func suggestion(for word: String, among known: [String]) -> String {
        nearestName(to: word, among: known).map { "; did you mean '\($0)'?" } ?? ""
    }

    private func error(_ message: String) -> UsageError {
        UsageError(message: message, path: path)
    }
}
