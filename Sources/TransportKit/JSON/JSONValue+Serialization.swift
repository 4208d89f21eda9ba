extension JSONValue {
    /// The value as JSON text in UTF-8, without white space.
    public var serialized: [UInt8] {
        var writer = JSONWriter()
        writer.write(self)
        return writer.bytes
    }

    /// The value as JSON text, without white space.
    public var serializedString: String {
        String(decoding: serialized, as: UTF8.self)
    }

    /// The value as JSON text for people to read: two spaces of indentation, each element on its own line.
    ///
    /// - Parameter sortedNames: Whether an object's members stand in the order of their names instead of their own.
    /// - Returns: The text, without a line end behind it.
    public func prettyPrinted(sortedNames: Bool = false) -> String {
        var writer = JSONWriter()
        writer.writePretty(self, sortedNames: sortedNames, indentation: 0)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// Writes JSON text piece by piece, for encoders that need no tree.
package struct JSONWriter {
    /// The text so far.
    package internal(set) var bytes: [UInt8] = []

    package init() {}

    /// Appends a whole value without white space.
    package mutating func write(_ value: JSONValue) {
        switch value {
        case .null: write(raw: "null")
        case .bool(let value): write(raw: value ? "true" : "false")
        case .number(let number): bytes.append(contentsOf: number.text.utf8)
        case .string(let text): write(text)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for index in elements.indices {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(elements[index])
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            for index in object.members.indices {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(object.members[index].name)
                bytes.append(UInt8(ascii: ":"))
                write(object.members[index].value)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// Appends text that is JSON already.
    package mutating func write(raw text: StaticString) {
        bytes.append(raw: text)
    }

    /// Appends a string in quotes; only what must be escaped is.
    package mutating func write(_ text: String) {
        bytes.append(jsonString: text)
    }

    fileprivate mutating func writePretty(_ value: JSONValue, sortedNames: Bool, indentation: Int) {
        switch value {
        case .array(let elements) where !elements.isEmpty:
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                startLine(after: index > 0, indentation: indentation + 1)
                writePretty(element, sortedNames: sortedNames, indentation: indentation + 1)
            }
            startLine(after: false, indentation: indentation)
            bytes.append(UInt8(ascii: "]"))
        case .object(let object) where !object.isEmpty:
            let members = sortedNames ? object.members.sorted { $0.name < $1.name } : object.members
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                startLine(after: index > 0, indentation: indentation + 1)
                write(member.name)
                write(raw: ": ")
                writePretty(member.value, sortedNames: sortedNames, indentation: indentation + 1)
            }
            startLine(after: false, indentation: indentation)
            bytes.append(UInt8(ascii: "}"))
        default: write(value)
        }
    }

    private mutating func startLine(after comma: Bool, indentation: Int) {
        if comma { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indentation * 2))
    }
}

extension [UInt8] {
    /// Appends a whole value without white space.
    package mutating func append(json value: JSONValue) {
        var writer = JSONWriter()
        swap(&writer.bytes, &self)
        writer.write(value)
        swap(&writer.bytes, &self)
    }
}
