import TransportKit

/// Where a command prints: data to standard output, everything else to standard error.
struct Console: Sendable {
    /// Data only.
    let output: OutputChannel
    /// Errors, warnings and reports.
    let errors: OutputChannel

    /// Prints data.
    ///
    /// - Throws: `Failure`, silent if the reader has gone.
    func print(_ text: String) throws(Failure) {
        try output.write(text)
    }

    /// Prints data that ends with a line end, which is added if it is missing.
    ///
    /// - Throws: `Failure`, silent if the reader has gone.
    func printLines(_ text: String) throws(Failure) {
        try print(text.isEmpty || text.hasSuffix("\n") ? text : text + "\n")
    }

    /// Reports something beside the data.
    func note(_ text: String) {
        // Where nobody reads standard error there is no better place to complain.
        try? errors.write(noteLine(text))
    }

    /// The line that `note` prints.
    func noteLine(_ text: String) -> String {
        styled(TerminalText.line(text), .dim) + "\n"
    }

    /// Reports something that did not go as asked but stops nothing.
    func warn(_ text: String) {
        try? errors.write(warningLine(text))
    }

    /// The line that `warn` prints.
    func warningLine(_ text: String) -> String {
        "plexctl: \(styled("warning:", .yellow)) \(TerminalText.line(text))\n"
    }

    /// Reports what stopped the command.
    ///
    /// - Parameter lines: What failed, one item a line.
    func fail(_ lines: String) {
        var cleaner = TerminalText()
        try? errors.write("plexctl: \(styled("error:", .red)) \(cleaner.cleaned(lines))\n")
    }

    /// Shows a page of our own on standard error.
    func complain(_ page: String) {
        try? errors.write(page)
    }

    /// Reports what stopped the command to a program.
    func fail(json: JSONValue) {
        try? errors.write(json.serializedString + "\n")
    }

    /// Passes on text to standard error as it comes.
    func pass(_ text: String) {
        try? errors.write(styled(text, .dim))
    }

    private enum Style: String {
        case dim = "2"
        case red = "1;31"
        case yellow = "33"
    }

    private func styled(_ text: String, _ style: Style) -> String {
        errors.usesColor ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}
