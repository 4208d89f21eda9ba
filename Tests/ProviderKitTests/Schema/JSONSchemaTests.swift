import FoundationEssentials
import ProviderKit
import Testing
import TransportKit

struct JSONSchemaTests {
    struct Weather: Decodable {
        enum Sky: String, Decodable, CaseIterable { case clear, cloudy, rain }
        enum Level: Int, Decodable, CaseIterable { case low = 1, high = 3 }
        struct Day: Decodable {
            var high: Double
            var low: Float?
        }

        var city: String
        var sky: Sky
        var level: Level?
        var days: [Day]
        var isWet: Bool
        var count: UInt8
        var offset: Int64
        var today: Day?
        var tags: Set<String>
    }

    @Test func aPlainType() throws {
        let day: JSONValue = [
            "type": "object", "properties": ["high": ["type": "number"], "low": ["type": "number"]],
            "required": ["high"],
        ]
        let schema = try JSONSchema.make(for: Weather.self)
        #expect(
            schema == [
                "type": "object",
                "properties": [
                    "city": ["type": "string"],
                    "sky": ["type": "string", "enum": ["clear", "cloudy", "rain"]],
                    "level": ["type": "integer", "enum": [1, 3]],
                    "days": ["type": "array", "items": day],
                    "isWet": ["type": "boolean"],
                    "count": ["type": "integer", "minimum": 0],
                    "offset": ["type": "integer"],
                    "today": day,
                    "tags": ["type": "array", "items": ["type": "string"]],
                ],
                "required": ["city", "sky", "days", "isWet", "count", "offset", "tags"],
            ]
        )
        #expect(
            schema["properties"]?.object?.names
                == ["city", "sky", "level", "days", "isWet", "count", "offset", "today", "tags"]
        )
        #expect(try JSONSchema.make(for: Weather.self).serialized == schema.serialized)
    }

    @Test func strictRequiresAllAndAllowsNoOthers() throws {
        let day: JSONValue = [
            "type": "object", "properties": ["high": ["type": "number"], "low": ["type": ["number", "null"]]],
            "required": ["high", "low"], "additionalProperties": false,
        ]
        let schema = try JSONSchema.make(for: Weather.self, isStrict: true)
        #expect(schema["properties"]?["days"] == ["type": "array", "items": day])
        #expect(schema["properties"]?["today"] == ["anyOf": [day, ["type": "null"]]])
        #expect(
            schema["properties"]?["level"]
                == ["anyOf": [["type": "integer", "enum": [1, 3]], ["type": "null"]]]
        )
        #expect(schema["required"]?.array?.count == 9)
        #expect(schema["additionalProperties"] == false)
    }

    struct Standard: Decodable {
        var date: Date
        var url: URL
        var id: UUID
        var data: Data
        var price: Decimal
        var pairs: [String: Int]
        var byNumber: [Int: [Bool]]
        var anything: JSONValue
        var perhaps: [Int?]
        var model: ModelName
        var range: ClosedRange<Int>

        struct ModelName: RawRepresentable, Decodable { var rawValue: String }
    }

    @Test func typesOfTheLibraries() throws {
        let schema = try JSONSchema.make(for: Standard.self)
        #expect(
            schema["properties"] == [
                "date": ["type": "string", "format": "date-time"],
                "url": ["type": "string", "format": "uri", "description": "A URL."],
                "id": ["type": "string", "format": "uuid"],
                "data": ["type": "string", "contentEncoding": "base64", "description": "Bytes in Base64."],
                "price": ["type": "number"],
                "pairs": ["type": "object", "additionalProperties": ["type": "integer"]],
                "byNumber": [
                    "type": "object", "additionalProperties": ["type": "array", "items": ["type": "boolean"]],
                ],
                "anything": [:],
                "perhaps": ["type": "array", "items": ["type": ["integer", "null"]]],
                "model": ["type": "string"],
                "range": ["type": "array", "items": ["type": "integer"]],
            ]
        )
    }

    struct Custom: Decodable {
        enum Keys: String, CodingKey { case first = "first_name", nested, list, last }
        enum Inner: CodingKey { case depth }
        var first: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            first = try container.decode(String.self, forKey: .first)
            let nested = try container.nestedContainer(keyedBy: Inner.self, forKey: .nested)
            _ = try nested.decode(Int?.self, forKey: .depth)
            var list = try container.nestedUnkeyedContainer(forKey: .list)
            while !list.isAtEnd { _ = try list.decode(String.self) }
            if container.contains(.last) { _ = try container.decode(String.self, forKey: .last) }
        }
    }

    @Test func aTypeThatDecodesItselfByHand() throws {
        #expect(
            try JSONSchema.make(for: Custom.self) == [
                "type": "object",
                "properties": [
                    "first_name": ["type": "string"],
                    "nested": [
                        "type": "object", "properties": ["depth": ["type": ["integer", "null"]]], "required": ["depth"],
                    ],
                    "list": ["type": "array", "items": ["type": "string"]],
                    "last": ["type": "string"],
                ],
                "required": ["first_name", "nested", "list"],
            ]
        )
    }

    class Base: Decodable { var a: Int }
    struct Wrapper: Decodable {
        var value: Int
        init(from decoder: any Decoder) throws { value = try decoder.singleValueContainer().decode(Int.self) }
    }

    @Test func rootsOfEveryKind() throws {
        #expect(try JSONSchema.make(for: Int.self) == ["type": "integer"])
        #expect(try JSONSchema.make(for: [String].self) == ["type": "array", "items": ["type": "string"]])
        #expect(try JSONSchema.make(for: Weather.Sky.self)["enum"]?.array?.count == 3)
        #expect(try JSONSchema.make(for: Wrapper.self) == ["type": "integer"])
        #expect(try JSONSchema.make(for: Base.self)["required"] == ["a"])
        #expect(try JSONSchema.make(for: Int?.self) == ["type": ["integer", "null"]])
    }

    struct Described: Decodable, JSONSchemaDescribing {
        var city: String
        var link: URL
        static var propertyDescriptions: [String: String] { ["city": "A city's name.", "link": "Where it is told."] }
    }
    struct Misdescribed: Decodable, JSONSchemaDescribing {
        var city: String
        static var propertyDescriptions: [String: String] { ["town": "?"] }
    }

    @Test func descriptions() throws {
        let schema = try JSONSchema.make(for: Described.self)
        #expect(schema["properties"]?["city"] == ["type": "string", "description": "A city's name."])
        #expect(schema["properties"]?["link"]?["description"] == "Where it is told.")
    }

    enum Shape: Decodable, JSONSchemaRepresentable {
        case circle(radius: Double)
        case square(side: Double)
        static var jsonSchema: JSONValue {
            ["type": "object", "properties": ["circle": ["type": "object"]], "examples": [["circle": ["radius": 1]]]]
        }
    }
    struct Drawing: Decodable {
        var shape: Shape
        var shapes: [Shape]
        var title: String
    }

    @Test func aTypeThatSaysItsSchema() throws {
        let schema = try JSONSchema.make(for: Drawing.self)
        #expect(schema["properties"]?["shape"] == Shape.jsonSchema)
        #expect(schema["properties"]?["shapes"]?["items"] == Shape.jsonSchema)
        #expect(schema["required"] == ["shape", "shapes", "title"])
        #expect(throws: PlexError.self) { try JSONSchema.make(for: Drawing.self, isStrict: true) }
    }

    // Types without a schema.
    final class Node: Decodable { var next: Node? }
    struct Tree: Decodable { var branches: [Branch] }
    struct Branch: Decodable { var tree: Tree }
    enum Open: String, Decodable { case one, two }
    enum Plain: Decodable, CaseIterable { case one, two }
    enum Payload: Decodable { case one(Int), two }
    struct Holder<T: Decodable>: Decodable { var outer: [T] }
    enum Unfit: Decodable, JSONSchemaRepresentable {
        case one(Int)
        static var jsonSchema: JSONValue { ["type": "object"] }
    }

    @Test func whatHasNoSchemaIsNamed() {
        func message<T: Decodable>(_ type: T.Type, isStrict: Bool = false) -> String {
            do throws(PlexError) {
                _ = try JSONSchema.make(for: type, isStrict: isStrict)
                return "none"
            } catch {
                return error.code == .unsupported ? error.description : "\(error.code)"
            }
        }
        let cases: [(String, [String])] = [
            (message(Node.self), ["Node at next", "contains itself", "$ref"]),
            (message(Tree.self), ["Tree at branches.0.tree", "contains itself"]),
            (message(Holder<Open>.self), ["Open at outer.0", "CaseIterable"]),
            (message(Holder<Plain>.self), ["Plain at outer.0", "enum Plain: String"]),
            (message(Holder<Payload>.self), ["Payload at outer.0", "JSONSchemaRepresentable"]),
            (message(Holder<Unfit>.self), ["Unfit at outer.0", "examples"]),
            (message(Misdescribed.self), ["\"town\"", "Misdescribed"]),
            (message(Standard.self, isStrict: true), ["at pairs", "dictionaries"]),
            (message(Holder<JSONValue>.self, isStrict: true), ["at outer.0", "any JSON"]),
        ]
        for (message, parts) in cases {
            for part in parts {
                #expect(message.contains(part), "\(message)")
            }
        }
    }
}
