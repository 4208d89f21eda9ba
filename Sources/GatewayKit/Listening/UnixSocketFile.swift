internal import CLinux
internal import Glibc

/// A listening Unix socket and its file.
struct UnixSocketFile: Sendable {
    let path: String
    let descriptor: Int32
    private let device: UInt
    private let inode: UInt

    /// Makes the file and listens.
    ///
    /// What stands at the path is replaced only if it is a socket that nobody listens at. Two programs that start at the same
    /// time are kept apart by a lock on the directory, so both cannot find the same leftover.
    init(path: String, mode: UInt16, group: String?) throws(ListenError) {
        func failed(_ what: String, _ code: Int32 = errno) -> ListenError {
            ListenError("cannot listen at unix:\(path): \(what): \(errorText(code))")
        }
        guard path.utf8.count < 108 else { throw ListenError("unix:\(path): a socket's path has at most 107 bytes") }
        let groupID = try group.map { name throws(ListenError) in try Self.groupID(name, path) }

        let lock = try Self.lockDirectory(of: path)
        defer { Glibc.close(lock) }
        try Self.removeLeftover(path)

        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw failed("no socket can be made") }
        var isBound = false
        do throws(ListenError) {
            // The file gets the mode that the socket has when it is bound, so it is never open to more than its owner before
            // the group is set.
            guard fchmod(descriptor, 0o600) == 0 else { throw failed("the mode cannot be set") }
            guard unsafe Self.withAddress(path, { unsafe Glibc.bind(descriptor, $0, $1) }) == 0 else {
                throw failed("the socket cannot be made there")
            }
            isBound = true
            if let groupID, unsafe lchown(path, uid_t.max, groupID) != 0 {
                throw failed("the file cannot be given to group \(group ?? "")")
            }
            guard unsafe chmod(path, mode_t(mode)) == 0 else { throw failed("the mode cannot be set") }
            guard listen(descriptor, SOMAXCONN) == 0 else { throw failed("it cannot listen") }
            guard let identity = Self.identity(path) else { throw failed("the file is gone") }
            self.path = path
            self.descriptor = descriptor
            (device, inode) = identity
        } catch {
            if isBound { _ = unsafe unlink(path) }
            Glibc.close(descriptor)
            throw error
        }
    }

    /// Removes the file if it is still the one that was made.
    func remove() {
        guard isThere else { return }
        _ = unsafe unlink(path)
    }

    /// Whether the file is still the one that was made.
    var isThere: Bool {
        guard let now = Self.identity(path) else { return false }
        return now == (device, inode)
    }

    /// Who may connect.
    struct Rights: Sendable {
        fileprivate var mode: mode_t
        fileprivate var group: gid_t
    }

    /// Lets others connect from now on; who is connected stays.
    ///
    /// - Returns: Who could connect before, for ``restore(_:)``.
    func change(mode: UInt16, group: String?) throws(ListenError) -> Rights {
        let groupID = try group.map { name throws(ListenError) in try Self.groupID(name, path) } ?? getegid()
        var status = stat()
        guard isThere, unsafe lstat(path, &status) == 0 else {
            throw ListenError("the rights of unix:\(path) cannot be changed: the file is gone")
        }
        let before = Rights(mode: status.st_mode & 0o777, group: status.st_gid)
        do throws(ListenError) {
            try set(Rights(mode: mode_t(mode), group: groupID))
        } catch {
            restore(before)
            throw error
        }
        return before
    }

    /// Lets those connect who could before a change.
    func restore(_ rights: Rights) {
        if isThere { try? set(rights) }
    }

    // Never open to both groups between.
    private func set(_ rights: Rights) throws(ListenError) {
        guard unsafe chmod(path, 0o600) == 0, unsafe lchown(path, uid_t.max, rights.group) == 0,
            unsafe chmod(path, rights.mode) == 0
        else {
            throw ListenError(
                "the rights of unix:\(path) cannot be changed: \(errorText(errno)); a file can be given to groups that its owner is in"
            )
        }
    }

    private static func identity(_ path: String) -> (UInt, UInt)? {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        return (UInt(status.st_dev), UInt(status.st_ino))
    }

    private static func lockDirectory(of path: String) throws(ListenError) -> Int32 {
        let directory: String
        switch path.lastIndex(of: "/") {
        case nil: directory = "."
        case path.startIndex: directory = "/"
        case .some(let slash): directory = String(path[..<slash])
        }
        let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            let advice = code == ENOENT ? "; make it first" : ""
            throw ListenError(
                "cannot listen at unix:\(path): the directory \(directory) cannot be opened: \(errorText(code))\(advice)"
            )
        }
        while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
        return descriptor
    }

    private static func removeLeftover(_ path: String) throws(ListenError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw ListenError("cannot listen at unix:\(path): \(errorText(errno))")
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw ListenError(
                "cannot listen at unix:\(path): there is a file that is no socket; move it or choose another path"
            )
        }
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let probe = socket(AF_UNIX, kind, 0)
        guard probe >= 0 else { throw ListenError("cannot listen at unix:\(path): \(errorText(errno))") }
        defer { Glibc.close(probe) }
        let code = unsafe withAddress(path) { unsafe connect(probe, $0, $1) } == 0 ? 0 : errno
        switch code {
        case ECONNREFUSED:
            guard unsafe unlink(path) == 0 || errno == ENOENT else {
                throw ListenError(
                    "cannot listen at unix:\(path): the socket left there cannot be removed: \(errorText(errno))"
                )
            }
        case ENOENT: return
        case 0:
            let owner = SocketOwner(of: probe)?.processName ?? "another process"
            throw ListenError(
                .inUse,
                "cannot listen at unix:\(path): \(owner) listens there; stop it or choose another path"
            )
        case EAGAIN:
            throw ListenError(
                .inUse,
                "cannot listen at unix:\(path): a busy process listens there; stop it or choose another path"
            )
        default:
            throw ListenError("cannot listen at unix:\(path): the socket there cannot be tried: \(errorText(code))")
        }
    }

    private static func groupID(_ name: String, _ path: String) throws(ListenError) -> gid_t {
        if let number = gid_t(name) { return number }
        var entry = unsafe group()
        var found: UnsafeMutablePointer<group>?
        var buffer = [CChar](repeating: 0, count: 16 << 10)
        guard unsafe getgrnam_r(name, &entry, &buffer, buffer.count, &found) == 0, let found = unsafe found else {
            throw ListenError("unix:\(path): there is no group \(name)")
        }
        return unsafe found.pointee.gr_gid
    }

    /// Calls a closure with a path as an address; the path fits.
    static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8.prefix(107)) }
        return unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe body(pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
