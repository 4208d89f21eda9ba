package import CredentialKit
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
package struct ToolServerStatus: Sendable {
    /// The agreed version of the protocol.
    package var version: ProtocolVersion
    /// The server's own name and version, for people.
    package var product: String?
    /// How it is reached: `stdio`, `http`, `sse`.
    package var transport: String
    /// What it offers, by the names of its capabilities.
    package var capabilities: [String]
    /// The number of its process, if it is a program of ours.
    package var processID: Int32?
    /// How long the connection has stood.
    package var age: Duration?
    /// Requests on this connection, and those of them that failed.
    package var requests: (all: Int, failed: Int)

    package init(
        version: ProtocolVersion,
        product: String?,
        transport: String,
        capabilities: [String] = [],
        processID: Int32? = nil,
        age: Duration? = nil,
        requests: (all: Int, failed: Int) = (0, 0)
    ) {
        self.version = version
        self.product = product
        self.transport = transport
        self.capabilities = capabilities
        self.processID = processID
        self.age = age
        self.requests = requests
    }
}

/// A server of the configuration with what its credentials hold.
package struct ResolvedToolServer: Sendable {
    /// What the configuration says.
    package var settings: PlexConfiguration.MCPServer
    /// The variables of a program, or the header fields of an address.
    package var secrets: [String: Secret]
    /// The login of an address.
    package var login: Login?

    /// A login that the credential store keeps.
    package struct Login: Sendable {
        /// The store.
        package var store: CredentialStore
        /// The login's name in it.
        package var name: CredentialName
        /// How to log in.
        package var authorization: MCPAuthorization
    }
}
