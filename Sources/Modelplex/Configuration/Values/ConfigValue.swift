/// One value of a configuration file, with the place where it stands.
package struct ConfigValue: Sendable {
    /// What a value is.
    package enum Content: Sendable {
        case null
        case bool(Bool)
        case integer(Int)
        case float(Double)
        case string(String)
        case array([ConfigValue])
        case table(ConfigTable)
    }

    /// A place in a file: line and column, from 1.
    package struct Position: Sendable, Hashable {
        package var line: Int
        package var column: Int
    }

    /// Where a string's text comes from.
    package enum Provenance: Sendable, Hashable {
        /// It stands in the file.
        case literal
        /// Variables were put in, so it may be secret; `template` is what stands in the file.
        case substituted(template: String)
        /// A variable could not be put in; the error is reported already.
        case unresolved
    }

    package var content: Content
    package var position: Position?
    package var provenance = Provenance.literal
    /// The variable that the value was overridden by, if it does not come from the file.
    package var override: String?

    package init(_ content: Content, at position: Position? = nil) {
        self.content = content
        self.position = position
    }
}

/// The entries of a table, in the order in which they came.
package struct ConfigTable: Sendable {
    /// One entry.
    package struct Entry: Sendable {
        package var key: String
        package var keyPosition: ConfigValue.Position?
        package var value: ConfigValue
    }

    /// The entries, each key once.
    package private(set) var entries: [Entry] = []
    private var indices: [String: Int] = [:]

    package init() {}

    /// Appends an entry unless there is one with this key.
    ///
    /// - Returns: Whether the entry is new.
    package mutating func append(
        _ key: String,
        at position: ConfigValue.Position? = nil,
        _ value: ConfigValue
    ) -> Bool {
        guard indices[key] == nil else { return false }
        indices[key] = entries.count
        entries.append(Entry(key: key, keyPosition: position, value: value))
        return true
    }

    /// The value of a key: setting appends or replaces in place, `nil` is ignored.
    package subscript(_ key: String) -> ConfigValue? {
        get { indices[key].map { entries[$0].value } }
        set {
            guard let newValue else { return }
            if let index = indices[key] {
                entries[index].value = newValue
            } else {
                _ = append(key, newValue)
            }
        }
    }
}

extension ConfigValue {
    package var string: String? { if case .string(let value) = content { value } else { nil } }
    package var array: [ConfigValue]? { if case .array(let value) = content { value } else { nil } }
    package var table: ConfigTable? { if case .table(let value) = content { value } else { nil } }

    /// The value of a key, or `nil` if this is no table or has no such key.
    package subscript(_ key: String) -> ConfigValue? { table?[key] }

    /// What this is, for errors; never the value itself.
    package var kindDescription: String {
        switch content {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .float: "a number"
        case .string: "a string"
        case .array: "a list"
        case .table: "a table"
        }
    }
}

extension ConfigValue: Equatable {
    /// Equal when both hold the same, wherever they stand; a table's order does not count.
    package static func == (lhs: ConfigValue, rhs: ConfigValue) -> Bool {
        switch (lhs.content, rhs.content) {
        case (.null, .null): true
        case (.bool(let lhs), .bool(let rhs)): lhs == rhs
        case (.integer(let lhs), .integer(let rhs)): lhs == rhs
        case (.float(let lhs), .float(let rhs)): lhs == rhs || (lhs.isNaN && rhs.isNaN)
        case (.string(let lhs), .string(let rhs)): lhs == rhs
        case (.array(let lhs), .array(let rhs)): lhs == rhs
        case (.table(let lhs), .table(let rhs)):
            lhs.entries.count == rhs.entries.count && lhs.entries.allSatisfy { rhs[$0.key] == $0.value }
        default: false
        }
    }
}

extension ConfigValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self.init(.string(value)) }
    package init(integerLiteral value: Int) { self.init(.integer(value)) }
    package init(booleanLiteral value: Bool) { self.init(.bool(value)) }
    package init(arrayLiteral elements: ConfigValue...) { self.init(.array(elements)) }
    package init(dictionaryLiteral elements: (String, ConfigValue)...) {
        var table = ConfigTable()
        for (key, value) in elements { table[key] = value }
        self.init(.table(table))
    }
}

/// Why a file cannot be read as its format, and where.
package struct ConfigSyntaxError: Error {
    package var message: String
    package var position: ConfigValue.Position?
}

/// The bounds of what is read, so that a hostile file costs little.
package enum ConfigLimits {
    /// The largest file.
    package static let bytes = 1 << 20
    /// How deep tables and lists may be nested.
    package static let depth = 64
    /// The most values of a file, those behind aliases counted each time.
    package static let values = 100_000
}
