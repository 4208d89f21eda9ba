internal import Glibc

/// Writes lines to a file descriptor.
enum LineOutput {
    /// Writes a line and its end.
    ///
    /// One system call does it where the kernel takes the line whole, so that lines of several threads do not mix. A log
    /// that cannot be written has nowhere to complain: the line is lost.
    static func write(_ line: String, to descriptor: Int32) {
        var bytes = Array(line.utf8)
        bytes.append(.lineFeed)
        unsafe bytes.withUnsafeBytes { buffer in
            var rest = unsafe buffer[...]
            while unsafe !rest.isEmpty {
                let written = unsafe Glibc.write(
                    descriptor,
                    UnsafeRawBufferPointer(rebasing: rest).baseAddress,
                    rest.count
                )
                if written > 0 {
                    unsafe rest = rest.dropFirst(written)
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}
