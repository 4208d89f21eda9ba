import FoundationEssentials
import Testing

@testable import GatewayKit

@Suite("The paths in the document on dialects")
struct DocumentedPathTests {
    @Test("Every path that asks a model is told of, and none that is not there")
    func paths() throws {
        let root = "/" + #filePath.split(separator: "/").prefix { $0 != "Tests" }.joined(separator: "/")
        let text = String(decoding: try Data(contentsOf: URL(filePath: "\(root)/docs/dialects.md")), as: UTF8.self)
        let words = text.split(separator: "`", omittingEmptySubsequences: false)
        let told = Set(words.enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) })
        let there = Surface.dialects.map(\.path)
        for path in there { #expect(told.contains(path), "\(path) is not told of") }
        let paths = told.filter { path in
            ["/v1/", "/api/", "/v1beta/"].contains { path.hasPrefix($0) } && !path.contains("…") && !path.contains(":")
        }
        for path in paths { #expect(there.contains(path), "\(path) is told of and not there") }
    }
}
