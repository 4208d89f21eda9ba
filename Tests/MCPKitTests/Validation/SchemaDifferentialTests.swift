import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

/// The validator beside the one that most programs in Python use.
struct SchemaDifferentialTests {
    @Test("Random schemas have the verdict that the package jsonschema gives", arguments: [1, 2, 3])
    func agrees(seed: Int) async throws {
        let root = #filePath.dropLast("Tests/MCPKitTests/Validation/SchemaDifferentialTests.swift".count)
        let script = "\(root)Tests/MCPKitTests/Fixtures/schema_pairs.py"
        let process = try await ChildProcess("\(root).venv-mcp1/bin/python", [script, "\(seed)", "2000"])
        process.closeInput()
        let outcome = try await process.outcome()
        #expect(outcome.status == 0, "\(outcome.errorOutput)")
        var count = 0
        for line in outcome.output.split(separator: "\n") {
            let pair = try JSONValue(parsing: String(line))
            let validator = try SchemaValidator(try #require(pair["schema"]))
            let violation = try validator.violation(in: try #require(pair["value"]))
            #expect((violation == nil) == pair["valid"]?.bool, "\(line)")
            count += 1
        }
        #expect(count == 2000)
    }
}
