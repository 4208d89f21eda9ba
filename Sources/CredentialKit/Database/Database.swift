internal import CSQLite
package import TransportKit

/// A connection to a database file; belongs to one thread at a time.
@safe
package final class Database {
    /// How a file is opened.
    package enum Mode {
        /// The file is written too; it has to exist.
        case readWrite
        /// Nothing is written; `isUnchanging` promises that nobody else writes it either.
        case readOnly(isUnchanging: Bool)
    }

    /// The file's path.
    package let path: String
    /// What messages call it.
    private let what: String
    private let handle: OpaquePointer

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - mode: How it is opened.
    ///   - busyTimeout: How many milliseconds are waited for another process.
    ///   - what: What messages call it.
    /// - Throws: `CredentialError`.
    package init(
        path: String,
        mode: Mode,
        busyTimeout: Int32,
        what: String = "the credential store"
    ) throws(CredentialError) {
        self.path = path
        self.what = what
        var handle: OpaquePointer?
        var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE
        var name = Self.uri(of: path)
        switch mode {
        case .readWrite: flags |= SQLITE_OPEN_READWRITE
        case .readOnly(let isUnchanging):
            flags |= SQLITE_OPEN_READONLY
            if isUnchanging { name += "?immutable=1" }
        }
        let code = unsafe sqlite3_open_v2(name, &handle, flags, nil)
        guard let opened = unsafe handle else {
            throw CredentialError(.inputOutput, "there is no memory to open \(what)")
        }
        unsafe self.handle = opened
        guard code == SQLITE_OK else { throw error(code) }
        unsafe sqlite3_busy_timeout(opened, busyTimeout)
        // Names in double quotes are never texts, and what a file says of functions and virtual tables is not trusted.
        for option in [SQLITE_DBCONFIG_DQS_DML, SQLITE_DBCONFIG_DQS_DDL, SQLITE_DBCONFIG_TRUSTED_SCHEMA] {
            _ = unsafe plex_sqlite_set(opened, option, 0)
        }
        _ = unsafe plex_sqlite_set(opened, SQLITE_DBCONFIG_DEFENSIVE, 1)
        unsafe sqlite3_limit(opened, SQLITE_LIMIT_ATTACHED, 1)
    }

    deinit {
        unsafe sqlite3_close_v2(handle)
    }

    /// Leaves what was written in the log beside the file when the connection closes: moving it costs more than reading a key.
    package func keepLogOnClose() {
        _ = unsafe plex_sqlite_set(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    }

    /// Runs statements that give no rows, or whose rows nobody needs.
    ///
    /// - Parameter sql: The statements.
    /// - Throws: `CredentialError`.
    package func execute(_ sql: String) throws(CredentialError) {
        let code = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code) }
    }

    /// Prepares a statement.
    ///
    /// - Parameter sql: The statement.
    /// - Returns: The statement.
    /// - Throws: `CredentialError`.
    package func prepare(_ sql: String) throws(CredentialError) -> Statement {
        var statement: OpaquePointer?
        let code = unsafe sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
        guard code == SQLITE_OK, let prepared = unsafe statement else { throw error(code) }
        return unsafe Statement(prepared, database: self)
    }

    /// The number that a query of one row and one column gives.
    package func integer(_ sql: String) throws(CredentialError) -> Int64 {
        let statement = try prepare(sql)
        return try statement.step() ? statement.integer(0) : 0
    }

    /// Rows that the last statement changed.
    package var changes: Int { unsafe Int(sqlite3_changes(handle)) }

    /// Does something whole or not at all.
    ///
    /// - Parameters:
    ///   - isWriting: Whether something will be written: others then wait from the start.
    ///   - body: What is done.
    /// - Returns: What the closure returns.
    /// - Throws: `CredentialError`; nothing was changed then.
    package func transaction<Result>(
        isWriting: Bool,
        _ body: () throws(CredentialError) -> Result
    ) throws(CredentialError) -> Result {
        try execute(isWriting ? "BEGIN IMMEDIATE" : "BEGIN")
        do {
            let result = try body()
            try execute("COMMIT")
            return result
        } catch {
            // Where SQLite has already undone it there is nothing to undo.
            try? execute("ROLLBACK")
            throw error
        }
    }

    /// The error for a code of SQLite.
    func error(_ code: Int32) -> CredentialError {
        let text = unsafe String(cString: sqlite3_errmsg(handle))
        if plex_sqlite_lacks_room(code) != 0 {
            return CredentialError(
                .full,
                "there is no space left for \(what) \(path); nothing was changed; make room and try again"
            )
        }
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED:
            return CredentialError(
                .locked,
                "another process is writing to \(what) \(path); try again later"
            )
        case SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH:
            return CredentialError(
                .readOnly,
                "\(what) \(path) cannot be opened for this (\(text)); check the owner and mode of file and folder"
            )
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT:
            return .damaged(path, text, what: what)
        default:
            if plex_sqlite_is_damage(code) != 0 { return .damaged(path, text, what: what) }
            return CredentialError(.inputOutput, "\(what) \(path) cannot be read or written: \(text)")
        }
    }

    private static func uri(of path: String) -> String {
        // Relative paths need the `./`, or the first part would be taken for a host.
        var name = "file:" + (path.hasPrefix("/") ? "" : "./")
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "%"): name += "%25"
            case UInt8(ascii: "?"): name += "%3f"
            case UInt8(ascii: "#"): name += "%23"
            default: name.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        return name
    }
}

extension CredentialError {
    static func damaged(
        _ path: String,
        _ reason: String,
        what: String = "the credential store"
    ) -> CredentialError {
        CredentialError(
            .damaged,
            "\(what) \(path) is damaged (\(reason)); put a backup in its place, or move it away and begin anew"
        )
    }
}
