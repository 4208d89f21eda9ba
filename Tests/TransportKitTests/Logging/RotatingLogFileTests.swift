import Glibc
import Testing

@testable import TransportKit

@Suite("Rotating log file")
struct RotatingLogFileTests {
    private let folder: ScratchFolder
    private let world = World()

    init() throws {
        folder = try ScratchFolder()
    }

    @Test("A new file is the owner's only, and lines are added to one that is there")
    func opening() throws {
        try write("one\n", to: try file())
        try write("two\n", to: try file())
        #expect(folder.text("log") == "one\ntwo\n")
        #expect(folder.mode("log") == 0o600)
    }

    @Test("A file that would grow too large is put aside, and the oldest is dropped")
    func size() throws {
        let file = try file(.init(maximumSize: 10, isDaily: false, keptFiles: 2))
        try write("1234\n6789\nabcd\n", to: file)
        #expect(folder.files == ["log": "abcd\n", "log.1": "1234\n6789\n"])
        try write("efgh\n", to: file)
        try write("a line longer than a file\n", to: file)
        try write("x\n", to: file)
        #expect(folder.files == ["log": "x\n", "log.1": "a line longer than a file\n", "log.2": "abcd\nefgh\n"])
    }

    @Test("What was in the file before counts")
    func sizeAtStart() throws {
        try write("1234567\n", to: try file())
        try write("abc\n", to: try file(.init(maximumSize: 10, isDaily: false, keptFiles: 1)))
        #expect(folder.files == ["log": "abc\n", "log.1": "1234567\n"])
    }

    @Test("Nothing is kept where nothing is to be kept")
    func keepingNone() throws {
        let file = try file(.init(maximumSize: 4, isDaily: false, keptFiles: 0))
        try write("abc\n", to: file)
        try write("def\n", to: file)
        #expect(folder.files == ["log": "def\n"])
    }

    @Test("Each day has its own file, days without lines have none")
    func days() throws {
        let file = try file(.init(maximumSize: nil, isDaily: true, keptFiles: 3))
        try write("a\n", to: file)
        advance(.seconds(86_399))
        try write("b\n", to: file)
        advance(.seconds(1))
        try write("c\n", to: file)
        advance(.seconds(5 * 86_400))
        try write("d\n", to: file)
        #expect(folder.files == ["log": "d\n", "log.1": "c\n", "log.2": "a\nb\n"])
    }

    @Test("A file of another day that is found at the start is put aside")
    func dayAtStart() throws {
        // The file's own time is the system's, long before the day that the clock shows.
        try write("old\n", to: try file())
        world.time.withLock { $0 = .seconds(86_400 * 40_000) }
        try write("new\n", to: try file(.init(maximumSize: nil, isDaily: true, keptFiles: 1)))
        #expect(folder.files == ["log": "new\n", "log.1": "old\n"])
    }

    @Test("Reopened, it writes to the file that has its name now")
    func reopening() throws {
        let file = try file()
        try write("a\n", to: file)
        try #require(unsafe rename(folder.path("log"), folder.path("moved")) == 0)
        try write("b\n", to: file)
        file.reopen()
        try write("c\n", to: file)
        #expect(folder.files == ["log": "c\n", "moved": "a\nb\n"])
        #expect(world.reports == [])
    }

    @Test("A folder that is not there is an error that names the file and the reason")
    func missingFolder() throws {
        let path = folder.path("no/log")
        let error = try #require(throws: LogFileError.self) { try RotatingLogFile(path: path) }
        #expect(
            "\(error)"
                == "the log file \(path) cannot be opened: No such file or directory; "
                + "name a file in a folder that can be written to"
        )
    }

    @Test("A folder in the file's place is an error")
    func folderAsFile() {
        #expect(throws: LogFileError.self) { try RotatingLogFile(path: folder.path("")) }
    }

    @Test("If it cannot be reopened it goes on in the old file, and says so")
    func reopeningFails() throws {
        let file = try file()
        try write("a\n", to: file)
        try #require(unsafe rename(folder.path("log"), folder.path("moved")) == 0)
        try #require(unsafe mkdir(folder.path("log"), 0o700) == 0)
        file.reopen()
        try write("b\n", to: file)
        #expect(folder.text("moved") == "a\nb\n")
        #expect(world.reports.count == 1)
        _ = unsafe rmdir(folder.path("log"))
    }

    @Test("A full disk loses lines, is told once, and ends nothing")
    func fullDisk() throws {
        let world = world
        let file = try RotatingLogFile(path: "/dev/full", report: { world.report($0) })
        #expect(file.write(Array("a\n".utf8), isGivenUp: { true }) == 0)
        #expect(file.write(Array("b\n".utf8), isGivenUp: { true }) == 0)
        #expect(
            world.reports == [
                "The log file /dev/full cannot be written: No space left on device; lines are dropped until it can."
            ]
        )
    }

    @Test("If it cannot be begun anew it grows on, is told once, and is tried again later")
    func rotationFails() throws {
        let file = try file(.init(maximumSize: 4, isDaily: false, keptFiles: 1))
        try write("abc\n", to: file)
        // A folder that is not empty cannot be overwritten by a file.
        try #require(unsafe mkdir(folder.path("log.1"), 0o700) == 0)
        try #require(unsafe mkdir(folder.path("log.1/x"), 0o700) == 0)
        try write("def\n", to: file)
        try write("ghi\n", to: file)
        #expect(folder.text("log") == "abc\ndef\nghi\n")
        #expect(world.reports.count == 1)
        _ = unsafe rmdir(folder.path("log.1/x"))
        _ = unsafe rmdir(folder.path("log.1"))
        advance(.seconds(61))
        try write("jkl\n", to: file)
        #expect(folder.files == ["log": "jkl\n", "log.1": "abc\ndef\nghi\n"])
        #expect(world.reports.count == 2)
    }

    private func file(
        _ policy: RotatingLogFile.Policy = .init(maximumSize: nil, isDaily: false, keptFiles: 1)
    ) throws -> RotatingLogFile {
        let world = world
        return try RotatingLogFile(
            path: folder.path("log"),
            policy: policy,
            now: { world.time.withLock { $0 } },
            report: { world.report($0) }
        )
    }

    private func write(_ text: String, to file: RotatingLogFile) throws {
        try #require(file.write(Array(text.utf8), isGivenUp: { true }) == text.utf8.count)
    }

    private func advance(_ duration: Duration) {
        world.time.withLock { $0 += duration }
    }
}

/// The time as the test sets it, and what it was told.
private final class World: Sendable {
    let time = Locked(Duration.seconds(86_400 * 20_000))
    private let texts = Locked<[String]>([])

    var reports: [String] { texts.withLock { $0 } }

    func report(_ text: String) {
        texts.withLock { $0.append(text) }
    }
}

/// A folder of a test's own, removed with it.
private final class ScratchFolder: Sendable {
    private let root: String

    init() throws {
        var template = Array("/tmp/plex-log-XXXXXX".utf8CString)
        try #require(unsafe mkdtemp(&template) != nil)
        root = String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self)
    }

    deinit {
        for name in names { _ = unsafe unlink(path(name)) }
        _ = unsafe rmdir(root)
    }

    func path(_ name: String) -> String { "\(root)/\(name)" }

    /// Each file's content by its name.
    var files: [String: String] {
        Dictionary(uniqueKeysWithValues: names.compactMap { name in text(name).map { (name, $0) } })
    }

    func text(_ name: String) -> String? {
        let descriptor = unsafe open(path(name), O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe read(descriptor, &buffer, buffer.count)
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }

    func mode(_ name: String) -> UInt32 {
        var status = stat()
        _ = unsafe stat(path(name), &status)
        return status.st_mode & 0o777
    }

    private var names: [String] {
        guard let stream = unsafe opendir(root) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
