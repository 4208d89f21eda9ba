import FoundationEssentials
import Glibc
import Testing
import TransportKit

@testable import CredentialKit

/// A store in a folder of its own, removed with it.
final class TestStore: Sendable {
    /// A value that must never be seen anywhere.
    static let canary = "sk-canary-5d41402abc4b2a76"

    let folder: String
    let environment: [String: String]

    init(environment: [String: String] = [:]) throws {
        var template = Array("/tmp/plex-store-XXXXXX".utf8CString)
        folder = try #require(
            unsafe template.withUnsafeMutableBufferPointer { buffer in
                unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) }.map { unsafe String(cString: $0) }
            }
        )
        self.environment = environment
    }

    deinit {
        unsafe chmod(folder + "/data", 0o700)
        try? FileManager.default.removeItem(atPath: folder)
    }

    var location: StoreLocation {
        StoreLocation(database: folder + "/data/credentials.db", keyFile: folder + "/config/credentials.key")
    }

    /// A handle as another process would have one.
    func open(
        environment: [String: String] = [:],
        busyTimeout: Int32 = 5000,
        now: Int64 = 1_700_000_000,
        passphrase: String? = nil
    ) -> StoreCore {
        var options = StoreCore.Options()
        options.busyTimeout = busyTimeout
        options.now = { now }
        options.hasCheapPassphrases = true
        var sources = MasterKeySources(environment: self.environment.merging(environment) { _, new in new })
        if let passphrase { sources.askPassphrase = { Secret(passphrase) } }
        return StoreCore(location: location, sources: sources, options: options)
    }

    /// A database connection of an attacker or another program.
    func database() throws -> Database {
        try Database(path: location.database, mode: .readWrite, busyTimeout: 1000)
    }

    func mode(_ path: String) -> UInt32 {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? UInt32(status.st_mode) & 0o777 : 0
    }

    func bytes(_ path: String) -> [UInt8] {
        (try? Data(contentsOf: URL(filePath: path))).map { Array($0) } ?? []
    }

    func write(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(filePath: path))
    }

    /// Every file below the folder.
    var files: [String] {
        ["data", "config"].flatMap { part in
            let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(part)")) ?? []
            return names.map { "\(folder)/\(part)/\($0)" }
        }
    }
}

extension StoreCore {
    func write(_ text: String, as name: String) throws {
        try write(Secret(text), as: CredentialName(name), kind: .key)
    }

    func text(_ name: String) throws -> String? {
        try read(CredentialName(name))?.secret.withText { $0 }
    }
}

/// The error of a call; a call that succeeds is recorded as an issue.
func credentialError<Value>(
    _ sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Value
) -> CredentialError? {
    do {
        _ = try body()
        Issue.record("this succeeded", sourceLocation: sourceLocation)
        return nil
    } catch {
        #expect(!"\(error)".contains(TestStore.canary), "the error holds the secret", sourceLocation: sourceLocation)
        return error as? CredentialError
    }
}
