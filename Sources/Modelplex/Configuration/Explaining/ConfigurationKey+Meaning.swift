package import TransportKit

extension ConfigurationKey {
    /// The default, if there is one.
    package var defaultJSON: JSONValue? { defaultValue.flatMap { try? $0.json() } }
}

extension ConfigurationKey.Kind {
    /// What a value may be, with its bounds and its units.
    package var meaning: String {
        switch self {
        case .text(let rule): rule.meaning
        case .choice(let words): "one of \(words.joined(separator: ", "))"
        case .integer(let range):
            range.upperBound == .max
                ? "integer of at least \(range.lowerBound)"
                : "integer from \(range.lowerBound) to \(range.upperBound)"
        case .positiveNumber: "number above 0"
        case .number(let range):
            range.upperBound > 1 ? "number of at least \(Int(range.lowerBound))" : "number from 0 to 1"
        case .boolean: "true or false"
        case .duration(let minimum, let allowsNone):
            "time such as \"500ms\", \"5s\", \"2m\" or \"1h\", or a number of seconds"
                + (minimum > .zero ? "; at least \(Self.written(minimum))" : "")
                + (allowsNone ? "; \"none\" for no limit" : "")
        case .size: "size such as \"512KiB\", \"10MiB\" or \"1MB\", or a number of bytes"
        case .list(.table, let isNonEmpty): "list of tables" + (isNonEmpty ? ", at least one" : "")
        case .list(let element, let isNonEmpty): "list\(isNonEmpty ? ", at least one" : ""); each: \(element.meaning)"
        case .map(let keys, let rule): "table; \(keys.meaning) = \(rule.meaning)"
        case .tables(let keys, _): "table of tables, by \(keys.meaning)"
        case .settings(let reserved): "table of any fields but \(reserved.joined(separator: ", "))"
        case .table: "table"
        case .textOrTable(let rule, let keys):
            "\(rule.meaning); or a table with \(keys.map(\.name).joined(separator: ", "))"
        case .scalarOrTable(let scalar, let keys):
            "\(scalar.meaning); or a table with \(keys.map(\.name).joined(separator: ", "))"
        }
    }

    /// The words that a value may be, if they can be listed.
    package var words: [String]? {
        switch self {
        case .choice(let words): words
        case .boolean: ["true", "false"]
        case .list(let element, _): element.words
        default: nil
        }
    }

    /// The least and the greatest number; `nil` where there is no bound.
    package var bounds: (minimum: Int, maximum: Int?)? {
        switch self {
        case .integer(let range): (range.lowerBound, range.upperBound == .max ? nil : range.upperBound)
        case .number(let range): (Int(range.lowerBound), Int(exactly: range.upperBound))
        default: nil
        }
    }

    /// What a number without a unit counts.
    package var unit: String? {
        switch self {
        case .duration: "seconds"
        case .size: "bytes"
        default: nil
        }
    }

    /// Whether it is made of tables, whose keys say more than its value.
    package var isSection: Bool {
        switch self {
        case .table, .tables, .list(.table, _): true
        default: false
        }
    }

    private static func written(_ time: Duration) -> String {
        let milliseconds = time / .milliseconds(1)
        return milliseconds < 1000 ? "\(Int(milliseconds))ms" : "\(Int(milliseconds / 1000))s"
    }
}

extension ConfigurationKey.TextRule {
    fileprivate var meaning: String {
        switch self {
        case .any, .nonEmpty, .argument: "text"
        case .providerName: "name of 1 to 64 letters, digits, '.', '_' and '-'"
        case .toolServerName: "name of 1 to 32 letters, digits, '_' and '-', without '__'"
        case .baseURL: "https://HOST/PATH, http://HOST/PATH, unix:/PATH.sock or unix:/PATH.sock:/PATH"
        case .toolURL: "https://, http:// or unix:/ address"
        case .listenAddress: "unix:PATH, tcp:HOST:PORT or systemd, with options behind '?'"
        case .listener: "stdio, unix:PATH, tcp:HOST:PORT or systemd"
        case .glob: "name with '*', '?' and '[...]'"
        case .toolPattern: "name with '*' and '?'"
        case .pattern: "regular expression in RE2's syntax"
        case .target: "PROVIDER/MODEL"
        case .unknownModel: "one of error, default:PROVIDER, passthrough"
        case .credential: "${VARIABLE}, file:PATH or store:NAME; never shown"
        case .headerValue, .environmentValue: "text, ${VARIABLE}, file:PATH or store:NAME; never shown"
        case .origin: "origin such as https://app.example.org, or *"
        case .hostName: "host's name"
        case .proxy: "address that begins with http://, https://, socks5:// or socks5h://"
        }
    }
}

extension ConfigurationKey.MapRule {
    fileprivate var meaning: String {
        switch self {
        case .headerNames: "header field"
        case .variableNames: "variable"
        case .modelNames: "model"
        }
    }
}
