internal import Glibc
public import ProviderKit

/// Finds and reads the files of a configuration.
public enum ConfigurationFile {
    /// Finds the configuration file.
    ///
    /// The order is: the file that was asked for, `$PLEX_CONFIG`, `config.toml` in the working directory, and
    /// `modelplex/config.toml` in `$XDG_CONFIG_HOME`, which is `~/.config` if it is not set.
    ///
    /// - Parameters:
    ///   - explicit: The file that the user asked for.
    ///   - environment: The variables.
    ///   - workingDirectory: Where relative paths begin.
    /// - Returns: The file's path, or `nil` if there is none; then defaults hold.
    /// - Throws: `PlexError` of code `notFound` if a file that was asked for does not exist.
    public static func locate(
        explicit: String? = nil,
        environment: [String: String],
        workingDirectory: String = "."
    ) throws(PlexError) -> String? {
        let variable = environment["PLEX_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        if let asked = explicit ?? variable {
            let path = absolute(asked, from: workingDirectory)
            guard exists(path) else {
                let origin = explicit == nil ? " (from PLEX_CONFIG)" : ""
                throw PlexError(.notFound, "there is no configuration file \(asked)\(origin)")
            }
            return path
        }
        return candidates(environment: environment, workingDirectory: workingDirectory).first(where: exists)
    }

    /// The places where a configuration file is looked for when none is asked for, in order.
    ///
    /// - Parameters:
    ///   - environment: The variables.
    ///   - workingDirectory: Where relative paths begin.
    /// - Returns: The paths, whether the files exist or not.
    public static func candidates(environment: [String: String], workingDirectory: String = ".") -> [String] {
        var paths = [absolute("config.toml", from: workingDirectory)]
        // The XDG specification: a relative path is invalid and to be ignored.
        if let base = environment["XDG_CONFIG_HOME"], base.hasPrefix("/") {
            paths.append(base + "/modelplex/config.toml")
        } else if let home = environment["HOME"], !home.isEmpty {
            paths.append(home + "/.config/modelplex/config.toml")
        }
        return paths
    }

    /// Reads a whole file, which errors call by its kind.
    static func contents(of path: String, kind: String = "configuration file") throws(PlexError) -> [UInt8] {
        do {
            return try read(path, limit: ConfigLimits.bytes + 1)
        } catch {
            if error.number == ENOENT { throw PlexError(.notFound, "there is no \(kind) \(path)") }
            let hint: String? =
                switch error.number {
                case EACCES, EPERM: "let this user read it, for example with chmod u+r, or name another \(kind)"
                case EISDIR: "name the file in it"
                default: nil
                }
            var unread = ConfigurationError([
                .init(file: path, message: "cannot be read: \(error.message)", hint: hint)
            ])
            unread.isUnread = true
            throw unread.plexError
        }
    }

    /// Reads a key from a file of its own.
    static func readKey(
        _ name: String,
        relativeTo folder: String
    ) throws(InvalidText) -> ConfigurationBuilder.KeyFile {
        let path = absolute(name, from: folder)
        var bytes: [UInt8]
        do {
            bytes = try read(path, limit: 65_537)
        } catch {
            throw InvalidText("cannot read the key file: \(error.message)")
        }
        guard bytes.count <= 65_536 else { throw InvalidText("the key file is larger than 64 KiB") }
        while bytes.last == UInt8(ascii: "\n") || bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard !bytes.isEmpty else { throw InvalidText("the key file is empty") }
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else { throw InvalidText("the key file holds more than one line of text") }
        let warning = isOpenToOthers(path) ? "others can read the key file; run chmod 600 on it" : nil
        return .init(path: path, text: text, warning: warning)
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func absolute(_ path: String, from folder: String) -> String {
        path.hasPrefix("/") || folder == "." ? path : "\(folder)/\(path)"
    }

    struct ReadError: Error {
        var number: Int32
        var message: String
    }

    /// Reads a file up to a limit.
    static func read(_ path: String, limit: Int) throws(ReadError) -> [UInt8] {
        // Not blocking, so that a named pipe without a writer cannot hold the program.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw readError(errno) }
        defer { _ = close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < limit {
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN {
                // A pipe whose writer, perhaps a program that decrypts the file, is not done yet.
                var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                _ = unsafe poll(&wait, 1, -1)
                continue
            }
            guard count >= 0 else { throw readError(errno) }
            if count == 0 { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        return bytes
    }

    private static func readError(_ number: Int32) -> ReadError {
        let text = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
        return ReadError(number: number, message: text.prefix(1).lowercased() + text.dropFirst())
    }

    private static func exists(_ path: String) -> Bool {
        unsafe access(path, F_OK) == 0
    }

    /// Whether there is a file that may be run.
    static func isProgram(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    private static func isOpenToOthers(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & 0o077 != 0
    }
}
