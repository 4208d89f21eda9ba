/// What a child process and each of its own children may use; `nil` sets no limit.
public struct ProcessLimits: Sendable, Hashable {
    /// Bytes of address space.
    public var memory: Int?
    /// Seconds on a processor.
    public var processorSeconds: Int?
    /// Open descriptors.
    public var openFiles: Int?
    /// Bytes in a file that it writes.
    public var fileSize: Int?
    /// Processes and threads of its user; other programs of that user count too.
    public var processes: Int?

    /// Makes limits.
    public init(
        memory: Int? = nil,
        processorSeconds: Int? = nil,
        openFiles: Int? = nil,
        fileSize: Int? = nil,
        processes: Int? = nil
    ) {
        self.memory = memory
        self.processorSeconds = processorSeconds
        self.openFiles = openFiles
        self.fileSize = fileSize
        self.processes = processes
    }

    /// The limits as options of `prlimit`, in a fixed order.
    var options: [String] {
        [
            ("as", memory), ("cpu", processorSeconds), ("nofile", openFiles), ("fsize", fileSize), ("nproc", processes),
        ].compactMap { name, value in value.map { "--\(name)=\($0):\($0)" } }
    }
}
