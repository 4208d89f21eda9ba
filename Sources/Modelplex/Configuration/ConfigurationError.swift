public import ProviderKit

/// What is wrong with a configuration: all of it, in the order of its lines.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One thing that is wrong, or that deserves a warning.
    public struct Problem: Sendable, Hashable, CustomStringConvertible {
        /// The file, or the variable from which the value came.
        public var file: String
        /// The line, from 1.
        public var line: Int?
        /// The column in characters, from 1.
        public var column: Int?
        /// The key, as in `providers[0].base_url`; empty if the file itself is wrong.
        public var keyPath: String
        /// What is wrong, without any secret.
        public var message: String
        /// What to do next.
        public var hint: String?

        /// Makes a problem.
        public init(
            file: String,
            line: Int? = nil,
            column: Int? = nil,
            keyPath: String = "",
            message: String,
            hint: String? = nil
        ) {
            self.file = file
            self.line = line
            self.column = column
            self.keyPath = keyPath
            self.message = message
            self.hint = hint
        }

        /// One line, `config.toml:12:1: providers[0].base_ur: unknown key; did you mean base_url?` for example.
        public var description: String {
            var text = file
            if let line { text += ":\(line)" }
            if line != nil, let column { text += ":\(column)" }
            if !keyPath.isEmpty { text += ": \(keyPath)" }
            text += ": \(message)"
            if let hint { text += "; \(hint)" }
            return text
        }
    }

    /// All that is wrong, at least one.
    public let problems: [Problem]

    /// Whether the file could not be read at all.
    package var isUnread = false

    /// Makes an error of problems, sorted by line.
    public init(_ problems: [Problem]) {
        self.problems = problems.sortedByPlace
    }

    /// The problems, one a line.
    public var description: String {
        problems.map(\.description).joined(separator: "\n")
    }

    /// The same as the one error type of this library.
    public var plexError: PlexError {
        PlexError(.configuration, description, underlyingError: self)
    }
}

extension [ConfigurationError.Problem] {
    var sortedByPlace: Self {
        // The standard library's sort is stable; problems of one place keep their order.
        sorted { ($0.line ?? 0, $0.column ?? 0) < ($1.line ?? 0, $1.column ?? 0) }
    }
}
