import Testing
import TransportKit

@testable import CredentialKit

@Suite("Backups of the store")
struct StoreBackupTests {
    @Test("a backup under write load is whole, opens with the same key, and has no key in it")
    func underLoad() async throws {
        let test = try TestStore()
        try test.open().write(TestStore.canary, as: "openai")
        let load = Task {
            let store = test.open()
            var index = 0
            while !Task.isCancelled {
                try store.write("\(index)", as: "load\(index % 50)")
                index += 1
            }
        }
        let store = test.open()
        let copies = (0..<5).map { "\(test.folder)/data/copy\($0).db" }
        for copy in copies { try store.backup(to: copy) }
        load.cancel()
        try await load.value
        for path in copies {
            #expect(test.mode(path) == 0o600)
            let location = StoreLocation(database: path, keyFile: test.location.keyFile)
            let copy = StoreCore(location: location, sources: MasterKeySources(environment: [:]))
            #expect(try copy.text("openai") == TestStore.canary)
            #expect(copy.status().problem == nil)
            let stranger = StoreLocation(database: path, keyFile: test.folder + "/none")
            let locked = StoreCore(location: stranger, sources: MasterKeySources(environment: [:]))
            #expect(credentialError { try locked.text("openai") }?.code == .noMasterKey)
        }
    }

    @Test("a backup takes nothing's place")
    func existing() throws {
        let test = try TestStore()
        #expect(credentialError { try test.open().backup(to: test.folder + "/copy.db") }?.code == .notFound)
        try test.open().write("x", as: "a")
        try test.open().backup(to: test.folder + "/copy.db")
        let size = test.bytes(test.folder + "/copy.db").count
        #expect(credentialError { try test.open().backup(to: test.folder + "/copy.db") }?.code == .conflict)
        #expect(test.bytes(test.folder + "/copy.db").count == size)
    }
}
