/// What the server takes from its callers.
public struct HTTPLimits: Sendable, Hashable {
    /// Bytes of a request's body.
    public var bodyBytes: Int
    /// Bytes of all requests' bodies that are being received or wait for the beginning of their answer.
    ///
    /// A request beyond is answered 503. At least twice ``bodyBytes`` is always allowed.
    public var totalBodyBytes: Int
    /// Bytes of a request's line and header fields.
    ///
    /// A head of more than 16 KiB takes a slower way, and its connection memory of a quarter more than the limit.
    public var headBytes: Int
    /// Connections at one time; `nil` for as many as the system's limit on descriptors leaves, at most 4,096.
    public var connections: Int?
    /// The time in which a request must have come whole, from its first bytes.
    public var requestTime: Duration
    /// How long a connection is kept on which nothing happens.
    public var idleTime: Duration

    /// Makes limits; left out, everything has the default of docs/configuration.md.
    public init(
        bodyBytes: Int = 10 << 20,
        totalBodyBytes: Int = 256 << 20,
        headBytes: Int = 16 << 10,
        connections: Int? = nil,
        requestTime: Duration = .seconds(30),
        idleTime: Duration = .seconds(75)
    ) {
        self.bodyBytes = bodyBytes
        self.totalBodyBytes = totalBodyBytes
        self.headBytes = headBytes
        self.connections = connections
        self.requestTime = requestTime
        self.idleTime = idleTime
    }
}
