// Keys at rest, encrypted: one is written, listed, read and exchanged for another.
// Run: swift run KeyStore FOLDER

import CredentialKit
import TransportKit

@main
struct KeyStore {
    static func main() async throws {
        guard let folder = CommandLine.arguments.dropFirst().first else {
            print("usage: KeyStore FOLDER")
            return
        }
        let store = CredentialStore(
            location: StoreLocation(database: "\(folder)/store.sqlite", keyFile: "\(folder)/store.key"),
            sources: MasterKeySources(environment: [:])
        )
        let name = try CredentialName("openai@work")
        try await store.write(Secret("sk-the-first"), as: name)
        try await store.rotate(name, to: Secret("sk-the-second"))
        for entry in try await store.list() { print("\(entry.name): \(entry.kind)") }

        // A secret does not print; who needs its text says so.
        guard let key = try await store.read(name)?.secret else { return }
        print("printed: \(key)")
        print("ends with: \(key.withText { $0.suffix(6) })")
        await store.close()
    }
}
