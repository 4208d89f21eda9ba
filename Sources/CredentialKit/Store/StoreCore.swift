internal import FoundationEssentials
internal import TransportKit

/// The store itself, without concurrency: every call blocks, and one caller at a time may use it.
///
/// ``CredentialStore`` is this on a thread of its own. What starts a program and may block uses it directly.
package final class StoreCore {
    /// What differs between the program and its tests.
    package struct Options: Sendable {
        /// How many milliseconds another process is waited for.
        package var busyTimeout: Int32 = 5000
        /// The seconds since 1970.
        package var now: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970) }
        /// Whether what is written outlasts a loss of power.
        package var isDurable = true
        /// Whether making a key of a passphrase costs next to nothing.
        package var hasCheapPassphrases = false

        package init() {}
    }

    /// Whether a call is to write.
    enum Access {
        case read
        case write
    }

    package let location: StoreLocation
    let sources: MasterKeySources
    let options: Options
    private var connection: (database: Database, isWritable: Bool)?
    /// The opened data keys by their number in the file.
    var dataKeys: [Int64: Secret] = [:]

    /// Makes the store's handle; nothing is opened yet.
    package init(location: StoreLocation, sources: MasterKeySources, options: Options = Options()) {
        self.location = location
        self.sources = sources
        self.options = options
    }

    /// Does something under the lock that creation and rekeying take.
    func locked<Result>(_ body: () throws(CredentialError) -> Result) throws(CredentialError) -> Result {
        try FileLock.hold(location.database + ".lock", limit: options.busyTimeout, body)
    }

    /// The connection to the file.
    ///
    /// - Parameter access: Whether something will be written.
    /// - Returns: The database; `nil` if something is to be read and there is no store.
    /// - Throws: `CredentialError`.
    func database(for access: Access) throws(CredentialError) -> Database? {
        if let connection, connection.isWritable || access == .read { return connection.database }
        connection = nil
        try Seal.prepare()
        // SQLite would take such a rest for an empty file, and fill it.
        if let size = PrivateFile.size(location.database), (1..<512).contains(size) {
            throw .damaged(location.database, "it was cut off after \(size) bytes")
        }
        if access == .read {
            guard location.exists else { return nil }
            do throws(CredentialError) {
                let opened = try openForReading()
                // A file that was made and not filled: whoever made it did not come further.
                guard try StoreSchema.check(opened) > 0 else { return nil }
                connection = (opened, false)
                return opened
            } catch {
                // On a full disk there is no room for the index of the log. An empty log has nothing that the file has not, and
                // nobody can write; the connection is not kept, as there may be room again.
                guard error.code == .full, PrivateFile.size(location.database + "-wal") ?? 0 == 0 else { throw error }
                let opened = try openUnchanging()
                return try StoreSchema.check(opened) > 0 ? opened : nil
            }
        }
        try PrivateFile.makeFolder(PrivateFile.folder(of: location.database))
        _ = try PrivateFile.create(location.database, purpose: "the credential store")
        let database = try Database(path: location.database, mode: .readWrite, busyTimeout: options.busyTimeout)
        try prepareForWriting(database)
        try StoreSchema.migrate(database)
        connection = (database, true)
        return database
    }

    private func openUnchanging() throws(CredentialError) -> Database {
        try Database(
            path: location.database,
            mode: .readOnly(isUnchanging: true),
            busyTimeout: options.busyTimeout
        )
    }

    private func openForReading() throws(CredentialError) -> Database {
        let folder = PrivateFile.folder(of: location.database)
        guard PrivateFile.isWritable(folder), PrivateFile.isWritable(location.database) else {
            // Without a log beside it the file is all there is; where nothing can be written, nobody else writes either.
            return try Database(
                path: location.database,
                mode: .readOnly(isUnchanging: !PrivateFile.exists(location.database + "-wal")),
                busyTimeout: options.busyTimeout
            )
        }
        let database = try Database(path: location.database, mode: .readWrite, busyTimeout: options.busyTimeout)
        database.keepLogOnClose()
        return database
    }

    private func prepareForWriting(_ database: Database) throws(CredentialError) {
        // Changing the journal takes the file alone, and busy timeouts do not hold for it.
        if try !isInLogMode(database) {
            try locked { () throws(CredentialError) in try database.execute("PRAGMA journal_mode = WAL") }
        }
        let synchronous = options.isDurable ? "FULL" : "OFF"
        try database.execute("PRAGMA synchronous = \(synchronous); PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON")
    }

    private func isInLogMode(_ database: Database) throws(CredentialError) -> Bool {
        let statement = try database.prepare("PRAGMA journal_mode")
        return try statement.step() && statement.text(0) == "wal"
    }

    /// Closes the file and forgets the keys.
    package func close() {
        connection = nil
        dataKeys = [:]
    }
}
