import Testing
import TransportKit

@testable import MCPKit

@Suite("Arguments as header fields")
struct ParameterHeadersTests {
    private static func schema(_ properties: JSONValue) -> JSONValue {
        ["type": "object", "properties": properties]
    }

    @Test("Marked arguments become fields, absent ones and null do not")
    func fields() throws {
        let schema = Self.schema([
            "region": ["type": "string", "x-mcp-header": "Region"],
            "query": ["type": "string"],
            "count": ["type": "integer", "x-mcp-header": "Count"],
            "dry": ["type": "boolean", "x-mcp-header": "Dry-Run"],
            "gone": ["type": "string", "x-mcp-header": "Gone"],
            "none": ["type": "string", "x-mcp-header": "None"],
            "nested": ["type": "object", "properties": ["zone": ["type": "string", "x-mcp-header": "Zone"]]],
        ])
        let headers = try ParameterHeaders(schema: schema)
        let fields = headers.fields(for: [
            "region": "us-west1", "query": "SELECT 1", "count": .number(JSONNumber(uncheckedText: "42.0")),
            "dry": false,
            "none": .null, "nested": ["zone": "südlich"],
        ])
        #expect(
            fields.map { "\($0.name): \($0.value)" } == [
                "Mcp-Param-Region: us-west1", "Mcp-Param-Count: 42", "Mcp-Param-Dry-Run: false",
                "Mcp-Param-Zone: =?base64?c8O8ZGxpY2g=?=",
            ]
        )
    }

    @Test(
        "A schema without marks gives no field",
        arguments: [.object([:]), .null, true, ["type": "object"]] as [JSONValue]
    )
    func noMarks(schema: JSONValue) throws {
        #expect(try ParameterHeaders(schema: schema).marks.isEmpty)
    }

    @Test("What only looks like a mark is none")
    func data() throws {
        let schema = Self.schema([
            "x-mcp-header": ["type": "string"],
            "a": ["type": "object", "default": ["x-mcp-header": "A b"], "enum": [["x-mcp-header": 1]]],
        ])
        #expect(try ParameterHeaders(schema: schema).marks.isEmpty)
    }

    @Test(
        "A mark that cannot become a field makes the tool invalid",
        arguments: [
            schema(["a": ["type": "string", "x-mcp-header": ""]]),
            schema(["a": ["type": "string", "x-mcp-header": "My Region"]]),
            schema(["a": ["type": "string", "x-mcp-header": "Region:Primary"]]),
            schema(["a": ["type": "string", "x-mcp-header": "Región"]]),
            schema(["a": ["type": "string", "x-mcp-header": "Region\n"]]),
            schema(["a": ["type": "string", "x-mcp-header": 1]]),
            schema(["a": ["type": "number", "x-mcp-header": "A"]]),
            schema(["a": ["type": "object", "x-mcp-header": "A"]]),
            schema(["a": ["type": "array", "x-mcp-header": "A"]]),
            schema(["a": ["type": "null", "x-mcp-header": "A"]]),
            schema(["a": ["type": ["string", "null"], "x-mcp-header": "A"]]),
            schema(["a": ["x-mcp-header": "A"]]),
            schema(["a": ["type": "string", "x-mcp-header": "A"], "b": ["type": "string", "x-mcp-header": "a"]]),
            schema(["a": ["type": "array", "items": ["type": "string", "x-mcp-header": "A"]]]),
            schema(["a": ["anyOf": [["type": "string", "x-mcp-header": "A"]]]]),
            schema(["a": ["oneOf": [["properties": ["b": ["type": "string", "x-mcp-header": "A"]]]]]]),
            ["$defs": ["a": ["type": "string", "x-mcp-header": "A"]]],
            ["if": ["properties": ["b": ["type": "string", "x-mcp-header": "A"]]]],
            ["type": "string", "x-mcp-header": "A"],
        ] as [JSONValue]
    )
    func invalid(schema: JSONValue) {
        #expect(throws: ParameterHeaders.Invalid.self) { try ParameterHeaders(schema: schema) }
    }
}
