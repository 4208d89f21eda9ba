internal import CLinux
internal import Glibc

/// The process at the other end of a Unix socket, as the kernel tells.
struct SocketOwner: Sendable, Hashable {
    let processID: Int32
    let userID: UInt32
    let groupID: UInt32

    init?(of descriptor: Int32) {
        var owner = (processID: Int32(0), userID: UInt32(0), groupID: UInt32(0))
        var size = socklen_t(MemoryLayout.size(ofValue: owner))
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &owner, &size) == 0 else { return nil }
        (processID, userID, groupID) = owner
    }

    /// The process for a message: its number and its name.
    var processName: String {
        let file = unsafe open("/proc/\(processID)/comm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "process \(processID)" }
        defer { close(file) }
        var name = [UInt8](repeating: 0, count: 64)
        let count = unsafe read(file, &name, name.count)
        let text = String(decoding: name.prefix(max(0, count)).filter { $0 > 0x20 && $0 < 0x7F }, as: UTF8.self)
        return text.isEmpty ? "process \(processID)" : "process \(processID) (\(text))"
    }
}
