/// An option or flag of a command.
struct Option: Sendable, Hashable {
    /// What an option's value or a positional argument may be; completions offer it, the parser checks it.
    enum ValueKind: Sendable, Hashable {
        /// Any text.
        case text
        /// A file's path.
        case file
        /// A whole number within limits.
        case integer(ClosedRange<Int>)
        /// A number within limits.
        case number(ClosedRange<Double>)
        /// A length of time such as `500ms`, `30s` or `2m`.
        case duration
        /// One of some words.
        case choice([String])
        /// A model's name.
        case model
        /// A provider's name.
        case provider
        /// The name of a configured MCP server.
        case toolServer
        /// A key of the configuration.
        case configurationKey
        /// The name of a command of this program.
        case command
    }

    /// What follows an option.
    struct Value: Sendable, Hashable {
        /// Its name on pages, in capitals.
        var name: String
        /// What it may be.
        var kind: ValueKind
    }

    /// The name behind two dashes.
    var long: String
    /// The letter behind one dash.
    var short: Character?
    /// What follows; `nil` for a flag.
    var value: Value?
    /// Whether it may be given several times; otherwise the last one counts.
    var isRepeatable: Bool
    /// Options of one command with the same name here exclude each other.
    var exclusion: String?
    /// What it does, in one sentence.
    var summary: String

    /// Declares a flag.
    static func flag(
        _ long: String,
        short: Character? = nil,
        exclusion: String? = nil,
        _ summary: String
    ) -> Option {
        Option(long: long, short: short, value: nil, isRepeatable: false, exclusion: exclusion, summary: summary)
    }

    /// Declares an option with a value.
    static func option(
        _ long: String,
        short: Character? = nil,
        _ name: String,
        _ kind: ValueKind,
        isRepeatable: Bool = false,
        _ summary: String
    ) -> Option {
        Option(
            long: long,
            short: short,
            value: Value(name: name, kind: kind),
            isRepeatable: isRepeatable,
            exclusion: nil,
            summary: summary
        )
    }

    /// The ways to write it, the short one first.
    var spellings: [String] { (short.map { ["-\($0)"] } ?? []) + ["--\(long)"] }
    /// The shortest way to write it.
    var shortestSpelling: String { spellings[0] }
}

/// An argument that is known by its place.
struct Positional: Sendable, Hashable {
    /// Its name on pages, in capitals.
    var name: String
    /// What it may be.
    var kind: Option.ValueKind = .text
    /// Whether it has to be there.
    var isRequired = false
    /// Whether all that follow belong to it too; only for the last one.
    var isRepeating = false
    /// What it is, in one sentence.
    var summary: String
}
