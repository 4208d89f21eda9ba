/// Lines of cells, one below the other.
///
/// - Parameters:
///   - rows: The cells; each row has as many.
///   - leftAligned: The columns whose text begins at the left.
/// - Returns: The lines, without one at the end.
func textTable(_ rows: [[String]], leftAligned: Set<Int>) -> String {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
        let cells = zip(row, widths).enumerated().map { column, cell in
            let (text, width) = cell
            let padding = String(repeating: " ", count: width - text.count)
            return leftAligned.contains(column) ? text + padding : padding + text
        }
        let line = cells.joined(separator: "  ")
        return String(line[..<(line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex)])
    }.joined(separator: "\n")
}

/// A number with a fixed number of digits after the point.
func fixed(_ value: Double, digits: Int) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((value.magnitude * Double(scale)).rounded())
    let fraction = String(scaled % scale)
    let sign = value < 0 && scaled > 0 ? "-" : ""
    return "\(sign)\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
}
