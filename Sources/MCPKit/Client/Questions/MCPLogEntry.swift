public import TransportKit

/// What a server logs.
public struct MCPLogEntry: MCPObject {
    /// The entry as the wire has it.
    public let json: JSONObject

    /// Reads an entry.
    public init(json: JSONObject) {
        self.json = json
    }

    /// How severe it is: `debug`, `info`, `notice`, `warning`, `error`, `critical`, `alert` or `emergency`.
    public var level: String { json.string("level") ?? "info" }
    /// What part of the server says it.
    public var logger: String? { json.string("logger") }
    /// What it says: any JSON.
    public var data: JSONValue { json["data"] ?? .null }
}
