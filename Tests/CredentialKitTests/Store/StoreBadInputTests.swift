import FoundationEssentials
import Glibc
import Testing
import TransportKit

@testable import CredentialKit

@Suite("A store that was tampered with, or that the system refuses")
struct StoreBadInputTests {
    private func filled() throws -> TestStore {
        let test = try TestStore()
        try test.open().write(TestStore.canary, as: "openai")
        try test.open().write("\(TestStore.canary)-2", as: "anthropic@work")
        return test
    }

    @Test("another master key")
    func wrongKey() throws {
        let test = try filled()
        try test.write(Array(MasterKeyTests.base64.utf8), to: test.location.keyFile)
        let error = credentialError { try test.open().text("openai") }
        #expect(error?.code == .wrongMasterKey)
        #expect(error?.message.contains("locked with another one") == true)
        #expect(credentialError { try test.open().write("x", as: "new") }?.code == .wrongMasterKey)
        #expect(test.open().status().problem?.code == .wrongMasterKey)
    }

    @Test("a key file that is missing is not made anew")
    func missingKey() throws {
        let test = try filled()
        unsafe unlink(test.location.keyFile)
        #expect(credentialError { try test.open().text("openai") }?.code == .noMasterKey)
        #expect(credentialError { try test.open().write("x", as: "new") }?.code == .noMasterKey)
        #expect(!FileManager.default.fileExists(atPath: test.location.keyFile))
    }

    @Test("a key file that others can read", arguments: [0o640, 0o604, 0o620, 0o660] as [mode_t])
    func exposedKey(mode: mode_t) throws {
        let test = try filled()
        unsafe chmod(test.location.keyFile, mode)
        let error = credentialError { try test.open().text("openai") }
        #expect(error?.code == .exposed)
        #expect(error?.message.contains("chmod 600") == true)
        unsafe chmod(test.location.keyFile, 0o600)
        #expect(try test.open().text("openai") == TestStore.canary)
    }

    @Test(
        "a change of any part of a row",
        arguments: [
            "version = version + 1", "kind = 'oauth'", "account = 'x'", "provider = 'mistral'",
            "sealed = substr(sealed, 1, length(sealed) - 1)", "sealed = x''", "sealed = zeroblob(length(sealed))",
            "sealed = (SELECT sealed FROM credentials WHERE provider = 'anthropic')",
        ]
    )
    func changedRow(change: String) throws {
        let test = try filled()
        try test.database().execute("UPDATE credentials SET \(change) WHERE provider = 'openai'")
        for entry in try test.open().list() where entry.name.provider != "anthropic" {
            #expect(credentialError { try test.open().read(entry.name) }?.code == .damaged)
        }
        #expect(try test.open().text("anthropic@work") == "\(TestStore.canary)-2")
    }

    @Test("a flipped bit anywhere in a sealed value")
    func flippedBits() throws {
        let test = try filled()
        let database = try test.database()
        let sealed = try {
            let statement = try database.prepare("SELECT sealed FROM credentials WHERE provider = 'openai'")
            _ = try statement.step()
            return statement.bytes(0)
        }()
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1 << UInt8(index % 8)
            let statement = try database.prepare("UPDATE credentials SET sealed = ? WHERE provider = 'openai'")
            try statement.bind(changed, at: 0)
            try statement.run()
            #expect(credentialError { try test.open().text("openai") }?.code == .damaged)
        }
    }

    @Test("rows that were exchanged")
    func swappedRows() throws {
        let test = try filled()
        try test.database().execute(
            """
            UPDATE credentials SET sealed = (SELECT sealed FROM credentials AS other WHERE other.provider <> credentials.provider)
            """
        )
        #expect(credentialError { try test.open().text("anthropic@work") }?.code == .damaged)
    }

    @Test(
        "a data key that was changed",
        arguments: [
            "wrapped = zeroblob(72)", "origin = 'nonsense'", "origin = 'passphrase', memory = 1 << 50", "id = 2",
        ]
    )
    func changedDataKey(change: String) throws {
        let test = try filled()
        try test.database().execute("PRAGMA foreign_keys = OFF; UPDATE data_keys SET \(change)")
        let code = credentialError { try test.open(passphrase: "x").text("openai") }?.code
        #expect(code == .damaged)
    }

    @Test("a truncated file", arguments: [1, 100, 4096, 5000, 8192])
    func truncated(size: Int) throws {
        let test = try filled()
        try test.database().execute("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE")
        let whole = test.bytes(test.location.database)
        try #require(whole.count > size)
        try test.write(Array(whole[..<size]), to: test.location.database)
        let error = credentialError { try test.open().text("openai") }
        #expect(error?.code == .damaged)
        #expect(error?.message.contains("backup") == true)
        #expect(credentialError { try test.open().write("x", as: "new") }?.code == .damaged)
        #expect(test.bytes(test.location.database).count >= size)
    }

    @Test("a file that is no database")
    func noDatabase() throws {
        let test = try filled()
        for suffix in ["-wal", "-shm"] { unsafe unlink(test.location.database + suffix) }
        try test.write(Array("a text that is long enough to be looked at".utf8), to: test.location.database)
        #expect(credentialError { try test.open().text("openai") }?.code == .damaged)
    }

    @Test("a store of a later version")
    func laterVersion() throws {
        let test = try filled()
        try test.database().execute("PRAGMA user_version = 99")
        #expect(credentialError { try test.open().text("openai") }?.code == .unsupported)
        #expect(credentialError { try test.open().write("x", as: "a") }?.code == .unsupported)
    }

    @Test("a file that another process writes")
    func locked() throws {
        let test = try filled()
        let other = try test.database()
        try other.execute("BEGIN IMMEDIATE")
        #expect(credentialError { try test.open(busyTimeout: 20).write("x", as: "new") }?.code == .locked)
        // Readers do not wait for writers.
        #expect(try test.open(busyTimeout: 20).text("openai") == TestStore.canary)
        try other.execute("ROLLBACK")
        try test.open(busyTimeout: 20).write("x", as: "new")
    }

    @Test("a lock that another process holds")
    func heldLock() throws {
        let test = try filled()
        try test.open().locked {
            let error = credentialError { try test.open(busyTimeout: 20).rekey(to: .same) }
            #expect(error?.code == .locked)
        }
        #expect(try test.open(busyTimeout: 20).rekey(to: .same).count == 2)
    }

    @Test("a full disk")
    func full() throws {
        let test = try filled()
        let store = test.open()
        let database = try #require(try store.database(for: .write))
        _ = try database.integer("PRAGMA max_page_count = 1")
        let large = TestStore.canary + String(repeating: "x", count: 100_000)
        #expect(credentialError { try store.write(large, as: "openai") }?.code == .full)
        #expect(try store.text("openai") == TestStore.canary)
        #expect(try test.open().list().count == 2)
    }

    @Test("a name of a column's text is no order to the database")
    func injection() throws {
        let test = try filled()
        #expect(credentialError { try CredentialName("x' OR '1'='1") }?.code == .invalidName)
        // The account is checked too when it comes from the file.
        try test.database().execute("UPDATE credentials SET account = '../../x' WHERE provider = 'openai'")
        #expect(credentialError { try test.open().list() }?.code == .damaged)
    }

    @Test("a folder that cannot be written", .disabled(if: geteuid() == 0, "root may write everywhere"))
    func readOnlyFolder() throws {
        let test = try filled()
        try test.database().execute("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE")
        unsafe chmod(test.folder + "/data", 0o500)
        unsafe chmod(test.location.database, 0o400)
        #expect(try test.open().text("openai") == TestStore.canary)
        #expect(credentialError { try test.open().write("x", as: "new") }?.code == .readOnly)
    }

    @Test("a folder that cannot be made")
    func noFolder() throws {
        let store = StoreCore(
            location: StoreLocation(database: "/proc/none/credentials.db", keyFile: "/proc/none/credentials.key"),
            sources: MasterKeySources(environment: [:])
        )
        let code = credentialError { try store.write("x", as: "a") }?.code
        #expect(code == .inputOutput || code == .readOnly)
    }

    @Test("no home")
    func noHome() {
        #expect(credentialError { try StoreLocation(environment: [:]) }?.code == .configuration)
        #expect(credentialError { try StoreLocation(environment: ["HOME": "relative"]) }?.code == .configuration)
    }
}
