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
        case .weighted: Self.drawByWeight(&options, &context.generator)
        case .roundRobin: Self.rotate(&options, by: context.sequence)
        case .leastLatency: Self.pickFasterOfTwo(&options, &context.generator)
        case .leastBusy:
            // Whoever is as busy as another has the same chance as it.
            Self.shuffle(&options, &context.generator)
            Self.sort(&options) { Double($0.inFlight) }
        case .cheapest:
            // Equal prices, and those that nobody knows, stay in the order of the route.
            Self.sort(&options) { $0.cost ?? .infinity }
        case .sticky:
            guard let affinity = context.query.affinity else {
                Self.drawByWeight(&options, &context.generator)
                return
            }
            Self.sort(&options) { -StableHash.rendezvous(affinity, $0.identity, weight: $0.weight) }
        }
    }

    // MARK: - The orders

    /// Draws one after the other, each with the chance of its share in the weight of those that remain.
    private static func drawByWeight(_ options: inout [StrategyOption], _ generator: inout SeededGenerator) {
        var total = options.reduce(0) { $0 + $1.weight }
        for place in 0..<(options.count - 1) {
            var rest = StableHash.fraction(generator.next()) * total
            var drawn = place
            // Rounding must not lead beyond the last.
            while drawn < options.count - 1, rest >= options[drawn].weight {
                rest -= options[drawn].weight
                drawn += 1
            }
            total -= options[drawn].weight
            options.swapAt(place, drawn)
        }
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
        if let latency = option.latency, let otherLatency = other.latency {
            return latency * (option.inFlight + 1) < otherLatency * (other.inFlight + 1)
        }
        // Somebody has to find out how fast one is; one request at a time is enough for that.
        let (isUnknown, otherIsUnknown) = (option.latency == nil, other.latency == nil)
        if isUnknown != otherIsUnknown, (isUnknown ? option : other).inFlight == 0 { return isUnknown }
        return option.inFlight < other.inFlight
    }

    private static func shuffle(_ options: inout [StrategyOption], _ generator: inout SeededGenerator) {
        for place in 0..<(options.count - 1) {
            options.swapAt(
                place,
                place + Int(generator.next().multipliedFullWidth(by: UInt64(options.count - place)).high)
            )
        }
    }

    /// Sorts by a key, the lowest first; equal ones stay as they stood.
    private static func sort(_ options: inout [StrategyOption], by key: (StrategyOption) -> Double) {
        var order = options.indices.map { (key: key(options[$0]), place: $0) }
        order.sort { ($0.key, $0.place) < ($1.key, $1.place) }
        options = order.map { options[$0.place] }
    }
}
