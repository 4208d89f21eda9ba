/// The ways to choose among targets that are always there.
enum BuiltInStrategy: RoutingStrategy, Hashable, CaseIterable {
    case ordered, weighted, roundRobin, leastLatency, leastBusy, cheapest, sticky, hedged

    init?(_ name: StrategyName) {
        switch name {
        case .ordered: self = .ordered
        case .weighted: self = .weighted
        case .roundRobin: self = .roundRobin
        case .leastLatency: self = .leastLatency
        case .leastBusy: self = .leastBusy
        case .cheapest: self = .cheapest
        case .sticky: self = .sticky
        case .hedged: self = .hedged
        default: return nil
        }
    }

    var name: StrategyName {
        switch self {
        case .ordered: .ordered
        case .weighted: .weighted
        case .roundRobin: .roundRobin
        case .leastLatency: .leastLatency
        case .leastBusy: .leastBusy
        case .cheapest: .cheapest
        case .sticky: .sticky
        case .hedged: .hedged
        }
    }

    func order(_ options: inout [StrategyOption], in context: inout StrategyContext) {
        guard options.count > 1 else { return }
        switch self {
        case .ordered, .hedged: break
        case .weighted: Self.sortByWeightedChance(&options, &context.generator)
        case .roundRobin: Self.rotate(&options, by: context.sequence)
        case .leastLatency: Self.pickFasterOfTwo(&options, &context.generator)
        case .leastBusy:
            // Whoever is as busy as another has the same chance as it.
            var generator = context.generator
            Self.sort(&options) { Double($0.inFlight) + StableHash.fraction(generator.next()) }
            context.generator = generator
        case .cheapest:
            // Equal prices, and those that nobody knows, stay in the order of the route.
            Self.sort(&options) { $0.cost ?? .infinity }
        case .sticky:
            guard let affinity = context.query.affinity else {
                Self.sortByWeightedChance(&options, &context.generator)
                return
            }
            Self.sort(&options) { StableHash.rendezvous(affinity, $0.identity, weight: $0.weight) }
        }
    }

    // MARK: - The orders

    /// The order of draws one after the other, each with the chance of its share in the weight of those that remain.
    ///
    /// Waits for chance, each as much shorter as its weight is greater, end in just that order (Efraimidis and Spirakis,
    /// Weighted random sampling, 2006).
    private static func sortByWeightedChance(_ options: inout [StrategyOption], _ generator: inout SeededGenerator) {
        var chance = generator
        sort(&options) { StableHash.wait(chance.next(), weight: $0.weight) }
        generator = chance
    }

    private static func rotate(_ options: inout [StrategyOption], by sequence: Int) {
        let first = sequence % options.count
        guard first > 0 else { return }
        options = Array(options[first...] + options[..<first])
    }

    /// The power of two choices: of two that chance picks the better goes first, and so on with those that remain.
    private static func pickFasterOfTwo(_ options: inout [StrategyOption], _ generator: inout SeededGenerator) {
        for place in 0..<(options.count - 1) {
            let left = UInt64(options.count - place)
            let first = place + Int(generator.next().multipliedFullWidth(by: left).high)
            var second = place + Int(generator.next().multipliedFullWidth(by: left - 1).high)
            if second >= first { second += 1 }
            options.swapAt(place, isBetter(options[second], than: options[first]) ? second : first)
        }
    }

    private static func isBetter(_ option: StrategyOption, than other: StrategyOption) -> Bool {
        if let latency = option.latencyInSeconds, let otherLatency = other.latencyInSeconds {
            return latency * Double(option.inFlight + 1) < otherLatency * Double(other.inFlight + 1)
        }
        // Somebody has to find out how fast one is; one request at a time is enough for that.
        let (isUnknown, otherIsUnknown) = (option.latencyInSeconds == nil, other.latencyInSeconds == nil)
        if isUnknown != otherIsUnknown, (isUnknown ? option : other).inFlight == 0 { return isUnknown }
        return option.inFlight < other.inFlight
    }

    /// Sorts by a key that is not negative, the lowest first; equal ones stay as they stood.
    @inline(__always)
    private static func sort(_ options: inout [StrategyOption], by key: (StrategyOption) -> Double) {
        // The bits of such numbers are in the order of the numbers themselves. The last of them, a difference that no key
        // means, make way for the place: single words are sorted fastest.
        let mask = (UInt64(1) << (UInt64.bitWidth - options.count.leadingZeroBitCount)) - 1
        var order: [UInt64] = []
        order.reserveCapacity(options.count)
        for place in options.indices {
            order.append(max(key(options[place]), 0).bitPattern & ~mask | UInt64(place))
        }
        order.sort()
        var sorted: [StrategyOption] = []
        sorted.reserveCapacity(options.count)
        for entry in order { sorted.append(options[Int(entry & mask)]) }
        options = sorted
    }
}
