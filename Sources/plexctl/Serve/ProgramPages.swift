import Glibc

/// The pages of the program and its libraries that this process has mapped.
enum ProgramPages {
    /// Unmaps the code that was used so far; what is used again is mapped again when it is.
    ///
    /// Most of what a start runs never runs again. The pages stay in the system's cache: coming back costs no reading, and the memory of a
    /// gateway that waits is what it needs for waiting.
    static func unmapCode() {
        guard let maps = unsafe fopen("/proc/self/maps", "re") else { return }
        var ranges: [(start: UInt, end: UInt)] = []
        var line = [CChar](repeating: 0, count: 4096)
        while unsafe fgets(&line, Int32(line.count), maps) != nil {
            // Of some hundred lines a few dozen are code's.
            guard unsafe strstr(line, " r-xp ") != nil else { continue }
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if let range = range(ofCodeIn: text) { ranges.append(range) }
        }
        unsafe fclose(maps)
        for (start, end) in ranges {
            _ = unsafe madvise(UnsafeMutableRawPointer(bitPattern: start), Int(end - start), MADV_DONTNEED)
        }
    }

    /// The addresses of a mapping, if it is code from a file: such pages are never written to, so that nothing is lost with them.
    static func range(ofCodeIn line: String) -> (start: UInt, end: UInt)? {
        // As bytes: as characters this took a third of a start.
        let space = UInt8(ascii: " ")
        let fields = line.utf8.split(separator: space, maxSplits: 5)
        guard fields.count == 6, fields[1].elementsEqual("r-xp".utf8),
            fields[5].first(where: { $0 != space }) == UInt8(ascii: "/")
        else { return nil }
        let bounds = fields[0].split(separator: UInt8(ascii: "-")).map { UInt(Substring($0), radix: 16) }
        guard bounds.count == 2, let start = bounds[0], let end = bounds[1], start < end else { return nil }
        return (start, end)
    }
}
