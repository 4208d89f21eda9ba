// Parsing and writing. (Interface only so far.)

/// Why text is not JSON, or not JSON that is accepted here.
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

extension JSONValue {
    /// Parses one JSON text.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8, whole.
    ///   - maximumDepth: How deep arrays and objects may be nested.
    /// - Throws: `JSONError` if the bytes are not one JSON text or nested too deep.
    public init(parsing bytes: [UInt8], maximumDepth: Int = 128) throws(JSONError) {
        throw JSONError("not implemented")
    }

    /// Parses one JSON text.
    ///
    /// - Parameter text: The JSON text.
    /// - Throws: `JSONError` if the text is not one JSON text.
    public init(parsing text: String) throws(JSONError) {
        try self.init(parsing: Array(text.utf8))
    }

    /// The value as JSON text in UTF-8, without white space.
    public var serialized: [UInt8] { [] }
}
