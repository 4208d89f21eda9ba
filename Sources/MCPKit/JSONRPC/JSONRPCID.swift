public import TransportKit

/// What joins a request and its answer (JSON-RPC 2.0, §4): a string or an integer, kept as the peer wrote it.
///
/// `1` and `"1"` are two ids. MCP forbids `null`.
public enum JSONRPCID: Sendable, Hashable, CustomStringConvertible {
    /// An integer.
    case integer(Int)
    /// A string.
    case string(String)

    /// Reads an id; `nil` if the value is neither a string nor an integer.
    ///
    /// - Parameter json: What a message has as `id`.
    public init?(_ json: JSONValue) {
        switch json {
        case .string(let text): self = .string(text)
        case .number(let number):
            guard let integer = number.int else { return nil }
            self = .integer(integer)
        default: return nil
        }
    }

    /// The id as a message carries it.
    public var json: JSONValue {
        switch self {
        case .integer(let value): .number(JSONNumber(value))
        case .string(let value): .string(value)
        }
    }

    /// The id as it stands in JSON.
    public var description: String {
        switch self {
        case .integer(let value): "\(value)"
        case .string(let value): "\"\(value)\""
        }
    }
}

extension JSONRPCID: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    /// Makes an integer id.
    public init(integerLiteral value: Int) { self = .integer(value) }
    /// Makes a string id.
    public init(stringLiteral value: String) { self = .string(value) }
}
