internal import CTOML

/// Reads TOML 1.0 into a tree.
enum TOMLReader {
    static func read(_ bytes: [UInt8]) throws(ConfigSyntaxError) -> ConfigValue {
        let document = unsafe bytes.withUnsafeBytes { buffer in
            unsafe ctoml_parse(
                buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
                buffer.count,
                ConfigLimits.depth
            )
        }
        guard let document = unsafe document else {
            throw ConfigSyntaxError(message: "no memory to parse the file")
        }
        defer { unsafe ctoml_free(document) }
        var line: UInt32 = 0
        var column: UInt32 = 0
        if let message = unsafe ctoml_error(document, &line, &column) {
            throw unsafe ConfigSyntaxError(
                message: firstLine(of: String(cString: message)),
                position: .init(line: line, column: column)
            )
        }
        var count = 0
        guard let nodes = unsafe ctoml_nodes(document, &count), count > 0 else {
            return ConfigValue(.table(ConfigTable()))
        }
        guard count <= ConfigLimits.values else { throw ConfigSyntaxError(message: "the file has too many values") }
        var builder = unsafe TreeBuilder(next: nodes)
        return unsafe builder.makeValue()
    }

    // toml++ appends context on further lines.
    private static func firstLine(of text: String) -> String {
        text.split(separator: "\n").first.map(String.init) ?? "invalid TOML"
    }
}

extension ConfigValue.Position {
    fileprivate init?(line: UInt32, column: UInt32) {
        guard line > 0 else { return nil }
        self.init(line: Int(line), column: Int(column))
    }
}

// Makes values of the flat list: a container's node is followed by its children.
@unsafe private struct TreeBuilder {
    var next: UnsafePointer<ctoml_node>

    mutating func makeValue() -> ConfigValue {
        let node = unsafe next.pointee
        unsafe next += 1
        let content: ConfigValue.Content =
            switch unsafe node.kind {
            case CTOML_STRING: unsafe .string(Self.text(of: node))
            case CTOML_INTEGER: unsafe .integer(Int(node.integer))
            case CTOML_FLOAT: unsafe .float(node.number)
            case CTOML_BOOLEAN: unsafe .bool(node.integer != 0)
            case CTOML_ARRAY: unsafe .array((0..<node.length).map { _ in unsafe makeValue() })
            default: unsafe .table(makeTable(count: node.length))
            }
        return unsafe ConfigValue(content, at: .init(line: node.line, column: node.column))
    }

    private mutating func makeTable(count: Int) -> ConfigTable {
        var table = ConfigTable()
        for _ in 0..<count {
            let key = unsafe next.pointee
            unsafe next += 1
            unsafe _ = table.append(
                Self.text(of: key),
                at: .init(line: key.line, column: key.column),
                makeValue()
            )
        }
        return table
    }

    private static func text(of node: ctoml_node) -> String {
        unsafe String(
            decoding: UnsafeRawBufferPointer(start: node.text, count: node.length),
            as: UTF8.self
        )
    }
}
