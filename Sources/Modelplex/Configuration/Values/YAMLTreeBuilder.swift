/// Makes a tree of YAML's events, one at a time.
///
/// A pure value: it keeps its own stack, so that depth costs no stack of the thread, and counts what aliases repeat,
/// so that a few lines cannot stand for millions of values.
struct YAMLTreeBuilder {
    private enum Frame {
        case sequence([ConfigValue], Opening)
        // `key` is set between a key and its value.
        case mapping(ConfigTable, key: (text: String, position: ConfigValue.Position)?, Opening)
    }

    private struct Opening {
        var position: ConfigValue.Position
        var anchor: String?
        var countBefore: Int
    }

    private struct Anchored {
        var value: ConfigValue
        var count: Int
    }

    /// The document's value, once it is whole.
    private(set) var root: ConfigValue?
    /// Whether the stream has ended.
    private(set) var isDone = false
    private var stack: [Frame] = []
    private var anchors: [String: Anchored] = [:]
    private var documents = 0
    private var count = 0

    mutating func take(_ event: YAMLEvent, at position: ConfigValue.Position) throws(ConfigSyntaxError) {
        switch event {
        case .streamEnd: isDone = true
        case .documentStart:
            documents += 1
            if documents > 1 { throw error("there is more than one document in the file", position) }
        case .scalar(let text, let isPlain, let tag, let anchor):
            try takeScalar(text, isPlain: isPlain, tag: tag, anchor: anchor, at: position)
        case .alias(let name): try takeAlias(name, at: position)
        case .sequenceStart(let tag, let anchor):
            let opening = try open(tag, allowed: "tag:yaml.org,2002:seq", anchor, at: position)
            stack.append(.sequence([], opening))
        case .mappingStart(let tag, let anchor):
            let opening = try open(tag, allowed: "tag:yaml.org,2002:map", anchor, at: position)
            stack.append(.mapping(ConfigTable(), key: nil, opening))
        case .sequenceEnd, .mappingEnd: try close()
        case .other: break
        }
    }

    private mutating func takeScalar(
        _ text: String,
        isPlain: Bool,
        tag: String?,
        anchor: String?,
        at position: ConfigValue.Position
    ) throws(ConfigSyntaxError) {
        if case .mapping(let table, key: nil, let opening)? = stack.last {
            if let tag, tag != "tag:yaml.org,2002:str" { throw error("a key has the tag \(tag)", position) }
            if isPlain, text == "<<" { throw error("merge keys (<<) are not supported", position) }
            if table[text] != nil { throw error("the key \(text) occurs twice", position) }
            if let anchor { anchors[anchor] = Anchored(value: ConfigValue(.string(text), at: position), count: 1) }
            stack[stack.count - 1] = .mapping(table, key: (text, position), opening)
            return
        }
        guard let content = YAMLScalar.content(of: text, isPlain: isPlain, tag: tag) else {
            throw error("cannot read a value with the tag \(tag ?? "")", position)
        }
        let value = ConfigValue(content, at: position)
        if let anchor { anchors[anchor] = Anchored(value: value, count: 1) }
        try add(value, count: 1, at: position)
    }

    private mutating func takeAlias(_ name: String, at position: ConfigValue.Position) throws(ConfigSyntaxError) {
        guard let anchored = anchors[name] else { throw error("there is no anchor \(name) before this", position) }
        if case .mapping(let table, key: nil, let opening)? = stack.last {
            guard let text = anchored.value.string else { throw error("a key must be a string", position) }
            if table[text] != nil { throw error("the key \(text) occurs twice", position) }
            stack[stack.count - 1] = .mapping(table, key: (text, position), opening)
            return
        }
        guard anchored.value.depth + stack.count <= ConfigLimits.depth else {
            throw error("tables and lists are nested too deep", position)
        }
        try add(anchored.value, count: anchored.count, at: position)
    }

    private mutating func open(
        _ tag: String?,
        allowed: String,
        _ anchor: String?,
        at position: ConfigValue.Position
    ) throws(ConfigSyntaxError) -> Opening {
        if let tag, tag != allowed { throw error("cannot read a value with the tag \(tag)", position) }
        if case .mapping(_, key: nil, _)? = stack.last { throw error("a key must be a string", position) }
        guard stack.count < ConfigLimits.depth else { throw error("tables and lists are nested too deep", position) }
        // An alias inside of the value that it names has no meaning here.
        if let anchor { anchors[anchor] = nil }
        return Opening(position: position, anchor: anchor, countBefore: count)
    }

    private mutating func close() throws(ConfigSyntaxError) {
        guard let frame = stack.popLast() else { return }
        let (content, opening): (ConfigValue.Content, Opening) =
            switch frame {
            case .sequence(let elements, let opening): (.array(elements), opening)
            case .mapping(let table, _, let opening): (.table(table), opening)
            }
        let value = ConfigValue(content, at: opening.position)
        if let anchor = opening.anchor {
            anchors[anchor] = Anchored(value: value, count: count - opening.countBefore + 1)
        }
        try add(value, count: 1, at: opening.position)
    }

    private mutating func add(
        _ value: ConfigValue,
        count added: Int,
        at position: ConfigValue.Position
    ) throws(ConfigSyntaxError) {
        count += added
        guard count <= ConfigLimits.values else { throw error("the file has too many values", position) }
        guard let frame = stack.popLast() else {
            root = value
            return
        }
        switch frame {
        case .sequence(var elements, let opening):
            elements.append(value)
            stack.append(.sequence(elements, opening))
        case .mapping(var table, let key, let opening):
            if let key { _ = table.append(key.text, at: key.position, value) }
            stack.append(.mapping(table, key: nil, opening))
        }
    }

    private func error(_ message: String, _ position: ConfigValue.Position) -> ConfigSyntaxError {
        ConfigSyntaxError(message: message, position: position)
    }
}

extension ConfigValue {
    /// How deep tables and lists are nested in this value.
    fileprivate var depth: Int {
        switch content {
        case .array(let elements): 1 + (elements.lazy.map(\.depth).max() ?? 0)
        case .table(let table): 1 + (table.entries.lazy.map(\.value.depth).max() ?? 0)
        default: 0
        }
    }
}

/// Scalars by the core schema of YAML 1.2: `yes` and `on` are strings.
enum YAMLScalar {
    /// What a scalar stands for, or `nil` if its tag is not of the core schema or does not fit.
    static func content(of text: String, isPlain: Bool, tag: String?) -> ConfigValue.Content? {
        switch tag {
        case nil where !isPlain, "!": return .string(text)
        case nil: return plain(text)
        case "tag:yaml.org,2002:str": return .string(text)
        case "tag:yaml.org,2002:null": if case .null = plain(text) { return .null }
        case "tag:yaml.org,2002:bool": if case .bool(let value) = plain(text) { return .bool(value) }
        case "tag:yaml.org,2002:int": if case .integer(let value) = plain(text) { return .integer(value) }
        case "tag:yaml.org,2002:float":
            switch plain(text) {
            case .float(let value): return .float(value)
            case .integer(let value): return .float(Double(value))
            default: return nil
            }
        default: return nil
        }
        return nil
    }

    /// What a scalar without quotes and tag stands for.
    static func plain(_ text: String) -> ConfigValue.Content {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .float(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .float(-.infinity)
        case ".nan", ".NaN", ".NAN": return .float(.nan)
        default: return number(text) ?? .string(text)
        }
    }

    private static func number(_ text: String) -> ConfigValue.Content? {
        if text.hasPrefix("0x"), let value = digits(text.dropFirst(2), radix: 16) { return .integer(value) }
        if text.hasPrefix("0o"), let value = digits(text.dropFirst(2), radix: 8) { return .integer(value) }
        var rest = text.utf8[...]
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        let whole = takeDigits(&rest)
        if rest.isEmpty, whole > 0 { return Int(text).map { .integer($0) } ?? Double(text).map { .float($0) } }
        var fraction = 0
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = takeDigits(&rest)
        }
        guard whole + fraction > 0 else { return nil }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest.removeFirst()
            if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
            guard takeDigits(&rest) > 0 else { return nil }
        }
        return rest.isEmpty ? Double(text).map { .float($0) } : nil
    }

    private static func digits(_ text: Substring, radix: Int) -> Int? {
        guard let first = text.first, first != "-", first != "+" else { return nil }
        return Int(text, radix: radix)
    }

    private static func takeDigits(_ rest: inout Substring.UTF8View) -> Int {
        let before = rest.count
        while let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { rest.removeFirst() }
        return before - rest.count
    }
}
