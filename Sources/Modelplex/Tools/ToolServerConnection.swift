package import MCPKit
package import TransportKit

/// A server that is spoken to.
package protocol ToolServerConnection: ToolSource {
    /// What the server says of itself; connects if there is no connection.
    func status() async throws(MCPError) -> ToolServerStatus

    /// Lets go of what is open; returns when nothing of it is left.
    func close() async
}

/// What a server says of itself.
package struct ToolServerStatus: Sendable, Hashable {
    /// The agreed version of the protocol.
    package var version: ProtocolVersion
    /// The server's own name and version, for people.
    package var product: String?
    /// How it is reached: `stdio`, `http`, `sse`.
    package var transport: String

    package init(version: ProtocolVersion, product: String?, transport: String) {
        self.version = version
        self.product = product
        self.transport = transport
    }
}

/// A server of the configuration with what its credentials hold.
package struct ResolvedToolServer: Sendable {
    /// What the configuration says.
    package var settings: PlexConfiguration.MCPServer
    /// The variables of a program, or the header fields of an address.
    package var secrets: [String: Secret]
}
