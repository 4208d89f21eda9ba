import Testing
import TransportKit

@testable import MCPKit

/// The suite of json-schema.org, as it comes with the package `jsonschema`, without what has to be fetched.
struct SchemaSuiteTests {
    /// What names a schema elsewhere, the dialect's own among them, which is not fetched.
    private static let leadsOut: Set = [
        "remote ref, containing refs itself", "validate definition against metaschema",
        "strict-tree schema, guards against misspelled properties",
        "tests for implementation dynamic anchor and reference link",
        "$ref and $dynamicAnchor are independent of order - $defs first",
        "$ref and $dynamicAnchor are independent of order - $ref first",
        "$ref to $dynamicRef finds detached $dynamicAnchor",
    ]

    @Test("Each case of the suite has the verdict that it asks for", arguments: ["2020-12", "draft-07"])
    func followsSuite(dialect: String) throws {
        let suite = try JSONValue(parsing: Fixture.text("json-schema-\(dialect).json"))
        var count = 0
        var leadingOut: Set<String> = []
        for (file, groups) in (suite.object?.members ?? []).map({ ($0.name, $0.value.array ?? []) }) {
            for group in groups {
                let name = group["description"]?.string ?? ""
                var schema = try #require(group["schema"])
                if dialect == "draft-07", case .object(var object) = schema, object["$schema"] == nil {
                    object["$schema"] = "http://json-schema.org/draft-07/schema#"
                    schema = .object(object)
                }
                let validator: SchemaValidator
                do throws(SchemaError) {
                    validator = try SchemaValidator(schema)
                } catch {
                    #expect(error.code == .unresolvedReference, "\(file): \(name): \(error)")
                    leadingOut.insert(name)
                    continue
                }
                #expect(validator.uncheckedPatterns.isEmpty, "\(file): \(name)")
                for test in group["tests"]?.array ?? [] {
                    count += 1
                    let data = try #require(test["data"])
                    let violation = try validator.violation(in: data)
                    #expect(
                        (violation == nil) == test["valid"]?.bool,
                        "\(file): \(name): \(test["description"]?.string ?? "")"
                    )
                }
            }
        }
        #expect(leadingOut.subtracting(Self.leadsOut).isEmpty)
        #expect(count > 800)
    }
}
