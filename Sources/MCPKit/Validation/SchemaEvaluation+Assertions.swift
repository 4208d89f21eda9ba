internal import TransportKit

extension SchemaEvaluation {
    /// Applies a keyword that looks at the value itself.
    mutating func assert(_ keyword: SchemaGraph.Keyword, _ value: JSONValue) throws(SchemaError) -> SchemaViolation? {
        switch keyword {
        case .nothing: return violation("false", "is not allowed here")
        case .types(let types):
            return value.types.isDisjoint(with: types) ? violation("type", "expected \(types.words)") : nil
        case .enumeration(let values, let name):
            try spend(value.weight)
            let canonical = value.canonical
            return values.contains(canonical) ? nil : violation(name, Self.expectation(of: values))
        case .multipleOf, .bound:
            guard case .number(let number) = value else { return nil }
            return check(ExactDecimal(number), keyword)
        case .size(let measure, let limit, let isUpper):
            guard let size = value.size(in: measure) else { return nil }
            guard isUpper ? size > limit : size < limit else { return nil }
            return violation(
                (isUpper ? "max" : "min") + measure.rawValue,
                "expected at \(isUpper ? "most" : "least") \(limit) \(measure.words), found \(size)"
            )
        case .pattern(let pattern):
            guard case .string(let text) = value else { return nil }
            return pattern.isFound(in: text) ? nil : violation("pattern", "does not have the form that is asked for")
        case .uniqueItems:
            guard case .array(let elements) = value else { return nil }
            try spend(value.weight)
            var known: Set<JSONValue> = []
            return elements.allSatisfy { known.insert($0.canonical).inserted }
                ? nil : violation("uniqueItems", "has an element twice")
        case .required(let names, let condition):
            guard case .object(let object) = value else { return nil }
            if let condition, object[condition] == nil { return nil }
            try spend(names.count * (1 + object.count / 16))
            guard let missing = names.first(where: { object[$0] == nil }) else { return nil }
            return violation(condition == nil ? "required" : "dependentRequired", "\"\(missing)\" is missing")
        default: return nil
        }
    }

    private func check(_ number: ExactDecimal, _ keyword: SchemaGraph.Keyword) -> SchemaViolation? {
        switch keyword {
        case .multipleOf(let divisor):
            return number.isMultiple(of: divisor)
                ? nil : violation("multipleOf", "is not a multiple of what is asked for")
        case .bound(let limit, let isUpper, let isExclusive):
            let isInside = isUpper ? number < limit : number > limit
            if isInside || (!isExclusive && number == limit) { return nil }
            let name = (isExclusive ? "exclusive" : "") + (isUpper ? "maximum" : "minimum")
            return violation(isExclusive ? name.capitalizedAfterPrefix : name, "is too \(isUpper ? "large" : "small")")
        default: return nil
        }
    }

    // The schema's own words may be told: they are the tool's, not the caller's.
    private static func expectation(of values: [JSONValue]) -> String {
        let words = values.compactMap(\.string)
        guard words.count == values.count, words.count <= 12 else { return "is not one of the values that are allowed" }
        return "expected \(words.map { "\"\($0)\"" }.joined(separator: " or "))"
    }
}

extension String {
    /// `exclusiveMaximum` of `exclusivemaximum`.
    fileprivate var capitalizedAfterPrefix: String {
        let prefix = "exclusive"
        return prefix + dropFirst(prefix.count).prefix(1).uppercased() + dropFirst(prefix.count + 1)
    }
}

extension SchemaGraph.Types {
    fileprivate var words: String {
        Self.names.filter { contains($0.1) }.map(\.0).joined(separator: " or ")
    }
}

extension SchemaGraph.Measure {
    fileprivate var words: String {
        switch self {
        case .length: "characters"
        case .items: "elements"
        case .properties: "members"
        }
    }
}

extension JSONValue {
    fileprivate var types: SchemaGraph.Types {
        switch self {
        case .null: .null
        case .bool: .boolean
        case .number(let number): ExactDecimal(number).isInteger ? [.number, .integer] : .number
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }

    fileprivate func size(in measure: SchemaGraph.Measure) -> Int? {
        switch (measure, self) {
        case (.length, .string(let text)): text.unicodeScalars.count
        case (.items, .array(let elements)): elements.count
        case (.properties, .object(let object)): object.count
        default: nil
        }
    }
}
