import Testing

@testable import GatewayKit

@Suite("Names of requests")
struct RequestIDsTests {
    @Test("Names are counted in hexadecimal digits behind what tells one process from another")
    func next() throws {
        let ids = RequestIDs()
        let others = RequestIDs()
        var names: [String] = []
        for _ in 0..<17 { names.append(ids.next()) }
        let prefix = try #require(names.first?.dropLast(8))
        #expect(prefix.wholeMatch(of: /req_[0-9a-f]{16}/) != nil)
        #expect(
            names.map { String($0.dropFirst(prefix.count)) }
                == (1...17).map { number in
                    let digits = String(number, radix: 16)
                    return String(repeating: "0", count: 8 - digits.count) + digits
                }
        )
        let other = others.next()
        #expect(!other.hasPrefix(prefix))
    }
}
