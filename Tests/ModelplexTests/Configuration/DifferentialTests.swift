import Glibc
import Testing

@testable import Modelplex

@Suite("Configuration beside tomllib and PyYAML", .enabled(if: Fixtures.python != nil, "make venv installs Python"))
struct DifferentialTests {
    @Test("Documents that Python reads are read the same, those that it refuses are refused")
    func documents() throws {
        let folder = Fixtures.configuration
        let paths = Fixtures.files(in: folder + "/valid") + Fixtures.files(in: folder + "/invalid")
        try #require(paths.count > 40)
        let answers = try oracle(paths)
        try #require(answers.count == paths.count)
        for (path, answer) in zip(paths, answers) {
            #expect((answer == "error") == path.contains("/invalid/"), "\(path)")
            let (ours, theirs) = (try ours(path), try theirs(answer))
            #expect(ours == theirs, "\(path)")
        }
    }

    @Test("What PyYAML writes, in all its styles, is read the same")
    func generated() throws {
        let folder = try TemporaryFolder()
        _ = try run(["--generate", folder.path, "200"])
        let paths = Fixtures.files(in: folder.path)
        try #require(paths.count == 200)
        for (path, answer) in zip(paths, try oracle(paths)) {
            let (ours, theirs) = (try ours(path), try theirs(answer))
            let text = String(decoding: try Fixtures.read(path), as: UTF8.self)
            #expect(ours == theirs, "\(text)")
        }
    }

    @Test("What the writers write is read the same by Python", arguments: [["toml"], ["yaml"], ["yaml", "--yaml11"]])
    func written(format: [String]) throws {
        let folder = try TemporaryFolder()
        var expected: [ConfigValue] = []
        for seed in 0..<200 {
            var trees = RandomTrees(seed: UInt64(seed))
            let tree = ConfigValue(.table(trees.table(depth: 0)))
            let text = format[0] == "toml" ? try TOMLWriter.write(tree) : YAMLWriter.write(tree)
            try folder.write(text, to: "\(1000 + seed).\(format[0])")
            expected.append(tree.withoutSpecialFloats)
        }
        let paths = Fixtures.files(in: folder.path)
        for ((path, answer), tree) in zip(zip(paths, try oracle(Array(format.dropFirst()) + paths)), expected) {
            let theirs = try theirs(answer)
            let text = String(decoding: try Fixtures.read(path), as: UTF8.self)
            #expect(theirs == tree, "\(text)")
        }
    }

    private func ours(_ path: String) throws -> ConfigValue? {
        let format = try #require(ConfigurationDocument.Format(path: path))
        let bytes = try Fixtures.read(path)
        return (try? ConfigValue(parsing: bytes, format: format))?.withoutSpecialFloats
    }

    private func theirs(_ answer: String) throws -> ConfigValue? {
        guard answer != "error" else { return nil }
        return try ConfigValue(parsing: Array(answer.utf8), format: .json)
    }

    private func oracle(_ arguments: [String]) throws -> [String] {
        try run(arguments).split(separator: "\n").map(String.init)
    }

    private func run(_ arguments: [String]) throws -> String {
        let python = try #require(Fixtures.python)
        let words = [python, Fixtures.configuration + "/oracle.py"] + arguments
        let command = words.map { "'\($0)'" }.joined(separator: " ")
        let pipe = unsafe try #require(popen(command, "r"))
        defer { unsafe _ = pclose(pipe) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = unsafe fread(&buffer, 1, buffer.count, pipe), count > 0 {
            bytes.append(contentsOf: buffer[..<count])
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension ConfigValue {
    // JSON, in which the other side answers, has no infinities.
    fileprivate var withoutSpecialFloats: ConfigValue {
        switch content {
        case .float(let number) where !number.isFinite:
            number.isNaN ? "<nan>" : number > 0 ? "<inf>" : "<-inf>"
        case .array(let elements): ConfigValue(.array(elements.map(\.withoutSpecialFloats)))
        case .table(let table):
            ConfigValue(
                .table(
                    table.entries.reduce(into: ConfigTable()) { $0[$1.key] = $1.value.withoutSpecialFloats }
                )
            )
        default: self
        }
    }
}

/// Trees of all kinds of values, without null, which TOML has not.
struct RandomTrees {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func table(depth: Int) -> ConfigTable {
        var table = ConfigTable()
        for _ in 0..<Int.random(in: 0...4, using: &generator) { table[text()] = value(depth: depth + 1) }
        return table
    }

    private mutating func value(depth: Int) -> ConfigValue {
        switch Int.random(in: 0..<(depth < 4 ? 8 : 6), using: &generator) {
        case 0: ConfigValue(.bool(Bool.random(using: &generator)))
        case 1: ConfigValue(.integer(Int.random(in: .min ... .max, using: &generator)))
        case 2:
            ConfigValue(
                .float(
                    [0.5, -2.25, 1e16, 1e-9, 3, .infinity, -.infinity, .nan, 1e300][
                        Int.random(in: 0..<9, using: &generator)
                    ]
                )
            )
        case 3...5: ConfigValue(.string(text()))
        case 6:
            ConfigValue(.array((0..<Int.random(in: 0...3, using: &generator)).map { _ in value(depth: depth + 1) }))
        default: ConfigValue(.table(table(depth: depth)))
        }
    }

    private mutating func text() -> String {
        let words = [
            "yes", "No", "null", "~", "1", "0o7", "1.5", "2024-01-01", "12:30", "true", "", "<<", "=", "a b", "- x",
            "#",
        ]
        if Int.random(in: 0..<4, using: &generator) == 0 {
            return words[Int.random(in: 0..<words.count, using: &generator)]
        }
        let alphabet = Array(
            "abz_-./ :#'\"\\\n\t\r\u{1}\u{7f}\u{85}\u{2028}\u{feff}é漢😀{}[],&*!|>%@`?~09$".unicodeScalars
        )
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...10, using: &generator) {
            text.append(alphabet[Int.random(in: 0..<alphabet.count, using: &generator)])
        }
        return String(text)
    }
}
