import FoundationEssentials
import Glibc

/// A folder for one test, removed with all that is in it when the last who uses it is done.
final class TestFolder: Sendable {
    /// The folder's path; short, as sockets' paths have to be.
    let path: String

    init() throws {
        var template = Array("/tmp/plex-gateway-XXXXXX".utf8CString)
        let name = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) }.map { unsafe String(cString: $0) }
        }
        guard let name else { throw RigError(description: "cannot make a folder below /tmp: error \(errno)") }
        path = name
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file that only this user can read, and gives its path.
    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        let file = "\(path)/\(name)"
        guard
            FileManager.default.createFile(
                atPath: file,
                contents: Data(text.utf8),
                attributes: [.posixPermissions: 0o600]
            )
        else { throw RigError(description: "cannot write \(file)") }
        return file
    }

    /// What a file holds; nothing if it is not there.
    func read(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: "\(path)/\(name)") ?? Data(), as: UTF8.self)
    }

    /// Whether there is such a file.
    func has(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(path)/\(name)")
    }
}
