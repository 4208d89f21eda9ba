internal import GatewayKit
internal import ProviderKit
internal import RouterKit

extension ConfigurationKey.TextRule {
    /// Looks whether a text keeps the rule.
    ///
    /// - Parameter text: A text with its variables put in.
    /// - Throws: `InvalidText` that says what was expected, without the text.
    func check(_ text: String) throws(InvalidText) {
        switch self {
        case .any, .argument:
            try refuse(text.utf8.contains(0), "a null character")
        case .environmentValue:
            try refuse(text.utf8.contains(0), "a null character")
            try checkReference(text)
        case .nonEmpty:
            try require(!text.isEmpty, "expected text, found nothing")
            try refuse(text.utf8.contains { $0 < 0x20 || $0 == 0x7F }, "a control character")
        case .credential:
            try require(!text.isEmpty, "the key is empty; leave it out if there is none")
            try refuse(text.utf8.contains { $0 < 0x20 || $0 == 0x7F }, "a control character")
            try checkReference(text)
        case .headerValue:
            try refuse(text.utf8.contains { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7F }, "a control character")
            try checkReference(text)
        case .providerName: try Self.checkName(text, further: "._-", maximum: 64)
        case .toolServerName:
            // Tools are called server__tool, so that a name with __ could not be told apart again.
            try Self.checkName(text, further: "_-", maximum: 32)
            try require(!text.contains("__"), "a name holds no __, which separates server and tool")
        case .baseURL: _ = try BaseURL(parsing: text)
        case .toolURL: _ = try BaseURL(parsing: text, allowsQuery: true)
        case .listener where text == "stdio": break
        case .listenAddress, .listener:
            do {
                _ = try ListenAddress(parsing: text)
            } catch {
                throw InvalidText(error.message)
            }
        case .glob, .pattern: try checkPattern(text)
        case .toolPattern:
            try require((1...256).contains(text.utf8.count), "expected a name with * and ?, of at most 256 bytes")
            try require(!text.contains("[") && !text.contains("]"), "here only * and ? stand for others")
        case .target: _ = try PlexConfiguration.Target(parsing: text)
        case .origin: try Self.checkOrigin(text)
        case .hostName: try Self.checkHostName(text)
        case .proxy: try Self.checkProxy(text)
        case .unknownModel: _ = try RoutingRules.UnknownModel(parsing: text)
        }
    }

    private func require(_ condition: Bool, _ message: String) throws(InvalidText) {
        guard condition else { throw InvalidText(message) }
    }

    private func refuse(_ condition: Bool, _ what: String) throws(InvalidText) {
        guard !condition else { throw InvalidText("the text holds \(what)") }
    }

    private func checkReference(_ text: String) throws(InvalidText) {
        for prefix in ["store:", "file:"] {
            try require(text != prefix, "expected a name after \(prefix)")
        }
    }

    private static func checkName(_ text: String, further: String, maximum: Int) throws(InvalidText) {
        let isAllowed = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: further.utf8.contains(byte)
            }
        }
        guard isAllowed, (1...maximum).contains(text.utf8.count) else {
            let marks = further.map { "`\($0)`" }.joined(separator: " ")
            throw InvalidText("a name has 1 to \(maximum) letters, digits and \(marks)")
        }
    }

    private static func checkOrigin(_ text: String) throws(InvalidText) {
        guard text != "*" else { return }
        let schemes = ["https://", "http://"]
        guard let scheme = schemes.first(where: text.hasPrefix), text.utf8.count > scheme.utf8.count,
            text.dropFirst(scheme.count).utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") })
        else { throw InvalidText("expected an origin such as https://app.example.org, without a path, or *") }
    }

    private static func checkHostName(_ text: String) throws(InvalidText) {
        let isName = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "."), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isName, !text.isEmpty else {
            throw InvalidText("expected a host's name in small letters such as gateway.example.org, without a port")
        }
    }

    private func checkPattern(_ text: String) throws(InvalidText) {
        do {
            if case .pattern = self { _ = try RegularExpression(text) } else { _ = try Glob(text) }
        } catch {
            throw InvalidText(error.text)
        }
    }

    private static func checkProxy(_ text: String) throws(InvalidText) {
        let schemes = ["http://", "https://", "socks5://", "socks5h://"]
        guard let scheme = schemes.first(where: text.hasPrefix) else {
            throw InvalidText("expected an address that begins with http://, https://, socks5:// or socks5h://")
        }
        // The rest of the rules for addresses are the same whatever the scheme.
        _ = try BaseURL(parsing: "https://" + text.dropFirst(scheme.count))
    }
}

extension ConfigurationKey.MapRule {
    /// Looks whether a key of a map keeps the rule.
    func check(_ key: String) throws(InvalidText) {
        switch self {
        case .headerNames:
            let marks = "!#$%&'*+-.^_`|~"
            let isToken = key.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil)
                    || marks.unicodeScalars.contains($0)
            }
            guard isToken, !key.isEmpty else { throw InvalidText("this is no name of a header field") }
        case .variableNames:
            guard !key.isEmpty, !key.contains("="), !key.utf8.contains(0) else {
                throw InvalidText("this is no name of a variable")
            }
        case .modelNames:
            guard !key.isEmpty, !key.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
                throw InvalidText("this is no name of a model")
            }
        }
    }
}

extension PlexConfiguration.Target {
    /// Reads `PROVIDER/MODEL`; the model's own name may hold further slashes.
    init(parsing text: String, weight: Double = 1) throws(InvalidText) {
        guard let slash = text.firstIndex(of: "/"), slash != text.startIndex,
            text.index(after: slash) != text.endIndex
        else { throw InvalidText("expected PROVIDER/MODEL") }
        self.init(
            ProviderID(String(text[..<slash])),
            ModelID(String(text[text.index(after: slash)...])),
            weight: weight
        )
    }
}

extension RoutingRules.UnknownModel {
    /// Reads `error`, `default:PROVIDER` or `passthrough`.
    init(parsing text: String) throws(InvalidText) {
        switch text {
        case "error": self = .error
        case "passthrough": self = .passthrough
        case _ where text.hasPrefix("default:") && text.utf8.count > "default:".utf8.count:
            self = .provider(ProviderID(String(text.dropFirst("default:".count))))
        default: throw InvalidText("expected error, default:PROVIDER or passthrough")
        }
    }
}
