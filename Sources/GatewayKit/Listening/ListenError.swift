/// Why a server cannot listen.
public struct ListenError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What failed, why, and what to do about it.
    public let message: String

    /// Makes an error.
    ///
    /// - Parameter message: What failed, why, and what to do about it.
    public init(_ message: String) { self.message = message }

    /// What failed, why, and what to do about it.
    public var description: String { message }
}
