internal import CLinux
internal import Glibc

/// What a `LogWriter` writes to; used on the writer's thread only.
package protocol LogDestination: Sendable {
    /// Writes whole lines.
    ///
    /// - Parameters:
    ///   - lines: The lines, each with its end.
    ///   - isGivenUp: Asked now and then while the destination takes nothing.
    /// - Returns: How many bytes were taken; the rest is lost.
    func write(_ lines: [UInt8], isGivenUp: () -> Bool) -> Int

    /// Opens anew what may have been moved away.
    func reopen()
}

/// A descriptor that somebody else has opened, such as standard error.
package struct DescriptorDestination: LogDestination {
    private let descriptor: Int32
    private let isRegularFile: Bool

    /// Makes a destination.
    ///
    /// - Parameter descriptor: The descriptor; it must stay open.
    package init(_ descriptor: Int32 = 2) {
        self.descriptor = descriptor
        var status = stat()
        isRegularFile = unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    package func write(_ lines: [UInt8], isGivenUp: () -> Bool) -> Int {
        LineOutput.write(lines[...], to: descriptor, isRegularFile: isRegularFile, isGivenUp: isGivenUp).count
    }

    package func reopen() {}
}
