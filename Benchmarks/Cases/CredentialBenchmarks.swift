import CredentialKit
import FoundationEssentials
import Glibc
import TransportKit

/// The credential store: from nothing to a key in plain text, and the list of a great many.
@Sendable
func credentialBenchmarks() async throws -> [Measurement] {
    let folder = "/tmp/plex-bench-store-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func store(durable: Bool = true) -> StoreCore {
        var options = StoreCore.Options()
        options.isDurable = durable
        return StoreCore(
            location: StoreLocation(database: "\(folder)/credentials.db", keyFile: "\(folder)/credentials.key"),
            sources: MasterKeySources(environment: [:]),
            options: options
        )
    }
    let filler = store(durable: false)
    for index in 0..<10_000 {
        let name = try CredentialName(provider: "provider-\(index % 100)", account: "account-\(index)")
        try filler.write(Secret("sk-0123456789abcdef-\(index)"), as: name, kind: .key)
    }
    filler.close()
    let name = try CredentialName("provider-7@account-4207")
    return [
        // What a command does: everything is opened, unlocked and closed again.
        try Sampler().measure("credentials.unlock-read", operations: 20) {
            let store = store()
            keep(try store.read(name)?.entry.version ?? 0)
            store.close()
        },
        try Sampler().measure("credentials.list", operations: 3) {
            let store = store()
            keep(try store.list().count)
            store.close()
        },
    ]
}
