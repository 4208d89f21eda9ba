/// A form of URI (RFC 6570, levels 1 and 2) that URIs are read by; pure.
struct URITemplate: Sendable, Hashable {
    private enum Part: Sendable, Hashable {
        case literal(String)
        case variable(String, crossesSlashes: Bool)
    }

    /// URIs longer than this have no resource.
    private static let longest = 8192

    let text: String
    private let parts: [Part]

    /// Reads a form; `nil` if it has expressions of another kind, or two without text between them.
    init?(_ text: String) {
        var parts: [Part] = []
        var rest = text[...]
        while !rest.isEmpty {
            guard let open = rest.firstIndex(of: "{") else {
                guard !rest.contains("}") else { return nil }
                parts.append(.literal(String(rest)))
                break
            }
            let literal = rest[..<open]
            guard !literal.contains("}"), let close = rest[open...].firstIndex(of: "}") else { return nil }
            if literal.isEmpty {
                if case .variable? = parts.last { return nil }
            } else {
                parts.append(.literal(String(literal)))
            }
            var name = rest[rest.index(after: open)..<close]
            let crosses = name.first == "+"
            if crosses { name.removeFirst() }
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isNameByte) else { return nil }
            parts.append(.variable(String(name), crossesSlashes: crosses))
            rest = rest[rest.index(after: close)...]
        }
        guard parts.contains(where: { if case .variable = $0 { true } else { false } }) else { return nil }
        self.text = text
        self.parts = parts
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    var variables: [String] {
        parts.compactMap { if case .variable(let name, _) = $0 { name } else { nil } }
    }

    /// The variables' values in a URI, percent signs resolved; `nil` if it has another form.
    func values(in uri: String) -> [String: String]? {
        guard uri.utf8.count <= Self.longest else { return nil }
        var values: [String: String] = [:]
        var rest = Substring(uri)
        for (index, part) in parts.enumerated() {
            switch part {
            case .literal(let text):
                guard rest.hasPrefix(text) else { return nil }
                rest = rest.dropFirst(text.count)
            case .variable(let name, let crosses):
                // Up to the next text, or where there is none to the end: the shortest value that goes on.
                guard let end = end(of: rest, before: index + 1), end > rest.startIndex else { return nil }
                let value = rest[..<end]
                guard crosses || !value.contains("/"), let decoded = Self.decoded(value) else { return nil }
                values[name] = decoded
                rest = rest[end...]
            }
        }
        return rest.isEmpty ? values : nil
    }

    private func end(of rest: Substring, before index: Int) -> String.Index? {
        guard index < parts.count, case .literal(let text) = parts[index] else { return rest.endIndex }
        // The last text has to be the URI's end.
        if index == parts.count - 1 {
            return rest.hasSuffix(text) ? rest.index(rest.endIndex, offsetBy: -text.count) : nil
        }
        return rest.firstRange(of: text)?.lowerBound
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var source = text.utf8[...]
        while let byte = source.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let digits = String(source.prefix(2)), digits.utf8.count == 2, let value = UInt8(digits, radix: 16)
            else { return nil }
            bytes.append(value)
            source = source.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
