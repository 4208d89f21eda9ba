package import FoundationEssentials
package import TransportKit

extension StoreCore {
    private static let columns = "provider, account, kind, version, created, changed, used, expires"
    /// How many seconds a note of the last use stands before it is renewed: writing costs more than reading.
    private static let useGranularity: Int64 = 3600

    /// Reads a credential.
    ///
    /// - Parameter name: Its name.
    /// - Returns: The credential; `nil` if there is none of that name, or no store.
    /// - Throws: `CredentialError`.
    package func read(_ name: CredentialName) throws(CredentialError) -> StoredCredential? {
        guard let database = try database(for: .read) else { return nil }
        guard let found = try readRow(name, in: database) else { return nil }
        noteUse(of: found.entry, in: database)
        return found
    }

    private func readRow(_ name: CredentialName, in database: Database) throws(CredentialError) -> StoredCredential? {
        var attempts = 0
        while true {
            do {
                return try database.transaction(isWriting: false) { () throws(CredentialError) in
                    try row(name, in: database)
                }
            } catch {
                // Another process may have changed file and master key between our looks at the one and the other.
                attempts += 1
                guard attempts < 4, error.code == .wrongMasterKey || error.code == .noMasterKey else { throw error }
            }
        }
    }

    /// The credential in its row; the caller is in a transaction.
    func row(_ name: CredentialName, in database: Database) throws(CredentialError) -> StoredCredential? {
        let statement = try database.prepare(
            "SELECT \(Self.columns), data_key, sealed FROM credentials WHERE provider = ? AND account = ?"
        )
        try statement.bind(name.provider, at: 0)
        try statement.bind(name.account, at: 1)
        guard try statement.step() else { return nil }
        let entry = try self.entry(of: statement)
        guard let (id, key) = try unlock(database), id == statement.integer(8) else {
            throw .damaged(location.database, "the key of \(name) is missing")
        }
        let context = name.sealContext(kind: entry.kind, version: entry.version)
        guard let secret = Seal.open(statement.bytes(9), key: key, context: context) else {
            throw CredentialError(
                .damaged,
                "the credential \(name) was changed from outside or belongs to another row, so it is not used; set it anew, or bring back a backup"
            )
        }
        return StoredCredential(entry: entry, secret: secret)
    }

    /// All credentials without their values, by name.
    package func list() throws(CredentialError) -> [CredentialEntry] {
        guard let database = try database(for: .read) else { return [] }
        let statement = try database.prepare("SELECT \(Self.columns) FROM credentials ORDER BY provider, account")
        var entries: [CredentialEntry] = []
        while try statement.step() { entries.append(try entry(of: statement)) }
        return entries
    }

    /// Writes a credential, in place of what had its name.
    ///
    /// - Parameters:
    ///   - secret: The value.
    ///   - name: Its name.
    ///   - kind: What it is.
    ///   - expires: When it stops being valid.
    ///   - condition: What has to be there before.
    /// - Returns: What is known of it now.
    /// - Throws: `CredentialError`; the old value is there as before then.
    @discardableResult
    package func write(
        _ secret: Secret,
        as name: CredentialName,
        kind: CredentialKind,
        expires: Date? = nil,
        if condition: WriteCondition = .always
    ) throws(CredentialError) -> CredentialEntry {
        guard !secret.isEmpty else { throw CredentialError(.invalidSecret, "the value for \(name) is empty") }
        guard secret.withBytes({ $0.count }) <= 1 << 20 else {
            throw CredentialError(.invalidSecret, "the value for \(name) is larger than 1 MiB")
        }
        guard let database = try database(for: .write) else { throw notFound(name) }
        _ = try dataKeyForWriting(database)
        return try database.transaction(isWriting: true) { () throws(CredentialError) in
            // Within the transaction, as another process may have exchanged the data key since.
            guard let (id, key) = try unlock(database) else { throw .damaged(location.database, "its key is missing") }
            let old = try existing(name, in: database)
            try check(condition, for: name, existing: old?.version)
            let now = options.now()
            let version = (old?.version ?? 0) + 1
            let statement = try database.prepare(
                "INSERT OR REPLACE INTO credentials VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            )
            try statement.bind(name.provider, at: 0)
            try statement.bind(name.account, at: 1)
            try statement.bind(kind.rawValue, at: 2)
            try statement.bind(version, at: 3)
            try statement.bind(id, at: 4)
            let context = name.sealContext(kind: kind, version: version)
            try statement.bind(Seal.seal(secret, key: key, context: context), at: 5)
            try statement.bind(old?.created ?? now, at: 6)
            try statement.bind(now, at: 7)
            try statement.bind(nil, at: 8)
            try statement.bind(expires.map { Int64($0.timeIntervalSince1970) }, at: 9)
            try statement.run()
            return CredentialEntry(
                name: name,
                kind: kind,
                version: version,
                created: Date(timeIntervalSince1970: Double(old?.created ?? now)),
                changed: Date(timeIntervalSince1970: Double(now)),
                lastUsed: nil,
                expires: expires
            )
        }
    }

    /// Removes a credential.
    ///
    /// - Returns: Whether there was one.
    package func remove(_ name: CredentialName) throws(CredentialError) -> Bool {
        guard location.exists, let database = try database(for: .write) else { return false }
        let statement = try database.prepare("DELETE FROM credentials WHERE provider = ? AND account = ?")
        try statement.bind(name.provider, at: 0)
        try statement.bind(name.account, at: 1)
        try statement.run()
        return database.changes > 0
    }

    // MARK: Parts

    private func existing(
        _ name: CredentialName,
        in database: Database
    ) throws(CredentialError) -> (version: Int64, created: Int64)? {
        let statement = try database.prepare(
            "SELECT version, created FROM credentials WHERE provider = ? AND account = ?"
        )
        try statement.bind(name.provider, at: 0)
        try statement.bind(name.account, at: 1)
        return try statement.step() ? (statement.integer(0), statement.integer(1)) : nil
    }

    private func check(
        _ condition: WriteCondition,
        for name: CredentialName,
        existing: Int64?
    ) throws(CredentialError) {
        switch condition {
        case .always: break
        case .isNew where existing == nil: break
        case .isNew: throw CredentialError(.conflict, "there is a credential \(name) already")
        case .hasVersion(let version) where existing == version: break
        case .exists where existing != nil: break
        case .hasVersion, .exists:
            guard existing != nil else { throw notFound(name) }
            throw CredentialError(
                .conflict,
                "the credential \(name) was changed by another in the meantime; read it again"
            )
        }
    }

    package func notFound(_ name: CredentialName) -> CredentialError {
        CredentialError(
            .notFound,
            "there is no credential \(name) in the store \(location.database); set it with plexctl auth set \(name)"
        )
    }

    private func entry(of statement: borrowing Statement) throws(CredentialError) -> CredentialEntry {
        do {
            return CredentialEntry(
                name: try CredentialName(provider: statement.text(0), account: statement.text(1)),
                kind: CredentialKind(rawValue: statement.text(2)),
                version: statement.integer(3),
                created: Date(timeIntervalSince1970: Double(statement.integer(4))),
                changed: Date(timeIntervalSince1970: Double(statement.integer(5))),
                lastUsed: statement.optionalInteger(6).map { Date(timeIntervalSince1970: Double($0)) },
                expires: statement.optionalInteger(7).map { Date(timeIntervalSince1970: Double($0)) }
            )
        } catch {
            throw .damaged(location.database, "a name in it has characters that names do not have")
        }
    }

    private func noteUse(of entry: CredentialEntry, in database: Database) {
        let now = options.now()
        if let last = entry.lastUsed, now - Int64(last.timeIntervalSince1970) < Self.useGranularity { return }
        // A note that cannot be made, because another writes or the file cannot be written, is no reason to refuse the key.
        try? note(now, entry.name, in: database)
    }

    private func note(_ now: Int64, _ name: CredentialName, in database: Database) throws(CredentialError) {
        try database.execute("PRAGMA busy_timeout = 0; PRAGMA synchronous = NORMAL")
        defer { try? database.execute("PRAGMA busy_timeout = \(options.busyTimeout); PRAGMA synchronous = FULL") }
        let statement = try database.prepare("UPDATE credentials SET used = ? WHERE provider = ? AND account = ?")
        try statement.bind(now, at: 0)
        try statement.bind(name.provider, at: 1)
        try statement.bind(name.account, at: 2)
        try statement.run()
    }
}
