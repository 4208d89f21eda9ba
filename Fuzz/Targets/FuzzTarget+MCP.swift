internal import MCPKit
internal import TransportKit

// What servers of tools send, over each of the ways to them.
extension FuzzTarget {
    static let mcp: [FuzzTarget] = [
        FuzzTarget(name: "mcp-message") { bytes throws(Finding) in
            for finding in findings(in: bytes) {
                guard case .message(let message) = finding else { continue }
                try check(findings(in: message.encoded) == [finding], "a message is not what it was")
                try check(!message.encoded.contains(UInt8(ascii: "\n")), "a message holds a line feed")
            }
        },
        FuzzTarget(name: "mcp-lines") { bytes throws(Finding) in
            guard let (rest, cut) = cutting(bytes) else { return }
            try check(lines([rest]) == lines([Array(rest[..<cut]), Array(rest[cut...])]), "a cut changes the lines")
        },
        FuzzTarget(name: "mcp-events") { bytes throws(Finding) in
            guard let (rest, cut) = cutting(bytes) else { return }
            try check(heard([rest]) == heard([Array(rest[..<cut]), Array(rest[cut...])]), "a cut changes the events")
        },
        FuzzTarget(name: "mcp-schema") { bytes throws(Finding) in
            guard let pair = try? JSONValue(parsing: bytes), let schema = pair["schema"],
                let validator = try? SchemaValidator(schema)
            else { return }
            let value = pair["value"] ?? .null
            let first = try? validator.violation(in: value)
            try check(
                "\(String(describing: first))" == "\(String(describing: try? validator.violation(in: value)))",
                "a check differs"
            )
        },
    ]

    /// The bytes behind the first, which says where to cut them.
    private static func cutting(_ bytes: [UInt8]) -> (rest: [UInt8], cut: Int)? {
        guard let first = bytes.first else { return nil }
        let rest = Array(bytes.dropFirst())
        return (rest, rest.isEmpty ? 0 : Int(first) % rest.count)
    }

    private static func findings(in bytes: [UInt8]) -> [JSONRPCDecoder.Finding] {
        var findings: [JSONRPCDecoder.Finding] = []
        JSONRPCDecoder.decode(bytes.span) { findings.append($0) }
        return findings
    }

    private static func lines(_ pieces: [[UInt8]]) -> [JSONRPCDecoder.Finding?] {
        var found: [JSONRPCDecoder.Finding?] = []
        var framer = LineFramer(limit: 1000)
        for piece in pieces {
            framer.feed(piece.span) { piece, text in
                if case .line = piece {
                    JSONRPCDecoder.decode(text) { found.append($0) }
                } else {
                    found.append(JSONRPCID(beginning: text).map { .garbage(id: $0, reason: "too long") })
                }
            }
        }
        return found
    }

    private static func heard(_ pieces: [[UInt8]]) -> [String] {
        var heard: [String] = []
        var reader = EventReader(maximumMessageSize: 1 << 16)
        for piece in pieces {
            reader.append(piece)
            do {
                while let item = try reader.next() { heard.append("\(item) \(reader.lastEventID ?? "")") }
            } catch {
                return heard
            }
        }
        return heard
    }
}
