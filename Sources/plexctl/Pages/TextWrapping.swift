extension String {
    /// The text in lines of at most 80 characters, broken at spaces; a longer word stands alone.
    ///
    /// - Parameter indentation: What each line begins with.
    /// - Returns: The lines, joined.
    func wrapped(indentation: String = "") -> String {
        joinWrapped(split(separator: " "), indentation: indentation, hanging: indentation)
    }
}

/// Joins pieces that must not be broken themselves into lines.
func joinWrapped(_ pieces: [Substring], indentation: String, hanging: String) -> String {
    var lines: [String] = []
    var line = indentation
    var isEmpty = true
    for piece in pieces {
        if !isEmpty, line.count + 1 + piece.count > 80 {
            lines.append(line)
            line = hanging
            isEmpty = true
        }
        line += (isEmpty ? "" : " ") + piece
        isEmpty = false
    }
    return (lines + [line]).joined(separator: "\n")
}
