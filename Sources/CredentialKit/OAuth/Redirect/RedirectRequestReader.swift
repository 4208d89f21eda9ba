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
        bytes += piece
        guard let end = endOfHead else { return bytes.count >= Self.maximumSize ? .other(.malformed) : .more }
        guard end <= Self.maximumSize, let head = String(validating: bytes[..<end], as: UTF8.self),
            head.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x0D || $0 == 0x0A || $0 == 0x09 })
        else { return .other(.malformed) }
        return read(head)
    }

    private var endOfHead: Int? {
        let mark = Array("\r\n\r\n".utf8)
        guard bytes.count >= mark.count else { return nil }
        return (0...(bytes.count - mark.count)).first { bytes[$0..<($0 + mark.count)].elementsEqual(mark) }
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
