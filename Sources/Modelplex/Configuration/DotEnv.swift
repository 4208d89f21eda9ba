public import ProviderKit

/// Reads `.env` files: one `NAME=value` a line.
///
/// `export` before the name is allowed; `#` begins a comment, after a value only behind white space. In single quotes
/// everything is literal, in double quotes `\n`, `\t`, `\r`, `\"`, `\\` and `\$` are escapes; either may span lines.
/// There is no substitution.
public enum DotEnv {
    /// Reads the text of a file.
    ///
    /// - Parameters:
    ///   - text: The whole file.
    ///   - path: The name by which errors call it.
    /// - Returns: The variables; of several with one name the last counts.
    /// - Throws: `PlexError` of code `configuration` with all lines that are wrong, without what they hold.
    public static func parse(_ text: String, path: String = ".env") throws(PlexError) -> [String: String] {
        var parser = Parser(text)
        parser.run()
        guard parser.errors.isEmpty else {
            throw ConfigurationError(
                parser.errors.map { .init(file: path, line: $0.line, message: $0.message) }
            ).plexError
        }
        return parser.variables
    }

    /// Reads a file and puts its variables under those of the environment, which win.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - environment: The real environment.
    /// - Returns: The environment with what it lacked.
    /// - Throws: `PlexError` of code `notFound` if there is no such file, `configuration` if a line is wrong.
    public static func load(path: String, under environment: [String: String]) throws(PlexError) -> [String: String] {
        let bytes = try ConfigurationFile.contents(of: path, kind: "file of variables")
        guard bytes.count <= ConfigLimits.bytes, let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError([.init(file: path, message: "the file is no UTF-8 of at most 1 MiB")]).plexError
        }
        return try parse(text, path: path).merging(environment) { _, real in real }
    }
}

private struct Parser {
    var variables: [String: String] = [:]
    var errors: [(line: Int, message: String)] = []
    private var rest: Substring.UnicodeScalarView
    private var line = 1

    init(_ text: String) {
        rest = Substring(text).unicodeScalars
        if rest.first == "\u{FEFF}" { rest.removeFirst() }
    }

    mutating func run() {
        while !rest.isEmpty {
            skipBlanks()
            if let first = rest.first, first != "\n", first != "\r", first != "#" {
                let start = line
                do {
                    try parseVariable()
                } catch {
                    errors.append((start, error.message))
                }
            }
            skipLine()
        }
    }

    private mutating func parseVariable() throws(InvalidText) {
        var name = takeName()
        if name == "export", rest.first == " " || rest.first == "\t" {
            skipBlanks()
            name = takeName()
        }
        guard Substitution.isName(name) else { throw InvalidText("expected NAME=value") }
        skipBlanks()
        // Without the =, the line may be a key that somebody pasted: it is not shown.
        guard rest.first == "=" else { throw InvalidText("expected NAME=value") }
        rest.removeFirst()
        skipBlanks()
        switch rest.first {
        case "'": variables[name] = try takeQuoted("'", name)
        case "\"": variables[name] = try takeQuoted("\"", name)
        default: variables[name] = takePlain()
        }
    }

    private mutating func takeName() -> String {
        let end = rest.firstIndex { $0 == "=" || $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" } ?? rest.endIndex
        defer { rest = rest[end...] }
        return String(rest[..<end])
    }

    private mutating func takePlain() -> String {
        var value = String.UnicodeScalarView()
        var isAfterBlank = true
        while let scalar = rest.first, scalar != "\n", scalar != "\r", !(scalar == "#" && isAfterBlank) {
            isAfterBlank = scalar == " " || scalar == "\t"
            value.append(scalar)
            rest.removeFirst()
        }
        while value.last == " " || value.last == "\t" { value.removeLast() }
        return String(value)
    }

    private mutating func takeQuoted(_ quote: Unicode.Scalar, _ name: String) throws(InvalidText) -> String {
        rest.removeFirst()
        var value = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            if scalar == quote {
                skipBlanks()
                guard rest.isEmpty || rest.first == "\n" || rest.first == "\r" || rest.first == "#" else {
                    throw InvalidText("there is text after the closing quote of \(name)")
                }
                return String(value)
            }
            if scalar == "\n" { line += 1 }
            if scalar == "\\", quote == "\"" {
                value.append(contentsOf: try takeEscape(name).unicodeScalars)
            } else {
                value.append(scalar)
            }
        }
        throw InvalidText("the quote of \(name) is not closed")
    }

    private mutating func takeEscape(_ name: String) throws(InvalidText) -> String {
        switch rest.popFirst() {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "\"": return "\""
        case "\\": return "\\"
        case "$": return "$"
        default: throw InvalidText("unknown escape in the value of \(name)")
        }
    }

    private mutating func skipBlanks() {
        while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
    }

    private mutating func skipLine() {
        while let scalar = rest.popFirst() {
            if scalar == "\n" {
                line += 1
                return
            }
        }
    }
}
