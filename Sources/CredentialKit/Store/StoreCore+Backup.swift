internal import Glibc
public import TransportKit

extension StoreCore {
    /// Writes a copy of the store, as it is at one moment, while others use it.
    ///
    /// The master key is not in it.
    ///
    /// - Parameter path: The file to make; it must not be there yet.
    /// - Throws: `CredentialError`; no file is left then.
    package func backup(to path: String) throws(CredentialError) {
        guard let database = try database(for: .read) else {
            throw CredentialError(.notFound, "there is no credential store \(location.database) to back up")
        }
        guard try PrivateFile.create(path, purpose: "the backup") else {
            throw CredentialError(.conflict, "\(path) is there already; name a file that is not")
        }
        do {
            let statement = try database.prepare("VACUUM INTO ?")
            try statement.bind(path, at: 0)
            try statement.run()
            let copy = try Database(path: path, mode: .readOnly(isUnchanging: true), busyTimeout: options.busyTimeout)
            try StoreCore.checkWholeness(copy)
        } catch {
            unsafe unlink(path)
            throw error
        }
        PrivateFile.synchronize(PrivateFile.folder(of: path))
    }

    /// Checks that a file is whole as a database.
    static func checkWholeness(_ database: Database) throws(CredentialError) {
        let statement = try database.prepare("PRAGMA integrity_check(1)")
        guard try statement.step(), statement.text(0) == "ok" else {
            throw .damaged(database.path, "its tables do not fit together")
        }
    }

    /// What a user should know of the store.
    package func status() -> StoreStatus {
        var status = StoreStatus(location: location)
        status.exists = location.exists
        for path in [location.database, location.keyFile] {
            if let bits = PrivateFile.permissionsOfOthers(path), bits != 0 {
                status.warnings.append("others can read \(path); run chmod 600 on it")
            }
        }
        do throws(CredentialError) {
            guard let database = try database(for: .read) else { return status }
            status.count = Int(try database.integer("SELECT count(*) FROM credentials"))
            status.origin = try lockedDataKey(database)?.origin
            try StoreCore.checkWholeness(database)
            _ = try unlock(database)
        } catch {
            status.problem = error
        }
        return status
    }
}

/// What a user should know of a store.
public struct StoreStatus: Sendable, Hashable {
    /// Where it is.
    public let location: StoreLocation
    /// Whether it is there.
    public internal(set) var exists = false
    /// Where its master key comes from; `nil` as long as it holds nothing.
    public internal(set) var origin: MasterKeySources.Origin?
    /// How many credentials it holds.
    public internal(set) var count = 0
    /// What is not as safe as it should be.
    public internal(set) var warnings: [String] = []
    /// Why it cannot be opened.
    public internal(set) var problem: CredentialError?
}
