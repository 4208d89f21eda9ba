public import ProviderKit

extension Router {
    /// How a router decides.
    public struct Options: Sendable {
        /// The name by which the router is known as a provider.
        public var id: ProviderID
        /// When a request is sent again, and when a target is left alone.
        public var failover: FailoverPolicy
        /// Strategies beside those that are built in.
        public var strategies: [any RoutingStrategy]
        /// Code around each request, in this order.
        public var middleware: [any RouterMiddleware]
        /// What chance begins with; the same seed and the same requests make the same choices.
        public var seed: UInt64
        /// What time is read from.
        public var clock: any Clock<Duration>

        /// Makes options.
        public init(
            id: ProviderID = "modelplex",
            failover: FailoverPolicy = FailoverPolicy(),
            strategies: [any RoutingStrategy] = [],
            middleware: [any RouterMiddleware] = [],
            seed: UInt64 = .random(in: 0...UInt64.max),
            clock: any Clock<Duration> = ContinuousClock()
        ) {
            self.id = id
            self.failover = failover
            self.strategies = strategies
            self.middleware = middleware
            self.seed = seed
            self.clock = clock
        }
    }
}
