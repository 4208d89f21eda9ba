public import TransportKit

/// Checks values against a JSON Schema of 2020-12 or draft 7.
///
/// ```swift
/// let validator = try SchemaValidator(["type": "object", "required": ["city"]])
/// let violation = try validator.violation(in: ["town": "Rome"])   // "city" is missing
/// ```
///
/// Nothing is ever fetched: a reference that leads out of the schema is an error. Work and depth are bounded, so that neither a
/// hostile schema nor a hostile value can hold the caller up. `format` and the `content…` keywords are notes, as the dialect
/// has it by default. Patterns are RE2's, which is ECMA-262 without look-around and back references; one that needs these is
/// not checked and is listed in ``uncheckedPatterns``.
public struct SchemaValidator: Sendable {
    /// Limits on the work that schemas and values can cause.
    public struct Limits: Sendable, Hashable {
        /// How deep schemas may be applied within one another.
        public var depth: Int
        /// How many steps a check may take; a step is a keyword or a member.
        public var steps: Int
        /// How many subschemas a schema may have.
        public var subschemas: Int

        /// Makes limits.
        public init(depth: Int = 256, steps: Int = 1_000_000, subschemas: Int = 20_000) {
            self.depth = depth
            self.steps = steps
            self.subschemas = subschemas
        }
    }

    /// The places of patterns that cannot be checked here, as JSON pointers into the schema.
    public let uncheckedPatterns: [String]

    let graph: SchemaGraph
    let limits: Limits

    /// Reads a schema.
    ///
    /// - Parameters:
    ///   - schema: The schema.
    ///   - limits: Limits on the work.
    /// - Throws: `SchemaError`, if the schema cannot be used.
    public init(_ schema: JSONValue, limits: Limits = Limits()) throws(SchemaError) {
        var compiler = SchemaCompiler(index: try SchemaIndex(schema, limits: limits), limits: limits)
        graph = try compiler.compile()
        uncheckedPatterns = compiler.uncheckedPatterns
        self.limits = limits
    }

    /// Checks a value.
    ///
    /// - Parameter value: The value.
    /// - Returns: The first thing that does not fit, or `nil` if the value is valid.
    /// - Throws: `SchemaError` with code `tooComplex`, if the check goes beyond the limits.
    public func violation(in value: JSONValue) throws(SchemaError) -> SchemaViolation? {
        var evaluation = SchemaEvaluation(graph: graph, limits: limits)
        var seen = SchemaEvaluation.Seen()
        return try evaluation.check(value, against: graph.root, &seen)
    }
}
