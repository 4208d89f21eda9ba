import FoundationEssentials
import Testing
import TransportKit

@testable import CredentialKit

@Suite("Reading and writing the store")
struct StoreAccessTests {
    @Test("the first writing makes all that is needed, for this user only")
    func firstWriting() throws {
        let test = try TestStore()
        try test.open().write(TestStore.canary, as: "openai")
        #expect(try test.open().text("openai") == TestStore.canary)
        for path in [test.location.database, test.location.keyFile] { #expect(test.mode(path) == 0o600, "\(path)") }
        for path in test.files { #expect(test.mode(path) & 0o077 == 0, "\(path)") }
        for path in ["/data", "/config"] { #expect(test.mode(test.folder + path) == 0o700, "\(path)") }
    }

    @Test("reading makes nothing")
    func readingMakesNothing() throws {
        let test = try TestStore()
        let store = test.open()
        #expect(try store.text("openai") == nil)
        #expect(try store.list().isEmpty)
        #expect(try !store.remove(CredentialName("openai")))
        #expect(test.files.isEmpty)
    }

    @Test("what is listed has names, kinds, versions and dates")
    func listing() throws {
        let test = try TestStore()
        try test.open(now: 1000).write("one", as: "b@work")
        try test.open(now: 1000).write("two", as: "a")
        try test.open(now: 5000).write("three", as: "b@work")
        _ = try test.open(now: 9000).text("b@work")
        _ = try test.open(now: 9100).text("b@work")
        let entries = try test.open().list()
        #expect(entries.map(\.name.description) == ["a", "b@work"])
        #expect(entries.map(\.version) == [1, 2])
        #expect(entries[1].created == Date(timeIntervalSince1970: 1000))
        #expect(entries[1].changed == Date(timeIntervalSince1970: 5000))
        #expect(entries[1].lastUsed == Date(timeIntervalSince1970: 9000))
        #expect(entries[0].lastUsed == nil)
    }

    @Test("a credential is replaced, rotated and removed")
    func changes() async throws {
        let test = try TestStore()
        let store = CredentialStore(location: test.location, sources: MasterKeySources(environment: [:]))
        let name = try CredentialName("openai")
        await #expect(throws: CredentialError.self) { try await store.rotate(name, to: Secret("x")) }
        try await store.write(Secret("first"), as: name, kind: "custom")
        let rotated = try await store.rotate(name, to: Secret("second"))
        #expect(rotated.version == 2)
        #expect(rotated.kind == "custom")
        #expect(try await store.read(name)?.secret == Secret("second"))
        #expect(try await store.remove(name))
        #expect(try await !store.remove(name))
        #expect(try await store.read(name) == nil)
    }

    @Test("conditions keep what another wrote")
    func conditions() throws {
        let test = try TestStore()
        let (one, two) = (test.open(), test.open())
        let name = try CredentialName("a")
        func write(_ store: StoreCore, _ condition: WriteCondition) throws {
            try store.write(Secret("x"), as: name, kind: .key, if: condition)
        }
        #expect(credentialError { try write(one, .exists) }?.code == .notFound)
        #expect(credentialError { try write(one, .hasVersion(1)) }?.code == .notFound)
        try write(one, .isNew)
        #expect(credentialError { try write(two, .isNew) }?.code == .conflict)
        try write(two, .hasVersion(1))
        #expect(credentialError { try write(one, .hasVersion(1)) }?.code == .conflict)
        try write(one, .exists)
        #expect(try one.list().map(\.version) == [3])
    }

    @Test("values are kept byte by byte", arguments: [1, 16, 4096, 1 << 16])
    func values(count: Int) throws {
        let test = try TestStore()
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try test.open().write(Secret(bytes: bytes), as: CredentialName("a"), kind: .key)
        let read = try test.open().read(CredentialName("a"))?.secret
        #expect(read == Secret(bytes: bytes))
    }

    @Test("empty and enormous values are refused")
    func refusedValues() throws {
        let test = try TestStore()
        #expect(credentialError { try test.open().write("", as: "a") }?.code == .invalidSecret)
        let large = String(repeating: "x", count: (1 << 20) + 1)
        #expect(credentialError { try test.open().write(large, as: "a") }?.code == .invalidSecret)
    }

    @Test("several handles see each other's changes, over an exchange of all keys too")
    func severalHandles() throws {
        let test = try TestStore()
        let (one, two) = (test.open(), test.open())
        try one.write("first", as: "a")
        #expect(try two.text("a") == "first")
        _ = try one.rekey(to: .same)
        #expect(try two.text("a") == "first")
        try two.write("second", as: "a")
        #expect(try one.text("a") == "second")
        _ = try two.rekey(to: .same)
        try one.write("third", as: "b")
        #expect(try two.text("b") == "third")
    }

    @Test("nothing of a secret is in any file")
    func canary() throws {
        let test = try TestStore()
        let store = test.open()
        for index in 0..<20 { try store.write("\(TestStore.canary)-\(index)", as: "p\(index)") }
        _ = try store.rekey(to: .same)
        _ = try store.remove(CredentialName("p3"))
        try store.backup(to: test.folder + "/data/copy.db")
        #expect(test.files.count >= 4)
        for path in test.files {
            let text = String(decoding: test.bytes(path), as: UTF8.self)
            #expect(!text.contains("sk-canary"), "\(path)")
        }
    }
}
