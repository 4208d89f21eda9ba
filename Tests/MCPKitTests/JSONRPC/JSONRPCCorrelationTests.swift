import Testing

@testable import MCPKit

struct JSONRPCCorrelationTests {
    private func settle(_ table: inout JSONRPCCorrelation<String>, _ id: JSONRPCID) -> String {
        switch table.settle(id) {
        case .answered(let waiter): waiter
        case .late: "late"
        case .unknown: "unknown"
        }
    }

    private func begin(_ id: Int?) throws -> Int { try #require(id) }

    @Test("Answers find their requests in any order, once")
    func settles() throws {
        var table = JSONRPCCorrelation<String>(limit: 8)
        let first = try begin(table.begin("a"))
        let second = try begin(table.begin("b"))
        #expect(first != second)
        #expect(settle(&table, .integer(second)) == "b")
        #expect(settle(&table, .integer(first)) == "a")
        #expect(settle(&table, .integer(first)) == "late")
        #expect(table.count == 0)
    }

    @Test("An id that was never given out is unknown, and its type counts", arguments: ["0", "-1", "99", "\"1\""])
    func tellsUnknown(text: String) throws {
        var table = JSONRPCCorrelation<String>(limit: 8)
        _ = table.begin("a")
        let id: JSONRPCID = text == "\"1\"" ? .string("1") : .integer(try #require(Int(text)))
        #expect(settle(&table, id) == "unknown")
        #expect(table.count == 1)
    }

    @Test("What was given up is late")
    func abandons() throws {
        var table = JSONRPCCorrelation<String>(limit: 8)
        let id = try begin(table.begin("a"))
        #expect(table.abandon(id) == "a")
        #expect(table.abandon(id) == nil)
        #expect(settle(&table, .integer(id)) == "late")
    }

    @Test("No more wait than may, and ids are not used again")
    func limits() throws {
        var table = JSONRPCCorrelation<String>(limit: 2)
        let first = try begin(table.begin("a"))
        _ = table.begin("b")
        #expect(table.begin("c") == nil)
        #expect(table.abandonAll() == ["a", "b"])
        let next = try begin(table.begin("d"))
        #expect(next > first + 1)
    }
}
