/// Why a glob or a regular expression is none.
package struct PatternError: Error, Hashable {
    /// What is wrong, without the pattern's own text.
    package var message: String
    /// The place in the pattern, in characters from 1, where it is known.
    package var position: Int?

    package init(_ message: String, at position: Int? = nil) {
        self.message = message
        self.position = position
    }

    /// The message with the place.
    package var text: String { position.map { "\(message) (at character \($0))" } ?? message }
}
