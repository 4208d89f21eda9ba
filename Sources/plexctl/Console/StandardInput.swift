import Glibc

/// Standard input, as far as a command needs to know it.
struct StandardInput: Sendable {
    /// Whether a person types it.
    var isTerminal: Bool
    /// Reads all of it.
    var readAll: @Sendable () throws(Failure) -> [UInt8]

    /// The standard input of this process.
    static let ofProcess = StandardInput(isTerminal: isatty(STDIN_FILENO) == 1) { () throws(Failure) in
        try FileReader(descriptor: STDIN_FILENO, name: "standard input").readAll(limit: textSizeLimit)
    }
}

/// The most bytes of text that are read from one place: more than any model takes.
let textSizeLimit = 32 << 20

/// Reads files whole, within a limit.
struct FileReader {
    private let descriptor: Int32
    private let name: String

    init(descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: The file's path.
    ///   - limit: The most bytes that it may have.
    /// - Returns: Its bytes.
    /// - Throws: `Failure`, if it cannot be read or is larger.
    static func read(_ path: String, limit: Int = textSizeLimit) throws(Failure) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Failure(.noInput, "cannot open '\(path)': \(systemMessage(errno))")
        }
        defer { close(descriptor) }
        return try FileReader(descriptor: descriptor, name: "'\(path)'").readAll(limit: limit)
    }

    /// Reads what is left.
    func readAll(limit: Int) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                // A directory opens like a file and fails here.
                throw Failure(errno == EISDIR ? .noInput : .inputOutput, "cannot read \(name): \(systemMessage(errno))")
            }
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else {
                throw Failure(.badData, "\(name) is larger than \(limit >> 20) MiB; give a smaller part of it")
            }
            bytes += chunk[..<count]
        }
    }
}
