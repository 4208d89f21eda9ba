import Glibc
import ProviderKit
import Testing

@testable import Modelplex

/// Where the documents of these tests are.
enum Fixtures {
    static let repository = String(#filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 })
    static let configuration = repository + "/Tests/Fixtures/configuration"
    /// Set to write what snapshot tests compare with.
    static let updatesSnapshots = unsafe getenv("PLEX_UPDATE_SNAPSHOTS") != nil
    /// The Python with PyYAML that `make venv` installs.
    static let python: String? = {
        let named = unsafe getenv("PLEX_TEST_PYTHON").map { unsafe String(cString: $0) }
        return [named, repository + "/.venv/bin/python"].compactMap { $0 }.first { unsafe access($0, X_OK) == 0 }
    }()

    static func files(in folder: String) -> [String] {
        var names: [String] = []
        guard let directory = unsafe opendir(folder) else { return [] }
        defer { unsafe _ = closedir(directory) }
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(folder + "/" + name) }
        }
        return names.sorted()
    }

    static func read(_ path: String) throws -> [UInt8] {
        try ConfigurationFile.contents(of: path)
    }

    static func write(_ text: some Sequence<UInt8>, to path: String, mode: mode_t = 0o600) throws {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let bytes = Array(text)
        try #require(unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    }

    /// Compares a file of the repository with what it should hold, or writes it.
    static func expectSnapshot(_ text: String, at path: String) throws {
        if updatesSnapshots { try write(text.utf8, to: path, mode: 0o644) }
        let stored = String(decoding: try read(path), as: UTF8.self)
        #expect(stored == text, "\(path) is not up to date; PLEX_UPDATE_SNAPSHOTS=1 swift test writes it")
    }
}

/// A folder that goes with the value.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/modelplex-tests-XXXXXX".utf8CString)
        let made = unsafe mkdtemp(&template).map { unsafe String(cString: $0) }
        path = try #require(made)
    }

    @discardableResult
    func write(_ text: String, to name: String, mode: mode_t = 0o600) throws -> String {
        try Fixtures.write(text.utf8, to: "\(path)/\(name)", mode: mode)
        return "\(path)/\(name)"
    }

    deinit {
        for file in Fixtures.files(in: path) { _ = unsafe unlink(file) }
        _ = unsafe rmdir(path)
    }
}

extension ConfigurationDocument {
    init(_ text: String, _ format: Format = .toml) throws {
        try self.init(parsing: Array(text.utf8), format: format, path: "config.\(format.rawValue)")
    }
}

/// The problems of a text, one a line.
func problems(_ text: String, _ format: ConfigurationDocument.Format = .toml, _ environment: [String: String] = [:])
    -> [String]
{
    do {
        return try ConfigurationDocument(text, format).check(environment: environment).problems.map(\.description)
    } catch {
        return ["\(error)"]
    }
}
