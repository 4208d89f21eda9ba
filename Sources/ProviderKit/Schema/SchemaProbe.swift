/// A decoder that has no data: it notes what is asked of it and answers with sample values.
struct SchemaProbe: Decoder {
    let builder: SchemaBuilder
    let shape: SchemaShape
    let codingPath: [any CodingKey]

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        shape.beginObject()
        return KeyedDecodingContainer(KeyedProbe<Key>(builder: builder, shape: shape, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer {
        shape.beginArray()
        return UnkeyedProbe(builder: builder, shape: shape, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer {
        SingleValueProbe(builder: builder, shape: shape, codingPath: codingPath)
    }
}

// The generic `decode` below is the witness of the requirements for each simple type too.

private struct KeyedProbe<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let builder: SchemaBuilder
    let shape: SchemaShape
    let codingPath: [any CodingKey]

    // A key type that takes any name is that of a dictionary, which asks for the names that there are. Numbers, because
    // dictionaries with integer keys take no other.
    private static var anyName: String { "0" }
    private static var takesAnyName: Bool { Key(stringValue: anyName) != nil && Key(stringValue: "4096") != nil }

    var allKeys: [Key] { Self.takesAnyName ? Key(stringValue: Self.anyName).map { [$0] } ?? [] : [] }

    // Called by `decodeIfPresent`, whose default implementation asks for presence, then null, then the value.
    func contains(_ key: Key) -> Bool {
        shape.noteOptional(key.stringValue)
        return true
    }

    func decodeNil(forKey key: Key) -> Bool {
        shape.noteOptional(key.stringValue)
        return false
    }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        let (schema, value) = try builder.describe(type, at: codingPath + [key])
        if key.stringValue == Self.anyName, Self.takesAnyName {
            shape.noteAdditional(schema)
        } else {
            shape.noteProperty(key.stringValue, schema)
        }
        return value
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) -> KeyedDecodingContainer<Nested> {
        nested(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedDecodingContainer {
        nested(key).unkeyedContainer()
    }

    func superDecoder() -> any Decoder {
        let nested = SchemaShape()
        shape.noteProperty("super", nested)
        return SchemaProbe(builder: builder, shape: nested, codingPath: codingPath)
    }

    func superDecoder(forKey key: Key) -> any Decoder {
        nested(key)
    }

    private func nested(_ key: Key) -> SchemaProbe {
        let nested = SchemaShape()
        shape.noteProperty(key.stringValue, nested)
        return SchemaProbe(builder: builder, shape: nested, codingPath: codingPath + [key])
    }
}

private struct UnkeyedProbe: UnkeyedDecodingContainer {
    let builder: SchemaBuilder
    let shape: SchemaShape
    let codingPath: [any CodingKey]

    // One element tells the type; a reader that asks for more gets more.
    private(set) var currentIndex = 0
    var count: Int? { 1 }
    var isAtEnd: Bool { currentIndex > 0 }

    init(builder: SchemaBuilder, shape: SchemaShape, codingPath: [any CodingKey]) {
        self.builder = builder
        self.shape = shape
        self.codingPath = codingPath
    }

    mutating func decodeNil() -> Bool { false }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let (schema, value) = try builder.describe(type, at: codingPath + [Index(currentIndex)])
        shape.noteElement(schema)
        currentIndex += 1
        return value
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedDecodingContainer<Nested> {
        nested().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedDecodingContainer {
        nested().unkeyedContainer()
    }

    mutating func superDecoder() -> any Decoder {
        nested()
    }

    private mutating func nested() -> SchemaProbe {
        let nested = SchemaShape()
        shape.noteElement(nested)
        defer { currentIndex += 1 }
        return SchemaProbe(builder: builder, shape: nested, codingPath: codingPath + [Index(currentIndex)])
    }

    private struct Index: CodingKey {
        let intValue: Int?
        var stringValue: String { intValue.map { String($0) } ?? "" }

        init(_ index: Int) { intValue = index }
        init?(intValue: Int) { self.init(intValue) }
        init?(stringValue: String) { nil }
    }
}

private struct SingleValueProbe: SingleValueDecodingContainer {
    let builder: SchemaBuilder
    let shape: SchemaShape
    let codingPath: [any CodingKey]

    func decodeNil() -> Bool {
        shape.noteNullable()
        return false
    }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let (schema, value) = try builder.describe(type, at: codingPath)
        shape.noteValue(schema)
        return value
    }
}
