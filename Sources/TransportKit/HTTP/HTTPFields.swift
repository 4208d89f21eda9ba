/// Header fields in order; names compare without regard to case (RFC 9110 §5.1).
public struct HTTPFields: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// One header field.
    public struct Field: Sendable, Hashable {
        /// The name as written.
        public var name: String
        /// The value, without surrounding white space.
        public var value: String

        /// Makes a field.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// All fields, in order.
    public private(set) var fields: [Field]

    /// Makes an empty set of fields.
    public init() {
        fields = []
    }

    /// Makes fields from pairs of name and value.
    public init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { Field(name: $0.0, value: $0.1) }
    }

    /// The first value of a name; setting replaces all of that name, `nil` removes them.
    public subscript(_ name: String) -> String? {
        get { fields.first { $0.matches(name) }?.value }
        set {
            guard let newValue else {
                fields.removeAll { $0.matches(name) }
                return
            }
            if let index = fields.firstIndex(where: { $0.matches(name) }) {
                fields[index].value = newValue
                fields[(index + 1)...].removeAll { $0.matches(name) }
            } else {
                fields.append(Field(name: name, value: newValue))
            }
        }
    }

    /// Adds a field, keeping others of the same name.
    public mutating func append(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// Makes room for a number of fields.
    package mutating func reserveCapacity(_ count: Int) {
        fields.reserveCapacity(count)
    }

    /// Adds text to the last field's value, after a space.
    mutating func extendLast(_ text: String) {
        guard let last = fields.indices.last else { return }
        fields[last].value += fields[last].value.isEmpty ? text : " \(text)"
    }

    /// All values of a name, in order.
    public func values(_ name: String) -> [String] {
        fields.filter { $0.matches(name) }.map(\.value)
    }
}

extension HTTPFields.Field {
    /// Whether a name is this field's, without regard to case.
    func matches(_ other: String) -> Bool {
        guard name.utf8.count == other.utf8.count else { return false }
        // As bytes in memory: an iterator over two strings costs five times as much, and a request looks for many names.
        var (name, other) = (name, other)
        return name.withUTF8 { name in
            other.withUTF8 { other in
                for index in name.indices {
                    let (left, right) = unsafe (name[index], other[index])
                    guard left != right else { continue }
                    guard left | 0x20 == right | 0x20, (0x61...0x7A).contains(left | 0x20) else { return false }
                }
                return true
            }
        }
    }
}
