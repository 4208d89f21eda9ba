import TransportKit

/// Makes calls of what a ``ToolCallMatcher`` found.
struct ToolCallDecoder: Sendable {
    /// A call: a tool's name and its arguments as JSON text.
    struct Call: Sendable, Hashable {
        var name: String
        var arguments: String
    }

    private let tools: [String: JSONValue]

    /// Makes a decoder.
    ///
    /// - Parameter tools: The schema of each tool's arguments, by the tools' names.
    init(tools: [String: JSONValue]) {
        self.tools = tools
    }

    /// The calls of a match; `nil` if any of them is not a call of a known tool.
    ///
    /// - Parameters:
    ///   - matcher: A matcher that has come to its end.
    ///   - bytes: The bytes from where the match begins.
    /// - Returns: The calls in order, at least one.
    func calls(of matcher: ToolCallMatcher, in bytes: ArraySlice<UInt8>) -> [Call]? {
        func slice(_ range: Range<Int>) -> ArraySlice<UInt8> {
            bytes[(bytes.startIndex + range.lowerBound)..<(bytes.startIndex + range.upperBound)]
        }
        let name = matcher.name.map { String(decoding: slice($0), as: UTF8.self) }
        var calls: [Call] = []
        for body in matcher.bodies {
            switch (matcher.format.body, name) {
            case (.arguments, let name?):
                guard let value = try? JSONValue(parsing: Array(slice(body))),
                    let arguments = Self.argumentText(value)
                else { return nil }
                calls.append(Call(name: name, arguments: arguments))
            case (.elements, let name?):
                guard let arguments = arguments(ofElements: slice(body), tool: name) else { return nil }
                calls.append(Call(name: name, arguments: arguments))
            default:
                guard let value = try? JSONValue(parsing: Array(slice(body))), let found = self.calls(in: value)
                else { return nil }
                calls += found
            }
        }
        return calls.isEmpty ? nil : calls
    }

    private func calls(in value: JSONValue) -> [Call]? {
        var calls: [Call] = []
        for element in value.array ?? [value] {
            // OpenAI's form has name and arguments one level down.
            let call = element["name"] == nil ? element["function"] ?? element : element
            guard let name = call["name"]?.string, tools[name] != nil,
                let arguments = Self.argumentText(call["arguments"] ?? call["parameters"] ?? [:])
            else { return nil }
            calls.append(Call(name: name, arguments: arguments))
        }
        return calls
    }

    private static func argumentText(_ value: JSONValue) -> String? {
        switch value {
        case .object: value.serializedString
        case .null: "{}"
        case .string(let text):
            // JSON in a string, as on OpenAI's wire.
            (try? JSONValue(parsing: text))?.object == nil ? nil : text
        default: nil
        }
    }
}

extension ToolCallDecoder {
    // The ways in which elements write an argument: what stands before its name, after it, and after its value.
    private static let elementForms: [(opening: String, separator: String, closing: String)] = [
        ("<parameter=", ">", "</parameter>"),
        ("<parameter name=\"", "\">", "</parameter>"),
        ("<arg_key>", "<arg_value>", "</arg_value>"),
    ]

    private func arguments(ofElements bytes: ArraySlice<UInt8>, tool: String) -> String? {
        var rest = Self.trimmed(bytes)
        var arguments = JSONObject()
        while !rest.isEmpty {
            guard let form = Self.elementForms.first(where: { rest.starts(with: $0.opening.utf8) }) else { return nil }
            rest = rest.dropFirst(form.opening.utf8.count)
            guard let separator = Self.range(of: form.separator, in: rest) else { return nil }
            var key = Self.trimmed(rest[..<separator.lowerBound])
            if form.opening == "<arg_key>" {
                guard let end = Self.range(of: "</arg_key>", in: key) else { return nil }
                key = Self.trimmed(key[..<end.lowerBound])
            }
            rest = rest[separator.upperBound...]
            guard let closing = Self.range(of: form.closing, in: rest) else { return nil }
            let name = String(decoding: key, as: UTF8.self)
            let value = String(decoding: Self.withoutOuterLineEnds(rest[..<closing.lowerBound]), as: UTF8.self)
            arguments[name] = argument(value, named: name, tool: tool)
            rest = Self.trimmed(rest[closing.upperBound...])
        }
        return JSONValue.object(arguments).serializedString
    }

    // An element says no type: the tool's schema does, and where it does not, what reads as JSON is JSON.
    private func argument(_ text: String, named name: String, tool: String) -> JSONValue {
        let type = tools[tool]?["properties"]?[name]?["type"]
        if type?.string == "string" { return .string(text) }
        return (try? JSONValue(parsing: text)) ?? .string(text)
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let bytes = bytes.drop { $0.isJSONSpace }
        let end = bytes.lastIndex { !$0.isJSONSpace }.map { $0 + 1 } ?? bytes.startIndex
        return bytes[..<end]
    }

    // Templates put a line end around each value; only that one is taken away, since a value may begin with white space.
    private static func withoutOuterLineEnds(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        if bytes.first == 0x0A { bytes.removeFirst() }
        if bytes.last == 0x0A { bytes.removeLast() }
        return bytes
    }

    private static func range(of text: String, in bytes: ArraySlice<UInt8>) -> Range<Int>? {
        let mark = Array(text.utf8)
        guard bytes.count >= mark.count, let first = mark.first else { return nil }
        for start in bytes.startIndex...(bytes.endIndex - mark.count)
        where bytes[start] == first && bytes[start..<(start + mark.count)].elementsEqual(mark) {
            return start..<(start + mark.count)
        }
        return nil
    }
}
