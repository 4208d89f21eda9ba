package import TransportKit

/// Names and values as forms and queries have them (`application/x-www-form-urlencoded`).
package struct FormParameters: Sendable {
    private var parts: [(name: String, value: Secret)] = []

    package init() {}

    /// Adds a value that is no secret.
    package mutating func add(_ name: String, _ value: String) {
        add(name, Secret(value))
    }

    /// Adds a value.
    package mutating func add(_ name: String, _ value: Secret) {
        parts.append((name, value))
    }

    /// Adds scopes, unless there are none.
    mutating func add(scopes: [String]) {
        if !scopes.isEmpty { add("scope", scopes.joined(separator: " ")) }
    }

    /// Adds each resource (RFC 8707).
    mutating func add(resources: [String]) {
        for resource in resources { add("resource", resource) }
    }

    /// The values, for what must not show them.
    var secrets: [Secret] { parts.map(\.value) }

    /// The first value of a name, as text.
    func text(_ name: String) -> String? {
        parts.first { $0.name == name }?.value.withText { $0 }
    }

    /// The form's body.
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        for (name, value) in parts {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
            bytes += Self.encoded(name.utf8)
            bytes.append(UInt8(ascii: "="))
            value.withBytes { value in
                for index in value.indices { bytes += Self.encoded(CollectionOfOne(value[index])) }
            }
        }
        return bytes
    }

    /// Bytes with all but letters, digits and `-._~` written as `%XX`.
    static func encoded(_ source: some Sequence<UInt8>) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in source {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return bytes
    }

    /// Reads a query or form.
    ///
    /// - Parameter query: What follows the question mark.
    /// - Returns: Names and values; `nil` if it has a broken `%`, what is no UTF-8, a name twice, or very many names.
    static func decoded(_ query: String) -> [String: Secret]? {
        var result: [String: Secret] = [:]
        guard query.utf8.count <= 16_384 else { return nil }
        for part in query.utf8.split(separator: UInt8(ascii: "&")) {
            let halves = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decoded(halves[0]), let value = halves.count == 2 ? decoded(halves[1]) : "",
                result.updateValue(Secret(value), forKey: name) == nil, result.count <= 64
            else { return nil }
        }
        return result
    }

    private static func decoded(_ text: Substring.UTF8View) -> String? {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
