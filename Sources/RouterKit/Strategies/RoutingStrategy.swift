/// A way to choose among the targets of a route.
///
/// It is a pure function: the same input gives the same order. Chance comes from the generator that it is given.
public protocol RoutingStrategy: Sendable {
    /// The name by which routes ask for it.
    var name: StrategyName { get }

    /// Puts the targets that can be asked now in the order in which they are to be asked.
    ///
    /// - Parameters:
    ///   - options: The targets, in the order of the route; none may be added or dropped.
    ///   - context: What else is known.
    func order(_ options: inout [StrategyOption], in context: inout StrategyContext)
}

/// A target among which a strategy chooses.
public struct StrategyOption: Sendable, Hashable {
    /// The place of the target in the route.
    public var target: Int
    /// The target's weight.
    public var weight: Double
    /// A number that is the same for the same target in every process, and spread evenly.
    public var identity: UInt64
    /// Requests in flight, over all credentials.
    public var inFlight: Int
    /// The peak-sensitive moving average of the time to a first token; `nil` if none was seen.
    public var latency: Duration? {
        get { latencyInSeconds.map { .seconds($0) } }
        set { latencyInSeconds = newValue.map { $0 / .seconds(1) } }
    }
    /// What the request would cost, where the price is known.
    public var cost: Double?
    // Durations are slow to reckon with.
    var latencyInSeconds: Double?
    // Whether each of the target's deployments is ready, so that none has to be looked at again.
    var isWhollyReady = false

    /// Makes an option.
    public init(
        target: Int,
        weight: Double = 1,
        identity: UInt64 = 0,
        inFlight: Int = 0,
        latency: Duration? = nil,
        cost: Double? = nil
    ) {
        self.target = target
        self.weight = weight
        self.identity = identity
        self.inFlight = inFlight
        self.cost = cost
        self.latency = latency
    }
}

/// What a strategy knows beside the targets.
public struct StrategyContext: Sendable {
    /// The request.
    public var query: RouteQuery
    /// How many requests the route has had before.
    public var sequence: Int
    /// Where chance comes from.
    public var generator: SeededGenerator

    /// Makes a context.
    public init(query: RouteQuery, sequence: Int, generator: SeededGenerator) {
        self.query = query
        self.sequence = sequence
        self.generator = generator
    }
}

/// A fast generator of random numbers that is repeatable; not for secrets.
///
/// It is SplitMix64, of Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014).
public struct SeededGenerator: RandomNumberGenerator, Sendable, Hashable {
    private var state: UInt64

    /// Makes a generator; the same seed gives the same numbers.
    public init(seed: UInt64) {
        state = seed
    }

    /// The next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
