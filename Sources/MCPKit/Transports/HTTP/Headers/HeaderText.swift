internal import FoundationEssentials

/// Values as header fields carry them: as they are, or in Base64 between marks (MCP 2026-07-28, "Value Encoding").
package enum HeaderText {
    private static let start = "=?base64?"
    private static let end = "?="

    /// The value as it can be sent: itself, or its Base64 form where a header field would change or could not hold it.
    ///
    /// - Parameter value: Any text.
    /// - Returns: Printable ASCII without white space at its ends.
    package static func encoded(_ value: String) -> String {
        isPlain(value.utf8) && !isMarked(value) ? value : start + Data(value.utf8).base64EncodedString() + end
    }

    /// The value that was sent.
    ///
    /// - Parameter text: What the header field says.
    /// - Returns: The value; `nil` for marks around what is not canonical Base64 of UTF-8.
    package static func decoded(_ text: String) -> String? {
        guard isMarked(text) else { return text }
        let payload = text.dropFirst(start.utf8.count).dropLast(end.utf8.count)
        // Written again and compared, so that a value has one form only.
        guard let bytes = Data(base64Encoded: String(payload)), bytes.base64EncodedString() == payload else {
            return nil
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func isPlain(_ bytes: String.UTF8View) -> Bool {
        guard let first = bytes.first, let last = bytes.last else { return true }
        return first != 0x20 && last != 0x20 && bytes.allSatisfy { (0x20...0x7E).contains($0) }
    }

    private static func isMarked(_ text: String) -> Bool {
        text.utf8.count >= start.utf8.count + end.utf8.count && text.hasPrefix(start) && text.hasSuffix(end)
    }
}
