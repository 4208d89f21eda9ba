/// Why a stream of bytes cannot be cut into events.
@nonexhaustive
public enum FramingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One event or line is larger than the limit.
    case tooLarge(limit: Int)

    /// What is wrong.
    public var description: String {
        switch self {
        case .tooLarge(let limit): "an event of the stream is larger than the limit of \(limit) bytes"
        }
    }
}
