internal import TransportKit

/// One check of a value.
struct SchemaEvaluation {
    /// What of the value has been looked at by a schema that it fits.
    struct Seen {
        var hasAllProperties = false
        var properties: Set<String> = []
        /// How many elements from the first one on.
        var items = 0
        var otherItems: Set<Int> = []

        mutating func merge(_ other: Seen) {
            hasAllProperties = hasAllProperties || other.hasAllProperties
            properties.formUnion(other.properties)
            items = max(items, other.items)
            otherItems.formUnion(other.otherItems)
        }
    }

    let graph: SchemaGraph
    private var remainingSteps: Int
    private var remainingDepth: Int
    private var resources: [Int] = []
    private var path: [String] = []

    init(graph: SchemaGraph, limits: SchemaValidator.Limits) {
        self.graph = graph
        remainingSteps = limits.steps
        remainingDepth = limits.depth
    }

    /// Applies a subschema; what it has looked at is added if the value fits, and only then.
    mutating func check(
        _ value: JSONValue,
        against number: Int,
        _ seen: inout Seen
    ) throws(SchemaError) -> SchemaViolation? {
        guard remainingDepth > 0 else { throw tooComplex }
        remainingDepth -= 1
        let resource = graph.nodes[number].resource
        let isNew = resources.last != resource
        if isNew { resources.append(resource) }
        defer {
            remainingDepth += 1
            if isNew { resources.removeLast() }
        }
        // What the schemas beside this one have looked at is not this one's to know.
        var own = Seen()
        for keyword in graph.nodes[number].keywords {
            try spend(1)
            if let violation = try apply(keyword, to: value, &own) { return violation }
        }
        if graph.needsSeen { seen.merge(own) }
        return nil
    }

    private mutating func fits(_ value: JSONValue, _ number: Int, _ seen: inout Seen) throws(SchemaError) -> Bool {
        try check(value, against: number, &seen) == nil
    }

    /// Applies a subschema to a part of the value.
    mutating func check(
        part: JSONValue,
        named name: @autoclosure () -> String,
        against number: Int
    ) throws(SchemaError) -> SchemaViolation? {
        // Nothing to do for `true`, which is what most open ends have.
        if graph.nodes[number].keywords.isEmpty { return nil }
        path.append(name())
        defer { path.removeLast() }
        var inner = Seen()
        return try check(part, against: number, &inner)
    }

    mutating func spend(_ steps: Int) throws(SchemaError) {
        remainingSteps -= steps
        guard remainingSteps >= 0 else { throw tooComplex }
    }

    func violation(_ keyword: String, _ message: String) -> SchemaViolation {
        SchemaViolation(
            location: path.map { "/" + SchemaIndex.escaped($0) }.joined(),
            keyword: keyword,
            message: message
        )
    }

    private var tooComplex: SchemaError {
        SchemaError(code: .tooComplex, location: "", message: "the check was given up, as it takes too many steps")
    }

    private mutating func apply(
        _ keyword: SchemaGraph.Keyword,
        to value: JSONValue,
        _ seen: inout Seen
    ) throws(SchemaError) -> SchemaViolation? {
        switch keyword {
        case .reference(let number): return try check(value, against: number, &seen)
        case .dynamicReference(let name, let otherwise):
            let targets = graph.dynamicTargets[name] ?? [:]
            let number = resources.lazy.compactMap { targets[$0] }.first ?? otherwise
            return try check(value, against: number, &seen)
        case .all(let numbers):
            for number in numbers {
                if let violation = try check(value, against: number, &seen) { return violation }
            }
            return nil
        case .any, .one, .not, .conditional, .dependent: return try branch(keyword, value, &seen)
        case .items, .contains, .unevaluatedItems:
            guard case .array(let elements) = value else { return nil }
            return try checkItems(keyword, elements, &seen)
        case .properties, .propertyNames, .unevaluatedProperties:
            guard case .object(let object) = value else { return nil }
            return try checkProperties(keyword, object, &seen)
        default: return try assert(keyword, value)
        }
    }

    private mutating func branch(
        _ keyword: SchemaGraph.Keyword,
        _ value: JSONValue,
        _ seen: inout Seen
    ) throws(SchemaError) -> SchemaViolation? {
        switch keyword {
        case .any(let numbers):
            var isFitting = false
            for number in numbers {
                if try fits(value, number, &seen) { isFitting = true }
                // Each form that fits has to be asked only where it matters what it looks at.
                if isFitting, !graph.needsSeen { break }
            }
            return isFitting ? nil : violation("anyOf", "fits none of the \(numbers.count) forms that are allowed")
        case .one(let numbers):
            var count = 0
            for number in numbers where try fits(value, number, &seen) { count += 1 }
            guard count != 1 else { return nil }
            return violation("oneOf", "fits \(count) of \(numbers.count) forms instead of exactly one")
        case .not(let number):
            var ignored = Seen()
            return try fits(value, number, &ignored) ? violation("not", "has a form that is not allowed") : nil
        case .conditional(let condition, let then, let otherwise):
            let next = try fits(value, condition, &seen) ? then : otherwise
            return try next.flatMap { number throws(SchemaError) in try check(value, against: number, &seen) }
        case .dependent(let name, let number):
            guard case .object(let object) = value, object[name] != nil else { return nil }
            return try check(value, against: number, &seen)
        default: return nil
        }
    }
}
