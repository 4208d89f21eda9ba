internal import TransportKit

/// The store's own key as it stands in the file: locked with a master key.
struct LockedDataKey {
    var id: Int64
    var origin: MasterKeySources.Origin
    /// Which master key opens it; empty for a passphrase.
    var fingerprint: [UInt8]
    var passphrase: PassphraseKey?
    var wrapped: [UInt8]

    /// What the wrapped key belongs to.
    static func context(id: Int64, origin: MasterKeySources.Origin) -> [UInt8] {
        var context = SealContext("modelplex data key 1")
        context.add(id)
        context.add(origin.rawValue)
        return context.bytes
    }
}

/// How a data key is locked from now on.
struct DataKeyLock {
    var origin: MasterKeySources.Origin
    var key: Secret
    var passphrase: PassphraseKey?

    /// Locks with a key.
    init(_ key: MasterKey, from origin: MasterKeySources.Origin) {
        self.origin = origin
        self.key = key.secret
    }

    /// Locks with a passphrase.
    init(passphrase: Secret, isCheap: Bool) throws(CredentialError) {
        var settings = PassphraseKey.fresh()
        if isCheap {
            settings.operations = 1
            settings.memory = 8192
        }
        origin = .passphrase
        key = try settings.key(from: passphrase)
        self.passphrase = settings
    }
}

extension StoreCore {
    /// The newest data key of the file; `nil` for a store without any.
    func lockedDataKey(_ database: Database) throws(CredentialError) -> LockedDataKey? {
        let statement = try database.prepare(
            "SELECT id, origin, fingerprint, salt, operations, memory, wrapped FROM data_keys ORDER BY id DESC LIMIT 1"
        )
        guard try statement.step() else { return nil }
        guard let origin = MasterKeySources.Origin(rawValue: statement.text(1)) else {
            throw .damaged(location.database, "its key is locked in a way that is not known")
        }
        return LockedDataKey(
            id: statement.integer(0),
            origin: origin,
            fingerprint: statement.bytes(2),
            passphrase: origin == .passphrase
                ? PassphraseKey(
                    salt: statement.bytes(3),
                    operations: statement.integer(4),
                    memory: statement.integer(5)
                ) : nil,
            wrapped: statement.bytes(6)
        )
    }

    /// Opens the newest data key with what the sources have.
    ///
    /// - Returns: The key's number and the key.
    /// - Throws: `CredentialError`, of code `noMasterKey` or `wrongMasterKey`.
    func unlock(_ database: Database) throws(CredentialError) -> (id: Int64, key: Secret)? {
        guard let locked = try lockedDataKey(database) else { return nil }
        if let key = dataKeys[locked.id] { return (locked.id, key) }
        let context = LockedDataKey.context(id: locked.id, origin: locked.origin)
        if let settings = locked.passphrase {
            let master = try settings.key(from: sources.passphrase())
            guard let key = Seal.open(locked.wrapped, key: master, context: context) else {
                throw CredentialError(
                    .wrongMasterKey,
                    "the passphrase does not open the credential store \(location.database)"
                )
            }
            dataKeys = [locked.id: key]
            return (locked.id, key)
        }
        var hasKeys = false
        for origin in [MasterKeySources.Origin.systemd, .keyFile, .environment] {
            for master in try sources.keys(from: origin, keyFile: location.keyFile) {
                hasKeys = true
                guard master.fingerprint == locked.fingerprint else { continue }
                guard let key = Seal.open(locked.wrapped, key: master.secret, context: context) else {
                    throw .damaged(location.database, "its own key was changed")
                }
                dataKeys = [locked.id: key]
                return (locked.id, key)
            }
        }
        throw hasKeys ? wrongMasterKey(locked) : noMasterKey(locked)
    }

    private func noMasterKey(_ locked: LockedDataKey) -> CredentialError {
        let place =
            switch locked.origin {
            case .systemd: "the service's credential \(MasterKeySources.systemdCredential)"
            case .environment: "the variable \(MasterKeySources.keyVariable)"
            default: "the key file \(location.keyFile)"
            }
        return CredentialError(
            .noMasterKey,
            "the credential store \(location.database) was locked with \(place), which is not there; bring it back, or move the store away and set the keys anew"
        )
    }

    private func wrongMasterKey(_ locked: LockedDataKey) -> CredentialError {
        CredentialError(
            .wrongMasterKey,
            "no master key that was found opens the credential store \(location.database): it was locked with another one, from: \(locked.origin.rawValue); bring that back, or move the store away and set the keys anew"
        )
    }

    /// The data key to write with; a store that has none gets one, and where there is no master key, a key file too.
    func dataKeyForWriting(_ database: Database) throws(CredentialError) -> (id: Int64, key: Secret) {
        if let unlocked = try unlock(database) { return unlocked }
        return try locked { () throws(CredentialError) in
            // Another process may have been faster.
            if let unlocked = try unlock(database) { return unlocked }
            let key = Seal.makeKey()
            let master = try firstMasterKey()
            let id = try database.transaction(isWriting: true) { () throws(CredentialError) in
                try insert(key, lockedBy: DataKeyLock(master.key, from: master.origin), in: database)
            }
            dataKeys = [id: key]
            return (id, key)
        }
    }

    private func firstMasterKey() throws(CredentialError) -> (key: MasterKey, origin: MasterKeySources.Origin) {
        for origin in [MasterKeySources.Origin.systemd, .keyFile, .environment] {
            if let key = try sources.keys(from: origin, keyFile: location.keyFile).first { return (key, origin) }
        }
        let key = MasterKey.fresh()
        try PrivateFile.replace(location.keyFile, with: MasterKey.fileContent([key]), purpose: "the key file")
        return (key, .keyFile)
    }

    /// Adds a data key; the caller is in a transaction.
    func insert(_ key: Secret, lockedBy lock: DataKeyLock, in database: Database) throws(CredentialError) -> Int64 {
        let id = try database.integer("SELECT coalesce(max(id), 0) + 1 FROM data_keys")
        let statement = try database.prepare("INSERT INTO data_keys VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        try statement.bind(id, at: 0)
        try statement.bind(lock.origin.rawValue, at: 1)
        try statement.bind(lock.passphrase == nil ? Seal.fingerprint(of: lock.key) : [], at: 2)
        try statement.bind(lock.passphrase?.salt ?? [], at: 3)
        try statement.bind(lock.passphrase?.operations ?? 0, at: 4)
        try statement.bind(lock.passphrase?.memory ?? 0, at: 5)
        let context = LockedDataKey.context(id: id, origin: lock.origin)
        try statement.bind(Seal.seal(key, key: lock.key, context: context), at: 6)
        try statement.bind(options.now(), at: 7)
        try statement.run()
        return id
    }
}
