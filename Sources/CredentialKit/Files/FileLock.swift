internal import CLinux
internal import Glibc
internal import TransportKit

/// A lock among processes that ends with its process.
enum FileLock {
    /// Does something while no other process, and no other handle of this one, has the lock.
    ///
    /// - Parameters:
    ///   - path: The lock's file; it is made where it is missing, and stays.
    ///   - limit: How many milliseconds are waited for whoever has it.
    ///   - body: What is done.
    /// - Returns: What the closure returns.
    /// - Throws: `CredentialError` of code `locked`, or what the closure throws.
    static func hold<Result>(
        _ path: String,
        limit: Int32,
        _ body: () throws(CredentialError) -> Result
    ) throws(CredentialError) -> Result {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw PrivateFile.failure("open", "the lock file", path) }
        defer { close(descriptor) }
        var waited: Int32 = 0
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR, waited < limit else {
                throw CredentialError(
                    .locked,
                    "another process works on the credential store (it holds \(path)); try again later"
                )
            }
            // There is no wait for such a lock with a limit; this thread belongs to the store and nobody else.
            usleep(5000)
            waited += 5
        }
        return try body()
    }
}
