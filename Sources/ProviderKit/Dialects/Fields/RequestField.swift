internal import TransportKit

/// A value in a caller's request and its place there, for errors that name the place and never the value.
struct RequestField: Sendable {
    // No request has nearly as many; objects are walked member by member, so a hostile one would cost the square of its size.
    private static let maximumMembers = 256

    indirect enum Path: Sendable {
        case root
        case member(Path, String)
        case element(Path, Int)

        var text: String {
            switch self {
            case .root: ""
            case .member(.root, let name): name.asFieldName
            case .member(let parent, let name): "\(parent.text).\(name.asFieldName)"
            case .element(let parent, let index): "\(parent.text)[\(index)]"
            }
        }
    }

    let value: JSONValue
    let place: Path

    /// A whole request.
    init(_ value: JSONValue) {
        self.init(value: value, place: .root)
    }

    private init(value: JSONValue, place: Path) {
        self.value = value
        self.place = place
    }

    /// The field's place, for example `messages[2].content`; `nil` for the request itself.
    var path: String? {
        if case .root = place { nil } else { place.text }
    }

    /// The error for a field that is wrong.
    func invalid(_ reason: String, _ code: PlexError.Code = .invalidRequest) -> PlexError {
        PlexError(code, path.map { "\($0): \(reason)" } ?? "the request's body: \(reason)", parameter: path)
    }

    /// The error for a field that only some providers know what to do with.
    func unsupported(_ reason: String) -> PlexError {
        invalid(reason, .unsupported)
    }

    private func expect<T>(_ found: T?, _ expected: String) throws(PlexError) -> T {
        guard let found else { throw invalid("expected \(expected), found \(value.kindDescription)") }
        return found
    }
}

// This value itself.
extension RequestField {
    func string() throws(PlexError) -> String { try expect(value.string, "a string") }
    func double() throws(PlexError) -> Double { try expect(value.double, "a number") }
    func int() throws(PlexError) -> Int { try expect(value.int, "an integer") }
    func bool() throws(PlexError) -> Bool { try expect(value.bool, "a boolean") }
    func object() throws(PlexError) -> JSONObject { try expect(value.object, "an object") }

    func nonEmptyString() throws(PlexError) -> String {
        let text = try string()
        guard !text.isEmpty else { throw invalid("must not be empty") }
        return text
    }

    func positiveInt() throws(PlexError) -> Int {
        let number = try int()
        guard number > 0 else { throw invalid("must be at least 1") }
        return number
    }

    /// The elements, or this value itself where a text stands for a list of parts.
    var parts: [RequestField] {
        guard let array = value.array else { return [self] }
        return array.indices.map { RequestField(value: array[$0], place: .element(place, $0)) }
    }

    /// The elements, each with its place.
    func elements() throws(PlexError) -> [RequestField] {
        let array = try expect(value.array, "an array")
        return array.indices.map { RequestField(value: array[$0], place: .element(place, $0)) }
    }

    /// The members that are not `null`, each with its name and place.
    func members() throws(PlexError) -> [(name: String, field: RequestField)] {
        try boundedMembers().filter { !$0.value.isNull }.map { member in
            (member.name, RequestField(value: member.value, place: .member(place, member.name)))
        }
    }
}

// Members.
extension RequestField {
    /// A member, or `nil` if it is absent or `null`.
    func optional(_ name: String) throws(PlexError) -> RequestField? {
        guard let member = try object()[name], !member.isNull else { return nil }
        return RequestField(value: member, place: .member(place, name))
    }

    /// A member that must be there.
    func required(_ name: String) throws(PlexError) -> RequestField {
        guard let member = try optional(name) else { throw missing(name) }
        return member
    }

    /// The error for a member that must be there and is not.
    func missing(_ name: String) -> PlexError {
        RequestField(value: .null, place: .member(place, name)).invalid("is missing")
    }

    /// The members, without some and without those that are `null`.
    func rest(without known: [String]) throws(PlexError) -> JSONObject {
        let members = try boundedMembers()
        return JSONObject(uniqueMembers: members.filter { !known.contains($0.name) && !$0.value.isNull })
    }

    private func boundedMembers() throws(PlexError) -> [JSONObject.Member] {
        let members = try object().members
        guard members.count <= Self.maximumMembers else {
            throw invalid("has \(members.count) fields; at most \(Self.maximumMembers) are read")
        }
        return members
    }
}

extension String {
    /// The caller's name of a field, fit for messages and header fields: short, and visible ASCII only.
    var asFieldName: String {
        let isFit = utf8.count <= 64 && utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ",") }
        guard !isFit else { return self }
        return String(
            unicodeScalars.prefix(64).map { scalar in
                (0x21...0x7E).contains(scalar.value) && scalar != "," ? Character(scalar) : "?"
            }
        )
    }
}
