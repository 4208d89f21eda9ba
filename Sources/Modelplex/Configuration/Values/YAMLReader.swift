internal import CYAML

/// Reads YAML into a tree, from the events of libyaml; scalars by the core schema of YAML 1.2.
enum YAMLReader {
    static func read(_ bytes: [UInt8]) throws(ConfigSyntaxError) -> ConfigValue {
        var parser = unsafe yaml_parser_t()
        guard unsafe yaml_parser_initialize(&parser) != 0 else {
            throw ConfigSyntaxError(message: "no memory to parse the file")
        }
        defer { unsafe yaml_parser_delete(&parser) }
        return try unsafe bytes.withUnsafeBufferPointer { buffer throws(ConfigSyntaxError) in
            unsafe yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
            unsafe yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
            var builder = YAMLTreeBuilder()
            while !builder.isDone {
                var event = unsafe yaml_event_t()
                guard unsafe yaml_parser_parse(&parser, &event) != 0 else { throw unsafe syntaxError(of: parser) }
                defer { unsafe yaml_event_delete(&event) }
                try unsafe builder.take(YAMLEvent(event), at: .init(event.start_mark))
            }
            // A document with nothing but comments is empty, with and without the three dashes.
            guard let root = builder.root else { return ConfigValue(.table(ConfigTable())) }
            if case .null = root.content { return ConfigValue(.table(ConfigTable())) }
            return root
        }
    }

    private static func syntaxError(of parser: yaml_parser_t) -> ConfigSyntaxError {
        var message = unsafe parser.problem.map { unsafe String(cString: $0) } ?? "invalid YAML"
        if let context = unsafe parser.context {
            message += " (\(unsafe String(cString: context)))"
        }
        return unsafe ConfigSyntaxError(message: message, position: .init(parser.problem_mark))
    }
}

extension ConfigValue.Position {
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}

/// What libyaml reports, as values of our own.
enum YAMLEvent {
    case documentStart, streamEnd, mappingEnd, sequenceEnd, other
    case alias(String)
    case scalar(String, isPlain: Bool, tag: String?, anchor: String?)
    case sequenceStart(tag: String?, anchor: String?)
    case mappingStart(tag: String?, anchor: String?)

    fileprivate init(_ event: yaml_event_t) {
        switch unsafe event.type {
        case YAML_DOCUMENT_START_EVENT: self = .documentStart
        case YAML_STREAM_END_EVENT: self = .streamEnd
        case YAML_MAPPING_END_EVENT: self = .mappingEnd
        case YAML_SEQUENCE_END_EVENT: self = .sequenceEnd
        case YAML_ALIAS_EVENT: self = unsafe .alias(Self.text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            self = unsafe .scalar(
                String(decoding: bytes, as: UTF8.self),
                isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE,
                tag: Self.text(scalar.tag),
                anchor: Self.text(scalar.anchor)
            )
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe event.data.sequence_start
            self = unsafe .sequenceStart(tag: Self.text(start.tag), anchor: Self.text(start.anchor))
        case YAML_MAPPING_START_EVENT:
            let start = unsafe event.data.mapping_start
            self = unsafe .mappingStart(tag: Self.text(start.tag), anchor: Self.text(start.anchor))
        default: self = .other
        }
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        unsafe pointer.map { unsafe String(cString: $0) }
    }
}
