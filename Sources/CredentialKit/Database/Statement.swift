internal import CSQLite
package import TransportKit

/// A prepared statement with its parameters; parameters and columns are counted from 0.
@safe
package struct Statement: ~Copyable {
    private let handle: OpaquePointer
    private let database: Database

    init(_ handle: OpaquePointer, database: Database) {
        unsafe self.handle = handle
        self.database = database
    }

    deinit {
        unsafe sqlite3_finalize(handle)
    }

    /// Goes to the next row.
    ///
    /// - Returns: Whether there is one.
    /// - Throws: `CredentialError`.
    package func step() throws(CredentialError) -> Bool {
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw database.error(code)
        }
    }

    /// Runs it to its end.
    package func run() throws(CredentialError) {
        while try step() {}
    }

    /// Makes it ready to run once more.
    package func reset() {
        unsafe sqlite3_reset(handle)
    }

    // MARK: Parameters

    package borrowing func bind(_ text: String, at index: Int32) throws(CredentialError) {
        // Borrowed as text: what is bound here is never secret.
        try check(unsafe plex_sqlite_bind_text(handle, index + 1, text, Int32(text.utf8.count)))
    }

    package borrowing func bind(_ bytes: [UInt8], at index: Int32) throws(CredentialError) {
        try check(unsafe plex_sqlite_bind_blob(handle, index + 1, bytes, Int32(bytes.count)))
    }

    package borrowing func bind(_ number: Int64?, at index: Int32) throws(CredentialError) {
        if let number {
            try check(unsafe sqlite3_bind_int64(handle, index + 1, number))
        } else {
            try check(unsafe sqlite3_bind_null(handle, index + 1))
        }
    }

    // MARK: Columns

    package func integer(_ column: Int32) -> Int64 {
        unsafe sqlite3_column_int64(handle, column)
    }

    package func optionalInteger(_ column: Int32) -> Int64? {
        unsafe sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : sqlite3_column_int64(handle, column)
    }

    package func text(_ column: Int32) -> String {
        guard let bytes = unsafe sqlite3_column_text(handle, column) else { return "" }
        let count = unsafe Int(sqlite3_column_bytes(handle, column))
        return unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    package func bytes(_ column: Int32) -> [UInt8] {
        guard let bytes = unsafe sqlite3_column_blob(handle, column) else { return [] }
        let count = unsafe Int(sqlite3_column_bytes(handle, column))
        return unsafe Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }

    private func check(_ code: Int32) throws(CredentialError) {
        guard code == SQLITE_OK else { throw database.error(code) }
    }
}
