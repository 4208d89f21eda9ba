import FoundationEssentials

/// A file beside the tests.
enum Fixture {
    static func text(_ name: String) throws -> String {
        let folder = #filePath.dropLast("Support/Fixture.swift".count)
        return try String(contentsOfFile: "\(folder)Fixtures/\(name)", encoding: .utf8)
    }
}
