internal import TransportKit

/// The tables of the store, version by version.
enum StoreSchema {
    /// The steps from one version to the next; a store's `user_version` is how many it has behind it.
    private static let steps = [
        """
        CREATE TABLE data_keys (
            id INTEGER PRIMARY KEY,
            origin TEXT NOT NULL,
            fingerprint BLOB NOT NULL,
            salt BLOB NOT NULL,
            operations INTEGER NOT NULL,
            memory INTEGER NOT NULL,
            wrapped BLOB NOT NULL,
            created INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE credentials (
            provider TEXT NOT NULL,
            account TEXT NOT NULL,
            kind TEXT NOT NULL,
            version INTEGER NOT NULL CHECK (version > 0),
            data_key INTEGER NOT NULL REFERENCES data_keys (id),
            sealed BLOB NOT NULL,
            created INTEGER NOT NULL,
            changed INTEGER NOT NULL,
            used INTEGER,
            expires INTEGER,
            PRIMARY KEY (provider, account)
        ) STRICT, WITHOUT ROWID;
        """
    ]

    /// The version that this program makes.
    static var version: Int64 { Int64(steps.count) }

    /// Brings a store to the version of this program.
    ///
    /// - Parameter database: The store.
    /// - Throws: `CredentialError`, of code `unsupported` if the store is newer.
    static func migrate(_ database: Database) throws(CredentialError) {
        guard try check(database) < version else { return }
        try database.transaction(isWriting: true) { () throws(CredentialError) in
            // Another process may have been faster.
            let reached = try check(database)
            guard reached < version else { return }
            for step in steps[Int(reached)...] { try database.execute(step) }
            try database.execute("PRAGMA user_version = \(version)")
        }
    }

    /// The version of a store.
    ///
    /// - Throws: `CredentialError`, of code `unsupported` if the store is newer than the program.
    @discardableResult
    static func check(_ database: Database) throws(CredentialError) -> Int64 {
        let found = try database.integer("PRAGMA user_version")
        guard found <= version, found >= 0 else {
            throw CredentialError(
                .unsupported,
                "the credential store \(database.path) has version \(found), and this program knows \(version); update the program"
            )
        }
        return found
    }
}
