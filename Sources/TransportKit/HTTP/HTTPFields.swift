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
        get {
            firstIndex(of: name).map { fields[$0].value }
        }
        set {
            guard let newValue else {
                fields.removeAll { $0.isNamed(name) }
                return
            }
            if let index = firstIndex(of: name) {
                fields[index].value = newValue
                fields[(index + 1)...].removeAll { $0.isNamed(name) }
            } else {
                fields.append(Field(name: name, value: newValue))
            }
        }
    }

    // Compared where the names stand, without taking fields out.
    private func firstIndex(of name: String) -> Int? {
        let wanted = name.utf8.span
        for index in fields.indices where fields[index].name.utf8.count == wanted.count {
            if HTTPFields.Field.areSame(fields[index].name.utf8.span, wanted) { return index }
        }
        return nil
    }

    /// Adds a field, keeping others of the same name.
    public mutating func append(_ name: consuming String, _ value: consuming String) {
        fields.append(Field(name: name, value: value))
    }

    /// Makes room for a number of fields.
    package mutating func reserveCapacity(_ count: Int) {
        fields.reserveCapacity(count)
    }

    /// Whether these are the same to the last byte; fields that share their memory, as those of one provider's requests do,
    /// are so at a glance.
    func hasSameBytes(as other: HTTPFields) -> Bool {
        guard fields.count == other.fields.count else { return false }
        let isShared = unsafe fields.withUnsafeBufferPointer { left in
            unsafe other.fields.withUnsafeBufferPointer { unsafe left.baseAddress == $0.baseAddress }
        }
        if isShared { return true }
        // Not as strings, for which different bytes can be equal.
        for (left, right) in zip(fields, other.fields) {
            guard left.name.utf8.elementsEqual(right.name.utf8), left.value.utf8.elementsEqual(right.value.utf8) else {
                return false
            }
        }
        return true
    }

    /// Adds text to the last field's value, after a space.
    mutating func extendLast(_ text: String) {
        guard let last = fields.indices.last else { return }
        fields[last].value += fields[last].value.isEmpty ? text : " \(text)"
    }

    /// All values of a name, in order.
    public func values(_ name: String) -> [String] {
        fields.filter { $0.isNamed(name) }.map(\.value)
    }
}

extension HTTPFields.Field {
    /// Whether a name is this field's, without regard to case.
    package func isNamed(_ other: String) -> Bool {
        guard name.utf8.count == other.utf8.count else { return false }
        return Self.areSame(name.utf8.span, other.utf8.span)
    }

    // As bytes in memory: an iterator over two strings costs five times as much, and a request looks for many names.
    @inline(__always)
    fileprivate static func areSame(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
        for index in one.indices {
            let (left, right) = (one[index], other[index])
            guard left != right else { continue }
            guard left | 0x20 == right | 0x20, (0x61...0x7A).contains(left | 0x20) else { return false }
        }
        return true
    }
}
