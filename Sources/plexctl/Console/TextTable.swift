/// Columns of text.
struct TextTable: Sendable {
    /// The columns' names; shown to people only.
    var header: [String]
    /// The rows, each with as many cells as there are columns.
    var rows: [[String]] = []

    /// The table with a line end behind each row.
    ///
    /// Columns in which every cell is empty are left out. Cells come from providers, so control characters are shown as
    /// symbols.
    ///
    /// - Parameter showsHeader: Whether the columns' names stand on top.
    /// - Returns: The table.
    func text(showsHeader: Bool) -> String {
        let shown = header.indices.filter { column in column == 0 || rows.contains { !$0[column].isEmpty } }
        var lines = rows.map { row in shown.map { TerminalText.line(row[$0]) } }
        if showsHeader, !rows.isEmpty { lines.insert(shown.map { header[$0] }, at: 0) }
        let widths = shown.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { cells in
            let line = zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            var text = line.joined(separator: "  ")[...]
            while text.last == " " { text.removeLast() }
            return text + "\n"
        }.joined()
    }
}
