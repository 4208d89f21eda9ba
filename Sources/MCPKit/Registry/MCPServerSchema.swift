internal import CredentialKit
internal import TransportKit

/// The tables of the servers' file, version by version.
enum MCPServerSchema {
    /// The steps from one version to the next; a file's `user_version` is how many it has behind it.
    private static let steps = [
        """
        CREATE TABLE servers (
            name TEXT NOT NULL PRIMARY KEY,
            settings TEXT NOT NULL,
            enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
            origin TEXT NOT NULL,
            created INTEGER NOT NULL,
            changed INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE seeds (
            name TEXT NOT NULL PRIMARY KEY,
            seeded INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE disabled (
            name TEXT NOT NULL PRIMARY KEY
        ) STRICT, WITHOUT ROWID;
        """
    ]

    /// Brings a file to the version of this program.
    ///
    /// - Throws: `CredentialError`, of code `unsupported` if the file is newer.
    static func migrate(_ database: Database) throws(CredentialError) {
        let version = Int64(steps.count)
        guard try check(database) < version else { return }
        try database.transaction(isWriting: true) { () throws(CredentialError) in
            // Another process may have been faster.
            let reached = try check(database)
            guard reached < version else { return }
            for step in steps[Int(reached)...] { try database.execute(step) }
            try database.execute("PRAGMA user_version = \(version)")
        }
    }

    private static func check(_ database: Database) throws(CredentialError) -> Int64 {
        let found = try database.integer("PRAGMA user_version")
        guard (0...Int64(steps.count)).contains(found) else {
            throw CredentialError(
                .unsupported,
                "the list of MCP servers \(database.path) has version \(found), and this program knows \(steps.count); update the program"
            )
        }
        return found
    }
}
