/// Why text is not JSON, or why a JSON value is not what was expected.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, without any of the text itself.
    public let message: String
    /// Offset in bytes at which it was noticed, where known.
    public let offset: Int?

    /// Makes an error.
    public init(_ message: String, offset: Int? = nil) {
        self.message = message
        self.offset = offset
    }

    /// The message and the offset.
    public var description: String {
        offset.map { "\(message) at byte \($0)" } ?? message
    }
}
