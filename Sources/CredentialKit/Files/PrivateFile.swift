internal import Glibc
package import TransportKit

/// Files that only their owner may read.
package enum PrivateFile {
    /// The most bytes that a file with a key in it may have.
    static let maximumKeyFileSize = 65_536

    /// Reads a file that holds a secret.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - purpose: What errors call it.
    ///   - mustBePrivate: Whether one that others can read is refused.
    /// - Returns: Its content, or `nil` if there is no such file.
    /// - Throws: `CredentialError`.
    static func read(
        _ path: String,
        purpose: String,
        mustBePrivate: Bool = true
    ) throws(CredentialError) -> Secret? {
        // Not blocking, so that a named pipe without a writer cannot hold the program.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw failure("read", purpose, path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure("read", purpose, path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw CredentialError(.inputOutput, "\(purpose) \(path) is no regular file")
        }
        if mustBePrivate {
            guard status.st_mode & 0o077 == 0 else {
                throw CredentialError(
                    .exposed,
                    "\(purpose) \(path) can be read by others, so it is not used; run chmod 600 on it, and exchange what it protected"
                )
            }
            guard status.st_uid == geteuid() || status.st_uid == 0 else {
                throw CredentialError(.exposed, "\(purpose) \(path) belongs to another user, so it is not used")
            }
        }
        let size = Int(status.st_size)
        guard size <= maximumKeyFileSize else {
            throw CredentialError(.invalidSecret, "\(purpose) \(path) is larger than 64 KiB, which no key is")
        }
        return try Secret(count: size) { (bytes: inout MutableSpan<UInt8>) throws(CredentialError) in
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                var total = 0
                while total < buffer.count {
                    let count = unsafe Glibc.read(
                        descriptor,
                        buffer.baseAddress?.advanced(by: total),
                        buffer.count - total
                    )
                    if count < 0 && errno == EINTR { continue }
                    guard count > 0 else { return total }
                    total += count
                }
                return total
            }
            guard count == size else { throw failure("read", purpose, path) }
        }
    }

    /// Puts a file in place whole: a crash leaves the old one or the new one.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - content: What it is to hold.
    ///   - purpose: What errors call it.
    /// - Throws: `CredentialError`; the old file is there as before then.
    static func replace(_ path: String, with content: Secret, purpose: String) throws(CredentialError) {
        let folder = folder(of: path)
        try makeFolder(folder)
        let temporary = path + ".new"
        // What a crash left behind; the caller holds the lock, so nobody else writes it now.
        unsafe unlink(temporary)
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("write", purpose, path) }
        let isWritten = content.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { buffer in
                var total = 0
                while total < buffer.count {
                    let count = unsafe write(descriptor, buffer.baseAddress?.advanced(by: total), buffer.count - total)
                    if count < 0 && errno == EINTR { continue }
                    guard count > 0 else { return false }
                    total += count
                }
                return fsync(descriptor) == 0
            }
        }
        let number = errno
        close(descriptor)
        guard isWritten, unsafe rename(temporary, path) == 0 else {
            errno = isWritten ? errno : number
            let error = failure("write", purpose, path)
            unsafe unlink(temporary)
            throw error
        }
        synchronize(folder)
    }

    /// Makes an empty file that only its owner may read; one that is there stays.
    ///
    /// - Returns: Whether it was made.
    package static func create(_ path: String, purpose: String) throws(CredentialError) -> Bool {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            if errno == EEXIST { return false }
            throw failure("make", purpose, path)
        }
        close(descriptor)
        return true
    }

    /// Makes a folder, and those above it, for this user only; one that is there stays as it is.
    package static func makeFolder(_ path: String) throws(CredentialError) {
        if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        if errno == ENOENT, path != folder(of: path) {
            try makeFolder(folder(of: path))
            if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        }
        throw failure("make", "the folder", path)
    }

    /// Makes a removal or renaming in a folder survive a loss of power.
    static func synchronize(_ folder: String) {
        let descriptor = unsafe open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// The bits of a file that say what others than its owner may do; `nil` if there is no such file.
    static func permissionsOfOthers(_ path: String) -> UInt32? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? UInt32(status.st_mode) & 0o077 : nil
    }

    /// The size of a file; `nil` if there is none.
    package static func size(_ path: String) -> Int? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// Whether something is there.
    package static func exists(_ path: String) -> Bool {
        unsafe access(path, F_OK) == 0
    }

    /// Whether this process may write there.
    static func isWritable(_ path: String) -> Bool {
        unsafe access(path, W_OK) == 0
    }

    package static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func failure(_ verb: String, _ purpose: String, _ path: String) -> CredentialError {
        let number = errno
        let reason = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
        let message = "cannot \(verb) \(purpose) \(path): \(reason.prefix(1).lowercased() + reason.dropFirst())"
        switch number {
        case ENOSPC, EDQUOT: return CredentialError(.full, message + "; make room and try again")
        case EACCES, EPERM, EROFS:
            return CredentialError(.readOnly, message + "; check the owner and mode of file and folder")
        default: return CredentialError(.inputOutput, message)
        }
    }
}
