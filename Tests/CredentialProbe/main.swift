// A program that works on a credential store until it is killed: what a crash leaves is looked at by the tests.
//
// usage: CredentialProbe FOLDER write|rotate|rekey|read ROUNDS
//        CredentialProbe FOLDER token NAME
//
// Each thing that is done is told in a line of its own, after it was done.
import CredentialKit
import Glibc
import TransportKit

let arguments = CommandLine.arguments
guard arguments.count == 4 else { exit(64) }
let rounds = Int(arguments[3]) ?? 1
let store = StoreCore(
    location: StoreLocation(
        database: arguments[1] + "/data/credentials.db",
        keyFile: arguments[1] + "/config/credentials.key"
    ),
    sources: MasterKeySources(environment: [:])
)

func tell(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = unsafe write(STDOUT_FILENO, line, line.count)
}

do {
    tell("begun")
    for round in 0..<rounds {
        switch arguments[2] {
        case "write":
            let name = try CredentialName("new\(getpid())-\(round)")
            try store.write(Secret("value of \(name)"), as: name, kind: .key)
            tell("done \(name)")
        case "rotate":
            let name = try CredentialName("rotated")
            let version = try store.list().first { $0.name == name }?.version ?? 0
            let entry = try store.write(
                Secret("value \(version + 1)"),
                as: name,
                kind: .key,
                if: version == 0 ? .isNew : .hasVersion(version)
            )
            tell("done \(entry.version)")
        case "token":
            let source = OAuthCredential(
                store: CredentialStore(location: store.location, sources: MasterKeySources(environment: [:])),
                name: try CredentialName(arguments[3]),
                transport: HTTPClient.forAuthorization()
            )
            // Not the token itself: what is told here is looked through for it.
            tell("done \(try await source.credential().withText { $0.utf8.reduce(5381) { $0 &* 33 &+ UInt64($1) } })")
        case "rekey":
            tell("done \(try store.rekey(to: .same).count)")
        default:
            for entry in try store.list() where try store.read(entry.name) == nil { exit(1) }
        }
    }
} catch {
    tell("error: \(error)")
    exit(1)
}
