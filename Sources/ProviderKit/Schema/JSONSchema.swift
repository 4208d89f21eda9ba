public import TransportKit

/// Makes JSON Schemas of plain `Decodable` types.
///
/// No macro and no annotation is needed: the type decodes itself from a decoder that records what it asks for.
///
/// ```swift
/// struct Weather: Decodable {
///     enum Sky: String, Decodable, CaseIterable { case clear, cloudy, rain }
///     var city: String
///     var sky: Sky
///     var highs: [Double]
///     var warning: String?
/// }
/// let schema = try JSONSchema.make(for: Weather.self)
/// ```
///
/// A property that may be absent is not required. `Date`, `URL`, `UUID`, `Data` and `Decimal` have schemas of their own. A type
/// that cannot be asked in this way says its schema by ``JSONSchemaRepresentable``; one that wants to tell the model more about
/// its properties does so by ``JSONSchemaDescribing``.
public enum JSONSchema {
    /// Makes the schema of a type.
    ///
    /// - Parameters:
    ///   - type: The type.
    ///   - isStrict: Whether the schema keeps to what OpenAI's strict mode takes: every property is required (one that may be
    ///     absent may be `null` instead), no others are allowed, and there are no dictionaries.
    /// - Returns: The schema; its members are in the order in which the type decodes them.
    /// - Throws: `PlexError` with code `unsupported` that names the property, if a part of the type has no schema.
    public static func make<T: Decodable>(for type: T.Type, isStrict: Bool = false) throws(PlexError) -> JSONValue {
        try SchemaBuilder(isStrict: isStrict).schema(for: type)
    }
}

/// A type that says its JSON Schema itself.
public protocol JSONSchemaRepresentable {
    /// The schema.
    ///
    /// Where a property of this type is required, a value is made of the schema in order to see the properties after it: of the
    /// first of its `examples`, its `default`, `const` or `enum`, else of its `type`. It has to decode as this type.
    static var jsonSchema: JSONValue { get }
}

/// A type that tells the model what its properties mean.
public protocol JSONSchemaDescribing {
    /// What the properties mean, by their names in JSON.
    static var propertyDescriptions: [String: String] { get }
}
