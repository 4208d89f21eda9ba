import Glibc
import Testing
import TransportKit

/// A folder for one test, removed with it.
final class Scratch: Sendable {
    /// The folder's path.
    let path: String
    private let written = Locked<Set<String>>([])

    init() throws {
        var template = Array("/tmp/plexctl-tests-XXXXXX".utf8CString)
        let name = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) }.map { unsafe String(cString: $0) }
        }
        path = try #require(name)
    }

    deinit {
        for name in written.withLock({ $0 }) { unsafe unlink("\(path)/\(name)") }
        unsafe rmdir(path)
    }

    /// The path of a file that the program will make; it is removed at the end.
    func expect(_ name: String) -> String {
        written.withLock { _ = $0.insert(name) }
        return "\(path)/\(name)"
    }

    /// Writes a file and gives its path.
    func write(_ text: String, to name: String) throws -> String {
        try write(Array(text.utf8), to: name)
    }

    /// Writes a file and gives its path.
    func write(_ bytes: [UInt8], to name: String) throws -> String {
        written.withLock { _ = $0.insert(name) }
        let path = "\(path)/\(name)"
        let file = unsafe try #require(unsafe fopen(path, "w"))
        defer { unsafe fclose(file) }
        let count = unsafe bytes.withUnsafeBytes { unsafe fwrite($0.baseAddress, 1, $0.count, file) }
        try #require(count == bytes.count)
        return path
    }
}
