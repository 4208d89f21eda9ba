internal import CLinux
internal import Glibc

/// Why a log file cannot be used.
package struct LogFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file.
    package var path: String
    /// What the system says.
    package var reason: String

    /// What failed, why, and what to do.
    package var description: String {
        "the log file \(path) cannot be opened: \(reason); name a file in a folder that can be written to"
    }

    static func text(of error: Int32) -> String {
        unsafe strerror(error).map { unsafe String(cString: $0) } ?? "error \(error)"
    }
}

/// An open file at whose end lines are written.
struct LogFile: Sendable {
    private let descriptor: Int32
    /// Whether it is a file on a disk, which can be begun anew, and no pipe or device.
    let isRegular: Bool
    private(set) var size: Int
    /// When it was written last, since 1970; `nil` while it is empty.
    private(set) var lastWrite: Duration?

    init(opening path: String) throws(LogFileError) {
        // Without O_NONBLOCK a named pipe would make the program wait for a reader; on files it means nothing.
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
        descriptor = unsafe open(path, flags, 0o600)
        guard descriptor >= 0 else { throw LogFileError(path: path, reason: LogFileError.text(of: errno)) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            let reason = LogFileError.text(of: errno)
            Glibc.close(descriptor)
            throw LogFileError(path: path, reason: reason)
        }
        isRegular = status.st_mode & S_IFMT == S_IFREG
        size = isRegular ? Int(status.st_size) : 0
        lastWrite = size > 0 ? .seconds(status.st_mtim.tv_sec) : nil
    }

    mutating func write(
        _ lines: ArraySlice<UInt8>,
        at time: Duration,
        isGivenUp: () -> Bool
    ) -> (count: Int, error: Int32) {
        let result = LineOutput.write(lines, to: descriptor, isRegularFile: isRegular, isGivenUp: isGivenUp)
        if isRegular, result.count > 0 {
            size += result.count
            lastWrite = time
        }
        return result
    }

    func close() {
        Glibc.close(descriptor)
    }
}
