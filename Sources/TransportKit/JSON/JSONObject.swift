/// The members of a JSON object, in the order in which they came.
///
/// Objects on these wires are small, so a member is found by walking the list.
public struct JSONObject: Sendable {
    /// One member of an object.
    public struct Member: Sendable, Hashable {
        /// The member's name.
        public var name: String
        /// The member's value.
        public var value: JSONValue
    }

    /// All members, each name once.
    public private(set) var members: [Member]

    /// Makes an empty object.
    public init() {
        members = []
    }

    /// Makes an object; the last of members with the same name wins.
    public init(_ elements: some Sequence<(String, JSONValue)>) {
        members = []
        members.reserveCapacity(elements.underestimatedCount)
        for (name, value) in elements {
            self[name] = value
        }
    }

    /// Adopts members whose names are already known to differ.
    package init(uniqueMembers members: [Member]) {
        self.members = members
    }

    /// The value of a member: setting appends or replaces in place, `nil` removes.
    public subscript(_ name: String) -> JSONValue? {
        get { members.first { $0.name == name }?.value }
        set {
            let index = members.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Takes a member out and returns its value.
    public mutating func removeValue(forName name: String) -> JSONValue? {
        guard let index = members.firstIndex(where: { $0.name == name }) else { return nil }
        return members.remove(at: index).value
    }

    /// Whether there is no member.
    public var isEmpty: Bool { members.isEmpty }
    /// The number of members.
    public var count: Int { members.count }
    /// The members' names, in order.
    public var names: [String] { members.map(\.name) }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Makes an object; the last of members with the same name wins.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements)
    }
}

extension JSONObject: CustomStringConvertible {
    /// The object as JSON in one line.
    public var description: String { JSONValue.object(self).serializedString }
}

extension JSONObject: Hashable {
    /// Equal when both have the same members, in whatever order (RFC 8259 §4: objects are unordered).
    public static func == (lhs: JSONObject, rhs: JSONObject) -> Bool {
        lhs.members.count == rhs.members.count && lhs.members.allSatisfy { rhs[$0.name] == $0.value }
    }

    /// Feeds a hash that does not depend on the members' order.
    public func hash(into hasher: inout Hasher) {
        var combined = 0
        for member in members {
            combined ^= member.hashValue
        }
        hasher.combine(combined)
    }
}
