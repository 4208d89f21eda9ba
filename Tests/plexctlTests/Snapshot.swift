import Glibc
import Testing

/// Files that hold what a page looked like when someone last read it.
///
/// `MODELPLEX_RECORD=1 swift test --filter plexctlTests` writes them anew; the difference is then read in review.
enum Snapshot {
    /// The repository's root.
    static let root = String(#filePath.dropLast("/Tests/plexctlTests/Snapshot.swift".count))

    /// Compares a text with its snapshot.
    static func expect(
        _ text: String,
        isAt path: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let path = "\(root)/\(path)"
        if unsafe getenv("MODELPLEX_RECORD") != nil {
            try write(text, to: path)
        }
        let recorded = try? read(path)
        let note: Comment = "\(path) differs; if the change is meant, record it with MODELPLEX_RECORD=1"
        #expect(text == recorded, note, sourceLocation: sourceLocation)
    }

    /// Reads a whole file.
    static func read(_ path: String) throws -> String {
        let file = unsafe try #require(unsafe fopen(path, "r"))
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe fread($0.baseAddress, 1, $0.count, file) }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func write(_ text: String, to path: String) throws {
        let file = unsafe try #require(unsafe fopen(path, "w"))
        defer { unsafe fclose(file) }
        let bytes = Array(text.utf8)
        let count = unsafe bytes.withUnsafeBytes { unsafe fwrite($0.baseAddress, 1, $0.count, file) }
        try #require(count == bytes.count)
    }
}
