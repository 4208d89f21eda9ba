internal import TransportKit

extension SchemaEvaluation {
    /// Applies a keyword to the elements of an array.
    mutating func checkItems(
        _ keyword: SchemaGraph.Keyword,
        _ elements: [JSONValue],
        _ seen: inout Seen
    ) throws(SchemaError) -> SchemaViolation? {
        try spend(elements.count)
        switch keyword {
        case .items(let prefix, let rest):
            for (index, element) in elements.enumerated() {
                guard let number = index < prefix.count ? prefix[index] : rest else { break }
                if let violation = try check(part: element, named: "\(index)", against: number) { return violation }
            }
            if graph.needsSeen { seen.items = max(seen.items, rest == nil ? prefix.count : elements.count) }
            return nil
        case .contains(let number, let minimum, let maximum):
            var count = 0
            for (index, element) in elements.enumerated() {
                var ignored = Seen()
                guard try check(element, against: number, &ignored) == nil else { continue }
                count += 1
                if graph.needsSeen { seen.otherItems.insert(index) }
            }
            if count < minimum { return violation("contains", "has too few elements of the form that is asked for") }
            if let maximum, count > maximum {
                return violation("maxContains", "has too many elements of the form that is asked for")
            }
            return nil
        case .unevaluatedItems(let number):
            for (index, element) in elements.enumerated().dropFirst(seen.items)
            where !seen.otherItems.contains(index) {
                if let violation = try check(part: element, named: "\(index)", against: number) { return violation }
            }
            seen.items = elements.count
            return nil
        default: return nil
        }
    }

    /// Applies a keyword to the members of an object.
    mutating func checkProperties(
        _ keyword: SchemaGraph.Keyword,
        _ object: JSONObject,
        _ seen: inout Seen
    ) throws(SchemaError) -> SchemaViolation? {
        try spend(object.count)
        switch keyword {
        case .properties(let named, let patterns, let rest):
            for member in object.members {
                if let violation = try checkMember(member, named, patterns, rest, &seen) { return violation }
            }
            return nil
        case .propertyNames(let number):
            for member in object.members {
                let name = JSONValue.string(member.name)
                if let violation = try check(part: name, named: member.name, against: number) { return violation }
            }
            return nil
        case .unevaluatedProperties(let number):
            guard !seen.hasAllProperties else { return nil }
            for member in object.members where !seen.properties.contains(member.name) {
                if let violation = try check(part: member.value, named: member.name, against: number) {
                    return violation
                }
            }
            seen.hasAllProperties = true
            return nil
        default: return nil
        }
    }

    private mutating func checkMember(
        _ member: JSONObject.Member,
        _ named: [String: Int],
        _ patterns: [(SchemaPattern?, Int)],
        _ rest: Int?,
        _ seen: inout Seen
    ) throws(SchemaError) -> SchemaViolation? {
        var isKnown = false
        if let number = named[member.name] {
            isKnown = true
            if let violation = try check(part: member.value, named: member.name, against: number) { return violation }
        }
        for (pattern, number) in patterns {
            try spend(1)
            // A pattern that cannot be checked may have meant this member, so the member is left alone.
            guard let pattern else {
                isKnown = true
                continue
            }
            guard pattern.isFound(in: member.name) else { continue }
            isKnown = true
            if let violation = try check(part: member.value, named: member.name, against: number) { return violation }
        }
        if !isKnown {
            guard let rest else { return nil }
            if let violation = try check(part: member.value, named: member.name, against: rest) { return violation }
        }
        if graph.needsSeen { seen.properties.insert(member.name) }
        return nil
    }
}
