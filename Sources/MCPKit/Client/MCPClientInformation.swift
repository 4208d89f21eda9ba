internal import TransportKit

/// What a client says of itself.
public struct MCPClientInformation: Sendable, Hashable {
    /// The program's name.
    public var name: String
    /// Its version.
    public var version: String

    /// Makes a description.
    public init(name: String = "modelplex", version: String = "1.0") {
        self.name = name
        self.version = version
    }

    var json: JSONObject { ["name": .string(name), "version": .string(version)] }
}
