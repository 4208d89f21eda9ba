public import TransportKit

/// One HTTP request to the gateway, whole, as a listener or the server around it received it.
public struct GatewayRequest: Sendable {
    /// The method, in upper case.
    public var method: String
    /// The path as it was sent, beginning with a slash, without the query.
    public var path: String
    /// What stood behind the question mark, as it was sent.
    public var query: String?
    /// The header fields.
    public var fields: HTTPFields
    /// The body; empty if there was none.
    public var body: [UInt8]
    /// Who asks.
    public var peer: Peer
    /// When the head of the request was there; what the gateway adds is measured from when the request was whole.
    public var received: ContinuousClock.Instant

    /// Makes a request.
    public init(
        method: String,
        path: String,
        query: String? = nil,
        fields: HTTPFields = [:],
        body: [UInt8] = [],
        peer: Peer = .embedded,
        received: ContinuousClock.Instant = .now
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.fields = fields
        self.body = body
        self.peer = peer
        self.received = received
    }
}

/// Who is at the other end of a connection.
public struct Peer: Sendable, Hashable {
    /// Where a peer is.
    @nonexhaustive
    public enum Address: Sendable, Hashable {
        /// At a Unix socket, with what the kernel says of its process (`SO_PEERCRED`).
        case unix(userID: UInt32, groupID: UInt32, processID: Int32)
        /// At an IP address, without brackets.
        case tcp(host: String, port: UInt16)
        /// Not known: the request came through another server or from the program itself.
        case unknown
    }

    /// Where the peer is.
    public var address: Address
    /// What the listener that it came through serves.
    public var role: ListenAddress.Role
    /// The listener that it came through, as configuration names it, without options; `nil` if it is not known.
    public var listener: String?

    /// Makes a peer.
    public init(address: Address, role: ListenAddress.Role, listener: String? = nil) {
        self.address = address
        self.role = role
        self.listener = listener
    }

    /// A caller within the program or behind another server; it is served as a guest, so that what is the operator's is not
    /// open by oversight.
    public static let embedded = Peer(address: .unknown, role: .guest)
}
