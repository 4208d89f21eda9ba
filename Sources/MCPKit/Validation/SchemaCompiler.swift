internal import TransportKit

/// Reads a schema's keywords.
struct SchemaCompiler {
    let index: SchemaIndex
    let limits: SchemaValidator.Limits
    private(set) var uncheckedPatterns: [String] = []
    private var graph = SchemaGraph()
    private var nodesByPointer: [String: Int] = [:]
    private var dynamicNames: Set<String> = []
    private var depth = 0

    init(index: SchemaIndex, limits: SchemaValidator.Limits) {
        self.index = index
        self.limits = limits
    }

    mutating func compile() throws(SchemaError) -> SchemaGraph {
        graph.root = try node(for: index.document, at: "")
        // What is compiled for one name may bring up another.
        var done: Set<String> = []
        while let name = dynamicNames.subtracting(done).first {
            done.insert(name)
            for (number, resource) in index.resources.enumerated() {
                guard let pointer = resource.dynamicAnchors[name], let value = index.value(at: pointer) else {
                    continue
                }
                graph.dynamicTargets[name, default: [:]][number] = try node(for: value, at: pointer)
            }
        }
        return graph
    }

    /// The place in the graph of a subschema, which is read the first time that it is asked for.
    mutating func node(for schema: JSONValue, at pointer: String) throws(SchemaError) -> Int {
        if let known = nodesByPointer[pointer] { return known }
        guard graph.nodes.count < limits.subschemas, depth < limits.depth else {
            throw SchemaError(code: .tooComplex, location: pointer, message: "the schema is too deep or too large")
        }
        depth += 1
        defer { depth -= 1 }
        let number = graph.nodes.count
        nodesByPointer[pointer] = number
        graph.nodes.append(SchemaGraph.Node(resource: index.resource(at: pointer)))
        switch schema {
        case .bool(true): break
        case .bool(false): graph.nodes[number].keywords = [.nothing]
        case .object(let object):
            let keywords = try keywords(of: object, at: pointer)
            graph.nodes[number].keywords = keywords.filter { !$0.isLast } + keywords.filter(\.isLast)
            if keywords.contains(where: \.isLast) { graph.needsSeen = true }
        default: throw invalid(pointer, "a schema is an object or a boolean")
        }
        return number
    }

    private mutating func keywords(
        of object: JSONObject,
        at pointer: String
    ) throws(SchemaError) -> [SchemaGraph.Keyword] {
        if index.dialect == .draft7, let reference = object["$ref"] {
            return [try self.reference(reference, at: "\(pointer)/$ref", isDynamic: false)]
        }
        var keywords: [SchemaGraph.Keyword] = []
        for member in object.members {
            let place = "\(pointer)/\(SchemaIndex.escaped(member.name))"
            if let keyword = try assertion(member.name, member.value, at: place) {
                keywords.append(keyword)
            } else {
                keywords += try applicator(member.name, member.value, beside: object, at: place)
            }
        }
        if let items = try items(of: object, at: pointer) { keywords.append(items) }
        if let properties = try properties(of: object, at: pointer) { keywords.append(properties) }
        return keywords
    }

    private func invalid(_ place: String, _ message: String) -> SchemaError {
        SchemaError(code: .invalidSchema, location: place, message: message)
    }
}

// Keywords that look at the value itself.
extension SchemaCompiler {
    private mutating func assertion(
        _ name: String,
        _ value: JSONValue,
        at place: String
    ) throws(SchemaError) -> SchemaGraph.Keyword? {
        switch name {
        case "type": return .types(try types(value, at: place))
        case "const": return .enumeration([value.canonical], name: name)
        case "enum":
            guard let values = value.array else { throw invalid(place, "expected an array") }
            return .enumeration(values.map(\.canonical), name: name)
        case "multipleOf":
            let divisor = try number(value, at: place)
            guard divisor.isPositive else { throw invalid(place, "expected a number above 0") }
            return .multipleOf(divisor)
        case "minimum": return .bound(try number(value, at: place), isUpper: false, isExclusive: false)
        case "maximum": return .bound(try number(value, at: place), isUpper: true, isExclusive: false)
        case "exclusiveMinimum": return .bound(try number(value, at: place), isUpper: false, isExclusive: true)
        case "exclusiveMaximum": return .bound(try number(value, at: place), isUpper: true, isExclusive: true)
        case "minLength", "minItems", "minProperties", "maxLength", "maxItems", "maxProperties":
            guard let measure = SchemaGraph.Measure(rawValue: String(name.dropFirst(3))) else { return nil }
            return .size(measure, try count(value, at: place), isUpper: name.hasPrefix("max"))
        case "uniqueItems":
            guard let isUnique = value.bool else { throw invalid(place, "expected true or false") }
            return isUnique ? .uniqueItems : nil
        case "required": return .required(try names(value, at: place), when: nil)
        case "pattern":
            guard let text = value.string else { throw invalid(place, "expected a regular expression") }
            return pattern(text, at: place).map { .pattern($0) }
        default: return nil
        }
    }

    private func types(_ value: JSONValue, at place: String) throws(SchemaError) -> SchemaGraph.Types {
        var types: SchemaGraph.Types = []
        for name in value.array ?? [value] {
            guard let type = SchemaGraph.Types.names.first(where: { $0.0 == name.string }) else {
                throw invalid(place, "expected the name of a type")
            }
            types.insert(type.1)
        }
        return types
    }

    private func number(_ value: JSONValue, at place: String) throws(SchemaError) -> ExactDecimal {
        guard case .number(let number) = value else { throw invalid(place, "expected a number") }
        return ExactDecimal(number)
    }

    private func count(_ value: JSONValue, at place: String) throws(SchemaError) -> Int {
        guard let count = value.int, count >= 0 else { throw invalid(place, "expected a whole number from 0") }
        return count
    }

    private func names(_ value: JSONValue, at place: String) throws(SchemaError) -> [String] {
        guard let array = value.array else { throw invalid(place, "expected an array of names") }
        let names = array.compactMap(\.string)
        guard names.count == array.count else { throw invalid(place, "expected an array of names") }
        return names
    }

    private mutating func pattern(_ text: String, at place: String) -> SchemaPattern? {
        let pattern = SchemaPattern(text)
        if pattern == nil { uncheckedPatterns.append(place) }
        return pattern
    }
}

// Keywords that apply other schemas.
extension SchemaCompiler {
    private mutating func applicator(
        _ name: String,
        _ value: JSONValue,
        beside object: JSONObject,
        at place: String
    ) throws(SchemaError) -> [SchemaGraph.Keyword] {
        let isNew = index.dialect == .v2020
        switch name {
        case "$ref": return [try reference(value, at: place, isDynamic: false)]
        case "$dynamicRef" where isNew: return [try reference(value, at: place, isDynamic: true)]
        case "allOf": return [.all(try list(value, at: place))]
        case "anyOf": return [.any(try list(value, at: place))]
        case "oneOf": return [.one(try list(value, at: place))]
        case "not": return [.not(try node(for: value, at: place))]
        case "if": return [try conditional(value, beside: object, at: place)]
        case "propertyNames": return [.propertyNames(try node(for: value, at: place))]
        case "contains": return [try contains(value, beside: object, at: place)]
        case "unevaluatedItems" where isNew: return [.unevaluatedItems(try node(for: value, at: place))]
        case "unevaluatedProperties" where isNew: return [.unevaluatedProperties(try node(for: value, at: place))]
        case "dependentRequired" where isNew, "dependentSchemas" where isNew, "dependencies":
            return try dependencies(value, at: place)
        default: return []
        }
    }

    private mutating func reference(
        _ value: JSONValue,
        at place: String,
        isDynamic: Bool
    ) throws(SchemaError) -> SchemaGraph.Keyword {
        guard let text = value.string else { throw invalid(place, "expected a reference") }
        let target = try index.target(of: text, from: index.resource(at: place), at: place)
        guard let schema = index.value(at: target.pointer) else {
            throw SchemaError(
                code: .unresolvedReference,
                location: place,
                message: "a reference leads to a place that is not there"
            )
        }
        let number = try node(for: schema, at: target.pointer)
        guard isDynamic, let name = target.dynamicName else { return .reference(number) }
        dynamicNames.insert(name)
        return .dynamicReference(name, otherwise: number)
    }

    private mutating func list(_ value: JSONValue, at place: String) throws(SchemaError) -> [Int] {
        guard let schemas = value.array, !schemas.isEmpty else {
            throw invalid(place, "expected an array of schemas")
        }
        var numbers: [Int] = []
        for (position, schema) in schemas.enumerated() {
            numbers.append(try node(for: schema, at: "\(place)/\(position)"))
        }
        return numbers
    }

    private mutating func conditional(
        _ condition: JSONValue,
        beside object: JSONObject,
        at place: String
    ) throws(SchemaError) -> SchemaGraph.Keyword {
        let parent = place.dropLast("/if".count)
        return .conditional(
            try node(for: condition, at: place),
            then: try optionalNode(object["then"], at: "\(parent)/then"),
            otherwise: try optionalNode(object["else"], at: "\(parent)/else")
        )
    }

    private mutating func contains(
        _ schema: JSONValue,
        beside object: JSONObject,
        at place: String
    ) throws(SchemaError) -> SchemaGraph.Keyword {
        let number = try node(for: schema, at: place)
        guard index.dialect == .v2020 else { return .contains(number, minimum: 1, maximum: nil) }
        let parent = place.dropLast("/contains".count)
        let minimum = object["minContains"]
        let maximum = object["maxContains"]
        return .contains(
            number,
            minimum: try minimum.map { value throws(SchemaError) in try count(value, at: "\(parent)/minContains") }
                ?? 1,
            maximum: try maximum.map { value throws(SchemaError) in try count(value, at: "\(parent)/maxContains") }
        )
    }

    private mutating func dependencies(
        _ value: JSONValue,
        at place: String
    ) throws(SchemaError) -> [SchemaGraph.Keyword] {
        var keywords: [SchemaGraph.Keyword] = []
        for member in value.object?.members ?? [] {
            let inner = "\(place)/\(SchemaIndex.escaped(member.name))"
            if member.value.array != nil {
                keywords.append(.required(try names(member.value, at: inner), when: member.name))
            } else {
                keywords.append(.dependent(member.name, try node(for: member.value, at: inner)))
            }
        }
        return keywords
    }

    private mutating func optionalNode(_ schema: JSONValue?, at place: String) throws(SchemaError) -> Int? {
        guard let schema else { return nil }
        return try node(for: schema, at: place)
    }

    private mutating func items(
        of object: JSONObject,
        at pointer: String
    ) throws(SchemaError) -> SchemaGraph.Keyword? {
        var prefix: (String, JSONValue)?
        var rest: (String, JSONValue)?
        if index.dialect == .draft7 {
            if object["items"]?.array != nil {
                prefix = object["items"].map { ("items", $0) }
                rest = object["additionalItems"].map { ("additionalItems", $0) }
            } else {
                rest = object["items"].map { ("items", $0) }
            }
        } else {
            prefix = object["prefixItems"].map { ("prefixItems", $0) }
            rest = object["items"].map { ("items", $0) }
        }
        guard prefix != nil || rest != nil else { return nil }
        var numbers: [Int] = []
        for (position, schema) in (prefix?.1.array ?? []).enumerated() {
            numbers.append(try node(for: schema, at: "\(pointer)/\(prefix?.0 ?? "")/\(position)"))
        }
        return .items(prefix: numbers, rest: try optionalNode(rest?.1, at: "\(pointer)/\(rest?.0 ?? "")"))
    }

    private mutating func properties(
        of object: JSONObject,
        at pointer: String
    ) throws(SchemaError) -> SchemaGraph.Keyword? {
        guard object["properties"] != nil || object["patternProperties"] != nil || object["additionalProperties"] != nil
        else { return nil }
        var named: [String: Int] = [:]
        for member in object["properties"]?.object?.members ?? [] {
            let place = "\(pointer)/properties/\(SchemaIndex.escaped(member.name))"
            named[member.name] = try node(for: member.value, at: place)
        }
        var patterns: [(SchemaPattern?, Int)] = []
        for member in object["patternProperties"]?.object?.members ?? [] {
            let place = "\(pointer)/patternProperties/\(SchemaIndex.escaped(member.name))"
            patterns.append((pattern(member.name, at: place), try node(for: member.value, at: place)))
        }
        let rest = try optionalNode(object["additionalProperties"], at: "\(pointer)/additionalProperties")
        return .properties(named, patterns: patterns, rest: rest)
    }
}
