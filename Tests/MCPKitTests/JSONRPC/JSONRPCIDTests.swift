import Testing
import TransportKit

@testable import MCPKit

struct JSONRPCIDTests {
    @Test(
        "Ids keep their type",
        arguments: [("1", JSONRPCID.integer(1)), (#""1""#, .string("1")), ("-7", .integer(-7))]
    )
    func keepsType(text: String, id: JSONRPCID) throws {
        #expect(JSONRPCID(try JSONValue(parsing: text)) == id)
        #expect(id.description == text)
    }

    @Test("What is neither a string nor an integer is no id", arguments: ["null", "1.5", "true", "[1]", "{}"])
    func refusesOthers(text: String) throws {
        #expect(JSONRPCID(try JSONValue(parsing: text)) == nil)
    }
}
