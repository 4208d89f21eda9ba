extension String {
    /// The text in lines of at most `width` characters, broken at spaces.
    ///
    /// - Parameters:
    ///   - width: The most characters of a line; a longer word stands alone.
    ///   - indentation: What each line begins with.
    /// - Returns: The lines, joined.
    func wrapped(to width: Int = 80, indentation: String = "") -> String {
        joinWrapped(split(separator: " "), width: width, indentation: indentation, hanging: indentation)
    }
}

/// Joins pieces that must not be broken themselves into lines.
func joinWrapped(_ pieces: [Substring], width: Int = 80, indentation: String, hanging: String) -> String {
    var lines: [String] = []
    var line = indentation
    var isEmpty = true
    for piece in pieces {
        if !isEmpty, line.count + 1 + piece.count > width {
            lines.append(line)
            line = hanging
            isEmpty = true
        }
        line += (isEmpty ? "" : " ") + piece
        isEmpty = false
    }
    return (lines + [line]).joined(separator: "\n")
}
