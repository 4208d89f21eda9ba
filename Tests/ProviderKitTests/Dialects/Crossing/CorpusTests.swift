import FoundationEssentials
import FuzzTargets
import Testing

/// What the fuzzer begins with, fed to the same targets.
@Suite("The fuzzer's corpus")
struct CorpusTests {
    private static let root = "/" + #filePath.split(separator: "/").prefix { $0 != "Tests" }.joined(separator: "/")

    private static func files(of target: String) throws -> [[UInt8]] {
        let folder = "\(root)/Fuzz/Corpus/\(target)"
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { name in
            try Array(Data(contentsOf: URL(filePath: "\(folder)/\(name)")))
        }
    }

    @Test("Each input, whole and cut short", arguments: FuzzTarget.all.map(\.name))
    func replay(_ name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let files = try Self.files(of: name)
        #expect(!files.isEmpty)
        for file in files {
            try target.run(file)
            for count in stride(from: 0, to: file.count, by: max(1, file.count / 64)) {
                try target.run(Array(file.prefix(count)))
            }
        }
    }

    @Test("Every folder has its target")
    func folders() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: "\(Self.root)/Fuzz/Corpus")
        #expect(Set(folders) == Set(FuzzTarget.all.map(\.name)))
    }
}
