/// The part before a resource's URI that says whose it is: `files+file:///a.txt` is `file:///a.txt` of the server "files".
///
/// What stands before the first `+` is the server's label: its name as the beginning of a URI's scheme (RFC 3986 §3.1), in lower case, as
/// clients may put schemes into it. Each server has a label of its own. Templates of URIs (RFC 6570) are told apart in the same way, and so
/// are tasks.
struct ServerLabels: Sendable, Hashable {
    private let labelsByServer: [String: String]
    private let serversByLabel: [String: String]

    /// Gives each server its label.
    ///
    /// - Parameter servers: The servers' names.
    init(_ servers: [String]) {
        var byServer: [String: String] = [:]
        var byLabel: [String: String] = [:]
        let sorted = servers.sorted()
        // Whatever order they come in, one that keeps its name goes before one whose name has to be changed.
        for server in sorted.filter({ Self.mapped($0) == $0 }) + sorted where byServer[server] == nil {
            var label = Self.mapped(server)
            var attempt = 0
            while byLabel[label] != nil {
                label = "\(Self.mapped(server))-\(Self.hash("\(server)\u{0}\(attempt)"))"
                attempt += 1
            }
            byServer[server] = label
            byLabel[label] = server
        }
        labelsByServer = byServer
        serversByLabel = byLabel
    }

    func label(of server: String) -> String? { labelsByServer[server] }

    /// The server of a URI or a task, and its own name for that.
    func split(_ text: String) -> (server: String, rest: String)? {
        guard let plus = text.firstIndex(of: "+"), let server = serversByLabel[text[..<plus].lowercased()] else {
            return nil
        }
        return (server, String(text[text.index(after: plus)...]))
    }

    static func join(_ label: String, _ text: String) -> String { "\(label)+\(text)" }

    private static func mapped(_ server: String) -> String {
        let label = String(
            server.unicodeScalars.map { scalar in
                switch scalar {
                case "a"..."z", "0"..."9", ".", "-": Character(scalar)
                case "A"..."Z": Character(scalar.properties.lowercaseMapping)
                default: "-"
                }
            }
        )
        // A scheme begins with a letter.
        guard let first = label.unicodeScalars.first, ("a"..."z").contains(first) else { return "s\(label)" }
        return label
    }

    private static func hash(_ text: String) -> String {
        // FNV-1a: the label has to be the same at each run, which Swift's own hash is not.
        var hash: UInt32 = 0x811C_9DC5
        for byte in text.utf8 { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        return String(hash, radix: 16)
    }
}
