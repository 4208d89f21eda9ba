internal import ProviderKit

/// What plans need of a deployment, as plain numbers: they are looked at for every request.
struct PlanningFacts: Sendable {
    var features: FeatureSet
    /// The most tokens of prompt and answer together; the greatest number where it is not known.
    var contextLength: Int
    var price: Price?
    var credential: Int
    var credentialWeight: Double
    /// The same for the same credential's name in every process.
    var credentialIdentity: UInt64

    init(_ facts: DeploymentFacts) {
        features = FeatureSet(facts.capabilities.features)
        contextLength = facts.capabilities.contextLength ?? .max
        price = facts.price
        credential = facts.credential
        credentialWeight = facts.credentialWeight
        credentialIdentity = StableHash.hash(facts.deployment.credential ?? "")
    }
}

/// The features that have names in `Capabilities.Feature`, as bits; others are looked up by their words.
struct FeatureSet: Sendable, Hashable {
    static let known: [Capabilities.Feature] = [
        .streaming, .tools, .vision, .audio, .files, .jsonSchema, .reasoning, .prefill, .embeddings,
    ]

    var bits: UInt16 = 0

    init(_ features: some Sequence<Capabilities.Feature>) {
        for feature in features {
            if let place = Self.known.firstIndex(of: feature) { bits |= 1 << place }
        }
    }
}

/// What a request needs, ready to be held against many deployments.
struct Needs {
    private let bits: UInt16
    // In an order that is always the same.
    private let others: [Capabilities.Feature]
    private let tokens: Int

    init(_ query: RouteQuery) {
        bits = FeatureSet(query.needs).bits
        others =
            query.needs.count == bits.nonzeroBitCount
            ? [] : query.needs.filter { !FeatureSet.known.contains($0) }.sorted { $0.rawValue < $1.rawValue }
        let (sum, overflow) = max(query.promptTokens, 0).addingReportingOverflow(max(query.answerTokens ?? 0, 0))
        tokens = overflow ? .max : sum
    }

    /// Whether a deployment can do this.
    func areMet(by deployment: DeploymentID, in table: DeploymentTable) -> Bool {
        bits & ~table.planning[deployment.index].features.bits == 0
            && tokens <= table.planning[deployment.index].contextLength
            && (others.isEmpty || reasonAgainst(deployment, in: table) == nil)
    }

    /// Why a deployment cannot do this; `nil` if it can.
    func reasonAgainst(_ deployment: DeploymentID, in table: DeploymentTable) -> RoutePlan.SkipReason? {
        let missing = bits & ~table.planning[deployment.index].features.bits
        if missing != 0 { return .lacks(FeatureSet.known[missing.trailingZeroBitCount]) }
        let limit = table.planning[deployment.index].contextLength
        if tokens > limit { return .contextLength(tokens: tokens, limit: limit) }
        return others.first { !table.facts[deployment.index].capabilities.contains($0) }.map { .lacks($0) }
    }
}
