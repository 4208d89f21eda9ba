/// Makes text of others harmless for a terminal, piece by piece.
///
/// Escape sequences in a model's answer could move the cursor, rewrite what stands above, or write to the clipboard. Every
/// control character but line end and tab is shown as a symbol instead.
struct TerminalText: Sendable {
    private var hasPendingReturn = false

    /// The next piece, made harmless.
    mutating func cleaned(_ text: String) -> String {
        guard hasPendingReturn || text.unicodeScalars.contains(where: Self.isControl) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if hasPendingReturn {
                hasPendingReturn = false
                // A return before a line end is part of it; alone it would overwrite the line.
                if scalar != "\n" { result.append("\u{240D}") }
            }
            if scalar == "\r" {
                hasPendingReturn = true
            } else {
                result.append(Self.symbol(for: scalar))
            }
        }
        return String(result)
    }

    /// A whole text, made harmless and put on one line.
    static func line(_ text: String) -> String {
        var cleaner = TerminalText()
        return cleaner.cleaned(text).replacing("\n", with: " ").replacing("\t", with: " ")
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        (scalar.value < 0x20 && scalar != "\n" && scalar != "\t") || (0x7F...0x9F).contains(scalar.value)
    }

    private static func symbol(for scalar: Unicode.Scalar) -> Unicode.Scalar {
        guard isControl(scalar) else { return scalar }
        switch scalar.value {
        case 0..<0x20: return Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}"
        case 0x7F: return "\u{2421}"
        default: return "\u{FFFD}"
        }
    }
}
