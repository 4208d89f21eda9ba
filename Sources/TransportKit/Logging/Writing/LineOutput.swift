internal import CLinux
internal import Glibc

/// Writes lines to a file descriptor.
enum LineOutput {
    /// Writes whole lines, waiting where the descriptor makes it wait.
    ///
    /// One system call does it where the kernel takes the lines whole, so that lines of several threads do not mix. A log
    /// that cannot be written has nowhere to complain: the line is lost.
    static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var position = 0
        while position < bytes.count {
            let written = write(bytes[position...], descriptor)
            if written > 0 {
                position += written
            } else if errno != EINTR {
                return
            }
        }
    }

    /// What a pipe with room takes whole (`PIPE_BUF`).
    private static let pipeBuffer = 4096

    /// Writes whole lines to a file, pipe or terminal that may be full, asking now and then whether to go on waiting.
    ///
    /// - Parameters:
    ///   - bytes: The lines.
    ///   - descriptor: Where they go; its flags are left alone, since it may be another process's too.
    ///   - isRegularFile: Whether it is a file on a disk, which takes any size.
    ///   - isGivenUp: Asked every tenth of a second while there is no room.
    /// - Returns: How many bytes were taken, and the system's error if they are not all.
    static func write(
        _ bytes: ArraySlice<UInt8>,
        to descriptor: Int32,
        isRegularFile: Bool,
        isGivenUp: () -> Bool
    ) -> (count: Int, error: Int32) {
        var position = bytes.startIndex
        while position < bytes.endIndex {
            if !isRegularFile {
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                let ready = unsafe poll(&entry, 1, 100)
                if ready == 0 || (ready < 0 && errno == EINTR) {
                    if isGivenUp() { return (position - bytes.startIndex, ETIMEDOUT) }
                    continue
                }
            }
            let rest = bytes[position...]
            let written = write(isRegularFile ? rest : piece(of: rest), descriptor)
            if written > 0 {
                position += written
            } else if written == 0 || (errno != EINTR && errno != EAGAIN) {
                return (position - bytes.startIndex, written == 0 ? EIO : errno)
            } else if isGivenUp() {
                return (position - bytes.startIndex, ETIMEDOUT)
            }
        }
        return (bytes.count, 0)
    }

    /// As many whole lines as a ready pipe takes without making the writer wait, or a part of a line that is too long for it.
    private static func piece(of bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let piece = bytes.prefix(pipeBuffer)
        guard piece.count < bytes.count, let end = piece.lastIndex(of: .lineFeed) else { return piece }
        return piece[...end]
    }

    private static func write(_ bytes: ArraySlice<UInt8>, _ descriptor: Int32) -> Int {
        unsafe bytes.withUnsafeBytes { buffer in
            unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
        }
    }
}
