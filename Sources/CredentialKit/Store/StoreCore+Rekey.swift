public import TransportKit

/// What a store is locked with after its keys were exchanged.
@nonexhaustive
public enum RekeyTarget: Sendable {
    /// The place that it is locked with now: a fresh key in the key file, the first key of the others, the same passphrase.
    case same
    /// A fresh key in the key file.
    case keyFile
    /// The first key of the service's credential.
    case systemd
    /// The first key of the variable.
    case environment
    /// A passphrase.
    case passphrase(Secret)
}

extension StoreCore {
    /// Exchanges the data key, and the master key where that is a file's, and encrypts every credential anew.
    ///
    /// A crash at any moment leaves a store that opens: the key file holds the new and the old key until the store is
    /// written.
    ///
    /// - Parameter target: What the store is locked with afterwards.
    /// - Returns: Where its master key comes from now, and how many credentials were encrypted.
    /// - Throws: `CredentialError`; the store opens as before then.
    package func rekey(to target: RekeyTarget) throws(CredentialError) -> (origin: MasterKeySources.Origin, count: Int)
    {
        guard location.exists, let database = try database(for: .write) else {
            throw CredentialError(
                .notFound,
                "there is no credential store \(location.database) yet; plexctl auth set makes it"
            )
        }
        return try locked { () throws(CredentialError) in try rekey(database, to: target) }
    }

    private func rekey(
        _ database: Database,
        to target: RekeyTarget
    ) throws(CredentialError) -> (origin: MasterKeySources.Origin, count: Int) {
        dataKeys = [:]
        guard let old = try lockedDataKey(database), let (_, oldKey) = try unlock(database) else {
            throw CredentialError(
                .notFound,
                "the credential store \(location.database) is empty; there is nothing to encrypt anew"
            )
        }
        let (newLock, fileKey) = try makeLock(target, insteadOf: old)
        let newKey = Seal.makeKey()
        let result = try database.transaction(isWriting: true) { () throws(CredentialError) in
            let id = try insert(newKey, lockedBy: newLock, in: database)
            let count = try reseal(from: oldKey, to: newKey, id: id, in: database)
            try database.execute("DELETE FROM data_keys WHERE id <> \(id)")
            return (id: id, count: count)
        }
        dataKeys = [result.id: newKey]
        if let fileKey { try writeKeyFile([fileKey]) }
        // What was encrypted with the old keys should not stay in the log; a reader that is busy with it may hold it a while.
        try? database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return (newLock.origin, result.count)
    }

    /// The new lock, and the key that alone is to stand in the key file once the store is written.
    private func makeLock(
        _ target: RekeyTarget,
        insteadOf old: LockedDataKey
    ) throws(CredentialError) -> (DataKeyLock, MasterKey?) {
        let origin: MasterKeySources.Origin
        switch target {
        case .same where old.origin == .passphrase:
            return (try DataKeyLock(passphrase: sources.passphrase(), isCheap: options.hasCheapPassphrases), nil)
        case .passphrase(let passphrase):
            guard !passphrase.isEmpty else { throw CredentialError(.invalidSecret, "the passphrase is empty") }
            return (try DataKeyLock(passphrase: passphrase, isCheap: options.hasCheapPassphrases), nil)
        case .same: origin = old.origin
        case .keyFile: origin = .keyFile
        case .systemd: origin = .systemd
        case .environment: origin = .environment
        }
        guard origin == .keyFile else {
            guard let key = try sources.keys(from: origin, keyFile: location.keyFile).first else {
                throw CredentialError(
                    .noMasterKey,
                    origin == .systemd
                        ? "there is no credential \(MasterKeySources.systemdCredential) of the service manager to lock the store with"
                        : "the variable \(MasterKeySources.keyVariable) holds no key to lock the store with"
                )
            }
            return (DataKeyLock(key, from: origin), nil)
        }
        let fresh = MasterKey.fresh()
        // Both, until the store is written: whichever of the two it is locked with, this file opens it.
        let present = try sources.keys(from: .keyFile, keyFile: location.keyFile)
        try writeKeyFile([fresh] + present.filter { $0.fingerprint == old.fingerprint })
        return (DataKeyLock(fresh, from: .keyFile), fresh)
    }

    private func writeKeyFile(_ keys: [MasterKey]) throws(CredentialError) {
        try PrivateFile.replace(location.keyFile, with: MasterKey.fileContent(keys), purpose: "the key file")
    }

    private func reseal(
        from oldKey: Secret,
        to newKey: Secret,
        id: Int64,
        in database: Database
    ) throws(CredentialError) -> Int {
        let rows = try database.prepare("SELECT provider, account, kind, version, sealed FROM credentials")
        var sealed: [(name: CredentialName, bytes: [UInt8])] = []
        while try rows.step() {
            let name = try CredentialName(provider: rows.text(0), account: rows.text(1))
            let context = name.sealContext(kind: CredentialKind(rawValue: rows.text(2)), version: rows.integer(3))
            guard let secret = Seal.open(rows.bytes(4), key: oldKey, context: context) else {
                throw CredentialError(
                    .damaged,
                    "the credential \(name) was changed from outside, so nothing was encrypted anew; remove it with plexctl auth remove \(name) and try again"
                )
            }
            sealed.append((name, Seal.seal(secret, key: newKey, context: context)))
        }
        let update = try database.prepare(
            "UPDATE credentials SET sealed = ?, data_key = ? WHERE provider = ? AND account = ?"
        )
        for row in sealed {
            try update.bind(row.bytes, at: 0)
            try update.bind(id, at: 1)
            try update.bind(row.name.provider, at: 2)
            try update.bind(row.name.account, at: 3)
            try update.run()
            update.reset()
        }
        return sealed.count
    }
}
