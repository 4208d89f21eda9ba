import FoundationEssentials
import Testing

/// The tables of docs/dialects.md.
enum DialectTable {
    typealias Rows = [String: [String]]

    /// The columns of the table of fields, in its order.
    static let columns = ["openai", "responses", "anthropic", "ollama", "gemini"]

    /// The rows of the table behind a heading of columns, by their first cell.
    static func rows(_ heading: String) throws -> Rows {
        let root = "/" + #filePath.split(separator: "/").prefix { $0 != "Tests" }.joined(separator: "/")
        let bytes = try Data(contentsOf: URL(filePath: "\(root)/docs/dialects.md"))
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex { $0.hasPrefix("| \(heading) |") }, "there is no table \(heading)")
        var rows: Rows = [:]
        for line in lines[(start + 2)...] {
            guard line.hasPrefix("|") else { break }
            let cells = line.split(separator: "|").map { $0.split(separator: " ").joined(separator: " ") }
            rows[cells[0]] = Array(cells.dropFirst())
        }
        return rows
    }
}
