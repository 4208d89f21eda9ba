internal import TransportKit

/// A schema, ready to be applied: its subschemas, which refer to one another by their places in a list.
struct SchemaGraph: Sendable {
    /// A subschema.
    struct Node: Sendable {
        /// The resource it belongs to; what a dynamic reference looks at.
        var resource: Int
        /// What is to hold, `unevaluated…` last.
        var keywords: [Keyword] = []
    }

    /// The kinds of value, one bit each.
    struct Types: OptionSet, Sendable {
        let rawValue: UInt8
        static let null = Types(rawValue: 1)
        static let boolean = Types(rawValue: 2)
        static let object = Types(rawValue: 4)
        static let array = Types(rawValue: 8)
        static let number = Types(rawValue: 16)
        static let string = Types(rawValue: 32)
        static let integer = Types(rawValue: 64)

        static let names: [(String, Types)] = [
            ("null", .null), ("boolean", .boolean), ("object", .object), ("array", .array), ("number", .number),
            ("string", .string), ("integer", .integer),
        ]
    }

    /// A number that a size is held against.
    enum Measure: String, Sendable {
        case length = "Length"
        case items = "Items"
        case properties = "Properties"
    }

    /// What a subschema says, in a form that needs no further reading.
    enum Keyword: Sendable {
        case nothing
        case types(Types)
        case enumeration([JSONValue], name: String)
        case multipleOf(ExactDecimal)
        case bound(ExactDecimal, isUpper: Bool, isExclusive: Bool)
        case size(Measure, Int, isUpper: Bool)
        case pattern(SchemaPattern)
        case uniqueItems
        case required([String], when: String?)
        case reference(Int)
        case dynamicReference(String, otherwise: Int)
        case all([Int])
        case any([Int])
        case one([Int])
        case not(Int)
        case conditional(Int, then: Int?, otherwise: Int?)
        case dependent(String, Int)
        case items(prefix: [Int], rest: Int?)
        case contains(Int, minimum: Int, maximum: Int?)
        case properties([String: Int], patterns: [(SchemaPattern?, Int)], rest: Int?)
        case propertyNames(Int)
        case unevaluatedItems(Int)
        case unevaluatedProperties(Int)

        var isLast: Bool {
            switch self {
            case .unevaluatedItems, .unevaluatedProperties: true
            default: false
            }
        }
    }

    var nodes: [Node] = []
    var root = 0
    /// The subschemas that a dynamic reference may mean, by name and resource.
    var dynamicTargets: [String: [Int: Int]] = [:]
    /// Whether it matters what has been looked at.
    var needsSeen = false
}
