public import TransportKit

/// A folder or file that a server may work in.
public struct MCPRoot: MCPObject {
    /// The root as the wire has it.
    public let json: JSONObject
    /// Where it is: a `file://` URI.
    public let uri: String

    /// Reads a root; `nil` if its URI does not begin with `file://`.
    public init?(json: JSONObject) {
        guard let uri = json.string("uri"), uri.hasPrefix("file://") else { return nil }
        self.json = json
        self.uri = uri
    }

    /// Makes a root of a path.
    ///
    /// - Parameters:
    ///   - path: An absolute path.
    ///   - name: What people call it.
    public init?(path: String, name: String? = nil) {
        guard path.hasPrefix("/") else { return nil }
        var json: JSONObject = ["uri": .string("file://" + Self.escaped(path))]
        json["name"] = name.map { .string($0) }
        self.init(json: json)
    }

    private static func escaped(_ path: String) -> String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/!$&'()*+,;=:@".utf8)
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in path.utf8 {
            if plain.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The URI.
    public var description: String { uri }
}
