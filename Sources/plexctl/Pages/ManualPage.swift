/// The manual page of the whole program, in mdoc(7).
struct ManualPage: Sendable {
    /// The commands.
    let tree: Command
    /// What the tree does not say.
    let manual: Manual

    /// The page, with a line end.
    var text: String {
        var page = Page()
        page.add(".Dd \(manual.date)", ".Dt \(tree.name.uppercased()) 1", ".Os")
        page.add(".Sh NAME", ".Nm \(tree.name)", ".Nd \(lowercasedFirst(tree.summary).dropLast())")
        page.add(".Sh SYNOPSIS", ".Nm", ".Ar command", ".Op Ar argument ...")
        page.add(".Sh DESCRIPTION")
        page.addParagraphs(manual.description)
        page.add(".Sh COMMON OPTIONS", "Every command takes these:")
        page.addList(tree.commonOptions.map(Self.entry(of:)))
        if !tree.options.isEmpty {
            page.add("Without a command:")
            page.addList(tree.options.map(Self.entry(of:)))
        }
        page.add(".Sh COMMANDS")
        let root = CommandPath(root: tree)
        for path in root.shownDescendants where path.command.action != nil && path.commands.count > 1 {
            add(path, to: &page)
        }
        page.add(".Sh ENVIRONMENT")
        page.addList(manual.environment.map { (".It Ev \(escaped($0.term))", $0.text) })
        page.add(".Sh FILES")
        page.addList(manual.files.map { (".It Pa \(escaped($0.term))", $0.text) })
        page.add(".Sh EXIT STATUS")
        page.addList(ExitCode.all.map { (".It \($0.code.rawValue)", $0.meaning) }, options: "-width Ds -compact")
        addExamples(of: root, to: &page)
        return page.lines.joined(separator: "\n") + "\n"
    }

    private func add(_ path: CommandPath, to page: inout Page) {
        let words = path.commands.dropFirst().map(\.name).joined(separator: " ")
        page.add(".Ss \(words)", ".Nm", ".Cm \(words)")
        for piece in Synopsis(path: path).pieces {
            page.add(Self.macro(of: piece))
        }
        page.add(".Pp")
        page.addParagraphs([path.command.summary] + path.command.discussion)
        page.addList(
            path.command.positionals.map { (".It Ar \(escaped($0.name))", $0.summary) }
                + path.command.options.map(Self.entry(of:))
        )
    }

    private func addExamples(of root: CommandPath, to page: inout Page) {
        let examples = root.shownDescendants.flatMap(\.command.examples)
        guard !examples.isEmpty else { return }
        page.add(".Sh EXAMPLES")
        for (index, example) in examples.enumerated() {
            if index > 0 { page.add(".Pp") }
            page.addParagraphs([example.purpose + ":"])
            page.add(".Dl \(escaped(example.line))")
        }
    }

    /// A piece of a synopsis, such as `[-m MODEL]...` or `[--json | --jsonl]`, in macros.
    private static func macro(of piece: String) -> String {
        let isRepeated = piece.hasSuffix("...")
        var inner = isRepeated ? piece.dropLast(3) : piece[...]
        let isOptional = inner.hasPrefix("[")
        if isOptional { inner = inner.dropFirst().dropLast() }
        let words = inner.split(separator: " ").map { word in
            if word.hasPrefix("-") { return "Fl \(escaped(String(word.dropFirst())))" }
            if word == "|" { return "|" }
            return word.hasSuffix("...") ? "Ar \(escaped(String(word.dropLast(3)))) ..." : "Ar \(escaped(String(word)))"
        }
        return (isOptional ? ".Op " : ".") + words.joined(separator: " ") + (isRepeated ? " ..." : "")
    }

    private static func entry(of option: Option) -> (String, String) {
        let value = option.value.map { " Ar \(escaped($0.name))" } ?? ""
        let spellings = option.spellings.map { "Fl \(escaped(String($0.dropFirst())))\(value)" }
        let note = option.isRepeatable ? " May be repeated." : ""
        return (".It " + spellings.joined(separator: " , "), option.summary + note)
    }

    private func lowercasedFirst(_ text: String) -> String {
        text.prefix(1).lowercased() + text.dropFirst()
    }
}

/// Text in which roff sees no escapes and prints plain dashes where they are meant to be typed.
private func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
}

private struct Page {
    var lines: [String] = []

    mutating func add(_ lines: String...) {
        self.lines += lines
    }

    private mutating func add(contentsOf lines: [String]) {
        self.lines += lines
    }

    /// One sentence a line, as mdoc wants it.
    mutating func addParagraphs(_ paragraphs: [String]) {
        for (index, paragraph) in paragraphs.enumerated() {
            if index > 0 { add(".Pp") }
            addSentences(paragraph)
        }
    }

    mutating func addList(_ entries: [(head: String, text: String)], options: String = "-width Ds") {
        guard !entries.isEmpty else { return }
        add(".Bl -tag \(options)")
        for entry in entries {
            add(entry.head)
            addSentences(entry.text)
        }
        add(".El")
    }

    private mutating func addSentences(_ text: String) {
        let sentences = text.replacing(". ", with: ".\n").split(separator: "\n")
        for sentence in sentences {
            let lines = escaped(String(sentence)).wrapped()
            // A line that begins like a macro would be taken for one.
            add(
                contentsOf: lines.split(separator: "\n").map {
                    $0.hasPrefix(".") || $0.hasPrefix("'") ? "\\&\($0)" : "\($0)"
                }
            )
        }
    }
}
