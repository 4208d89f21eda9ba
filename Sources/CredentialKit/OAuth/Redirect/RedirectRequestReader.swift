/// Reads the one request that a browser makes when it is sent back: a GET without a body, and nothing else.
struct RedirectRequestReader {
    enum Outcome: Hashable {
        /// The head is not whole yet.
        case more
        /// It is the browser, sent back with this query.
        case query(String)
        /// It is something else.
        case other(RedirectPage)
    }

    /// The longest head that is read.
    static let maximumSize = 16_384

    let path: String
    let port: UInt16
    private var bytes: [UInt8] = []

    init(path: String, port: UInt16) {
        self.path = path
        self.port = port
    }

    /// Takes what arrived.
    mutating func add(_ piece: some Collection<UInt8>) -> Outcome {
        // Only what is new is looked at, so that a request in single bytes costs no more than one in a piece.
        let start = max(0, bytes.count - 3)
        bytes += piece
        guard let end = endOfHead(from: start) else {
            return bytes.count >= Self.maximumSize ? .other(.malformed) : .more
        }
        guard end <= Self.maximumSize, let head = String(validating: bytes[..<end], as: UTF8.self),
            head.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x0D || $0 == 0x0A || $0 == 0x09 })
        else { return .other(.malformed) }
        return read(head)
    }

    private func endOfHead(from start: Int) -> Int? {
        guard bytes.count >= start + 4 else { return nil }
        return (start...(bytes.count - 4)).first { index in
            bytes[index] == 0x0D && bytes[index + 1] == 0x0A && bytes[index + 2] == 0x0D && bytes[index + 3] == 0x0A
        }
    }

    private func read(_ head: String) -> Outcome {
        let lines = head.utf8.split(separator: UInt8(ascii: "\r"), omittingEmptySubsequences: false).enumerated().map {
            index,
            line in index == 0 ? line : line.first == UInt8(ascii: "\n") ? line.dropFirst() : line
        }
        guard !lines.contains(where: { $0.contains(UInt8(ascii: "\n")) }) else { return .other(.malformed) }
        let parts = lines[0].split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map {
            String(Substring($0))
        }
        guard parts.count == 3, parts[2] == "HTTP/1.1" || parts[2] == "HTTP/1.0", parts[1].hasPrefix("/") else {
            return .other(.malformed)
        }
        guard parts[0] == "GET" else { return .other(.wrongMethod) }
        guard isForThisMachine(lines.dropFirst()) else { return .other(.malformed) }
        let target = parts[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard target[0] == path else { return .other(.notFound) }
        return .query(target.count == 2 ? String(target[1]) : "")
    }

    /// A page of elsewhere whose name was made to lead here is not answered.
    private func isForThisMachine(_ lines: some Sequence<Substring.UTF8View>) -> Bool {
        let hosts = lines.compactMap { line -> String? in
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")),
                Substring(line[..<colon]).lowercased() == "host"
            else { return nil }
            return line[line.index(after: colon)...].filter { $0 != 0x20 && $0 != 0x09 }.reduce(into: "") {
                $0.unicodeScalars.append(Unicode.Scalar($1))
            }
        }
        return hosts == ["127.0.0.1:\(port)"] || hosts == ["localhost:\(port)"]
    }
}
