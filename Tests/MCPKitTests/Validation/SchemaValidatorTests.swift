import Testing
import TransportKit

@testable import MCPKit

struct SchemaValidatorTests {
    @Test(
        "A violation says where and what",
        arguments: [
            (#"{"type":"object","required":["city"]}"#, "{}", #""city" is missing"#),
            (#"{"properties":{"a":{"items":{"type":"string"}}}}"#, #"{"a":["x",1]}"#, "/a/1: expected string"),
            (
                #"{"properties":{"a/b":{"type":["null","integer"]}}}"#, #"{"a/b":0.5}"#,
                "/a~1b: expected null or integer"
            ),
            (#"{"enum":["C","F"]}"#, #""K""#, #"expected "C" or "F""#),
            (#"{"additionalProperties":false}"#, #"{"x":1}"#, "/x: is not allowed here"),
            (#"{"maxLength":2}"#, #""e\u0301a""#, "expected at most 2 characters, found 3"),
            (#"{"anyOf":[{"type":"null"},{"const":1}]}"#, "2", "fits none of the 2 forms that are allowed"),
            (#"{"exclusiveMinimum":0}"#, "-0.0", "is too small"),
        ]
    )
    func saysWhere(schema: String, value: String, expected: String) throws {
        let validator = try SchemaValidator(JSONValue(parsing: schema))
        #expect(try validator.violation(in: JSONValue(parsing: value))?.description == expected)
    }

    @Test("No value is repeated in a violation")
    func keepsValues() throws {
        let schemas = [
            #"{"type":"number"}"#, #"{"const":1}"#, #"{"pattern":"^a$"}"#, #"{"not":{}}"#, #"{"oneOf":[true,true]}"#,
            #"{"maxLength":1}"#, "false",
        ]
        for schema in schemas {
            let violation = try SchemaValidator(JSONValue(parsing: schema)).violation(in: "sesame")
            #expect(violation?.description.contains("sesame") == false, "\(schema)")
        }
    }

    @Test(
        "A schema that cannot be used is refused in words",
        arguments: [
            (
                #"{"$schema":"http://json-schema.org/draft-04/schema#"}"#, SchemaError.Code.unsupportedDialect,
                "/$schema"
            ),
            (#"{"properties":{"a":{"$ref":"https://example.com/a"}}}"#, .unresolvedReference, "/properties/a/$ref"),
            (##"{"$ref":"#/$defs/none"}"##, .unresolvedReference, "/$ref"),
            (##"{"$ref":"#none"}"##, .unresolvedReference, "/$ref"),
            (#"{"type":"strnig"}"#, .invalidSchema, "/type"),
            (#"{"properties":{"a":{"minLength":-1}}}"#, .invalidSchema, "/properties/a/minLength"),
            (#"{"items":7}"#, .invalidSchema, "/items"),
            ("7", .invalidSchema, ""),
        ]
    )
    func refuses(schema: String, code: SchemaError.Code, location: String) throws {
        let error = #expect(throws: SchemaError.self) { _ = try SchemaValidator(JSONValue(parsing: schema)) }
        #expect(error?.code == code)
        #expect(error?.location == location)
    }

    @Test("What a schema can make of a value is bounded")
    func boundsWork() async throws {
        // Each level asks both branches below it.
        var definitions: JSONObject = ["d0": ["type": "string"]]
        for level in 1...40 {
            let below: JSONValue = ["$ref": .string("#/$defs/d\(level - 1)")]
            definitions["d\(level)"] = ["anyOf": [below, below]]
        }
        let doubling: JSONValue = ["$ref": "#/$defs/d40", "$defs": .object(definitions)]
        // A schema that is itself, and one that is as deep as its value, both on the small stack of a task.
        let circle: JSONValue = ["$ref": "#"]
        let recursive: JSONValue = ["items": ["$ref": "#"]]
        let deep = (0..<127).reduce(JSONValue.array([])) { value, _ in .array([value]) }
        let verdict = try await Task.detached {
            for schema in [doubling, circle] {
                let error = #expect(throws: SchemaError.self) {
                    try SchemaValidator(schema, limits: .init(steps: 100_000)).violation(in: 1)
                }
                #expect(error?.code == .tooComplex)
            }
            return try SchemaValidator(recursive, limits: .init(depth: 400)).violation(in: deep)
        }.value
        #expect(verdict == nil)
    }

    @Test("A schema of many levels or parts is refused")
    func boundsSchemas() throws {
        let deep = (0..<300).reduce(JSONValue.bool(true)) { schema, _ in ["not": schema] }
        let error = #expect(throws: SchemaError.self) { _ = try SchemaValidator(deep) }
        #expect(error?.code == .tooComplex)
        let wide: JSONValue = ["allOf": .array(Array(repeating: ["type": "null"], count: 100))]
        #expect(throws: SchemaError.self) { _ = try SchemaValidator(wide, limits: .init(subschemas: 50)) }
    }

    @Test("A pattern that RE2 lacks is left out and told of")
    func tellsOfPatterns() throws {
        let validator = try SchemaValidator([
            "properties": ["a": ["pattern": "^(?!x)"], "b": ["pattern": "^\\u0061(?<n>b)\\d$"]],
            "patternProperties": ["(?=y)": ["type": "null"]], "additionalProperties": false,
        ])
        #expect(validator.uncheckedPatterns == ["/properties/a/pattern", "/patternProperties/(?=y)"])
        #expect(try validator.violation(in: ["a": "x", "b": "ab1", "y": 1]) == nil)
        #expect(try validator.violation(in: ["b": "ab"])?.location == "/b")
    }

    @Test(
        "Numbers are compared without rounding",
        arguments: [
            (#"{"multipleOf":0.01}"#, "19.99", true), (#"{"multipleOf":0.01}"#, "19.999", false),
            (#"{"multipleOf":7}"#, "70e300", true), (#"{"multipleOf":7}"#, "1e300", false),
            (#"{"const":9007199254740993}"#, "9007199254740992", false), (#"{"const":1}"#, "10e-1", true),
            (#"{"maximum":1e400}"#, "9e399", true), (#"{"maximum":-1e400}"#, "-9e399", false),
            (#"{"uniqueItems":true}"#, "[1,1.0]", false),
            (#"{"uniqueItems":true}"#, #"[{"a":1,"b":2},{"b":2.0,"a":1}]"#, false),
            (#"{"type":"integer"}"#, "1e99999999999999999999", true),
        ]
    )
    func comparesExactly(schema: String, value: String, isValid: Bool) throws {
        let violation = try SchemaValidator(JSONValue(parsing: schema)).violation(in: JSONValue(parsing: value))
        #expect((violation == nil) == isValid)
    }
}
