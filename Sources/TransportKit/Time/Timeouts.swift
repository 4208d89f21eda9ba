/// The four limits on how long an exchange may take; `nil` sets no limit.
public struct Timeouts: Sendable, Hashable {
    /// Until a connection stands, TLS included.
    public var connect: Duration?
    /// From the request's last byte to the answer's first body byte, or to its end if it has no body.
    public var firstByte: Duration?
    /// Between two reads of the answer's body.
    public var idle: Duration?
    /// From start to end.
    public var total: Duration?

    /// Makes a set of limits; the defaults are 5 s, 60 s, 60 s and 10 min.
    public init(
        connect: Duration? = .seconds(5),
        firstByte: Duration? = .seconds(60),
        idle: Duration? = .seconds(60),
        total: Duration? = .seconds(600)
    ) {
        self.connect = connect
        self.firstByte = firstByte
        self.idle = idle
        self.total = total
    }

    /// Which limit was reached.
    public struct Phase: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
        /// The phase's name in configuration and logs.
        public let rawValue: String
        /// Makes a phase from its name.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Until a connection stands.
        public static let connect = Phase(rawValue: "connect")
        /// Until the answer's first body byte.
        public static let firstByte = Phase(rawValue: "first_byte")
        /// Between two reads of the body.
        public static let idle = Phase(rawValue: "idle")
        /// The whole exchange.
        public static let total = Phase(rawValue: "total")
        /// The phase's name.
        public var description: String { rawValue }
    }
}
