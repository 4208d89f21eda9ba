internal import CJSON

extension JSONValue {
    /// Parses one JSON text.
    ///
    /// Of members with the same name the last one's value wins. An escaped half of a surrogate pair becomes U+FFFD.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8, whole, without a byte order mark.
    ///   - maximumDepth: How deep arrays and objects may be nested; at most 1000.
    /// - Throws: `JSONError` if the bytes are not one JSON text or nested too deep.
    public init(parsing bytes: [UInt8], maximumDepth: Int = 128) throws(JSONError) {
        try self.init(parsing: bytes.span, maximumDepth: maximumDepth)
    }

    /// Parses one JSON text.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8, whole, without a byte order mark.
    ///   - maximumDepth: How deep arrays and objects may be nested; at most 1000.
    /// - Throws: `JSONError` if the bytes are not one JSON text or nested too deep.
    public init(parsing bytes: Span<UInt8>, maximumDepth: Int = 128) throws(JSONError) {
        self = try unsafe bytes.withUnsafeBufferPointer { buffer throws(JSONError) in
            let result = unsafe cjson_parse(buffer.baseAddress, buffer.count, max(0, maximumDepth))
            guard unsafe result.status == CJSON_OK else {
                throw unsafe JSONError(status: result.status, offset: result.error_offset)
            }
            var builder = unsafe TreeBuilder(next: result.nodes)
            return unsafe builder.makeValue()
        }
    }

    /// Parses one JSON text.
    ///
    /// - Parameter text: The JSON text.
    /// - Throws: `JSONError` if the text is not one JSON text.
    public init(parsing text: String) throws(JSONError) {
        try self.init(parsing: Array(text.utf8))
    }
}

// Makes values of the flat list: a container's node is followed by its children.
@unsafe private struct TreeBuilder {
    var next: UnsafePointer<cjson_node>

    mutating func makeValue() -> JSONValue {
        let node = unsafe next.pointee
        unsafe next += 1
        switch UInt32(unsafe node.kind) {
        case CJSON_FALSE.rawValue: return .bool(false)
        case CJSON_TRUE.rawValue: return .bool(true)
        case CJSON_NUMBER.rawValue: return unsafe .number(JSONNumber(uncheckedText: Self.text(of: node)))
        case CJSON_STRING.rawValue: return unsafe .string(Self.text(of: node))
        case CJSON_ARRAY.rawValue:
            var elements: [JSONValue] = []
            let count = Int(unsafe node.length)
            elements.reserveCapacity(count)
            for _ in 0..<count {
                elements.append(unsafe makeValue())
            }
            return .array(elements)
        case CJSON_OBJECT.rawValue: return unsafe .object(makeObject(count: Int(node.length)))
        default: return .null
        }
    }

    private mutating func makeObject(count: Int) -> JSONObject {
        var members: [JSONObject.Member] = []
        members.reserveCapacity(count)
        // Names are compared pair by pair while that is cheap; a hostile object with very many gets an index.
        var index: [String: Int]? = count > 24 ? [:] : nil
        for _ in 0..<count {
            let name = unsafe Self.text(of: next.pointee)
            unsafe next += 1
            let value = unsafe makeValue()
            let known = index == nil ? members.firstIndex { $0.name == name } : index?[name]
            if let known {
                members[known].value = value
            } else {
                index?[name] = members.count
                members.append(JSONObject.Member(name: name, value: value))
            }
        }
        return JSONObject(uniqueMembers: members)
    }

    private static func text(of node: cjson_node) -> String {
        unsafe String(decoding: UnsafeBufferPointer(start: node.text, count: Int(node.length)), as: UTF8.self)
    }
}

extension JSONError {
    init(status: cjson_status, offset: Int64) {
        let message =
            switch status {
            case CJSON_EMPTY: "empty input instead of a JSON value"
            case CJSON_TOO_DEEP: "arrays and objects are nested too deep"
            case CJSON_TOO_LARGE: "the JSON text is too large"
            case CJSON_BAD_UTF8: "the JSON text is not valid UTF-8"
            case CJSON_BAD_STRING: "a string has an invalid escape or an unescaped control character"
            case CJSON_UNCLOSED_STRING: "a string is not closed"
            case CJSON_BAD_NUMBER: "invalid number"
            case CJSON_BAD_LITERAL: "invalid literal"
            case CJSON_TRAILING: "there is more text after the JSON value"
            case CJSON_NO_MEMORY: "no memory to parse the JSON text"
            case CJSON_NO_OBJECT: "expected a JSON object"
            default: "invalid JSON"
            }
        self.init(message, offset: offset < 0 ? nil : Int(offset))
    }
}
