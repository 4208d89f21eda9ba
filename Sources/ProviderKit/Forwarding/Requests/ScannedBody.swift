public import TransportKit

/// A request body of JSON, or a form in several parts, checked and looked through once, with the places of what may have to be changed.
public struct ScannedBody: Sendable, Hashable {
    /// The body as it came.
    public let bytes: [UInt8]
    /// The text of `model`, if it is one.
    public let model: String?
    /// Whether `stream` is `true`.
    public let isStreaming: Bool
    /// Whether `stream` is `false`, for dialects that stream unless they are told not to.
    public let refusesStreaming: Bool
    /// Whether `stream_options` asks for a stream's usage.
    public let asksForUsage: Bool
    /// Whether the request offers tools.
    public let hasTools: Bool

    /// Whether it is a form in several parts (RFC 7578) and not JSON.
    public let isForm: Bool

    // What a part of a form begins with.
    private let boundary: String
    private let object: Range<Int>
    private let modelPlace: Range<Int>?
    private let options: StreamOptions

    // What stands in `stream_options`; the places are those of values.
    private enum StreamOptions: Hashable {
        case absent
        case null(Range<Int>)
        case object(Range<Int>, includeUsage: Range<Int>?)
        // Not for us to mend: the provider refuses it in its own words.
        case unreadable
    }

    /// Checks a body and looks through it.
    ///
    /// A member that is looked at may be there once only: of two, this program and a provider might not read the same.
    ///
    /// - Parameter bytes: The body; at most 128 levels deep.
    /// - Throws: `JSONError`, if it is no JSON or no object; it says where.
    public init(scanning bytes: [UInt8]) throws(JSONError) {
        var scanner = Self.scanner
        try scanner.scan(bytes.span)
        let members = scanner.members
        for (name, member) in zip(["model", "stream", "stream_options"], members) where member.count > 1 {
            throw JSONError("\"\(name)\" is given \(member.count) times; give it once", offset: member.nameStart)
        }
        self.bytes = bytes
        isForm = false
        boundary = ""
        object = scanner.object
        modelPlace = members[0].count == 0 ? nil : members[0].value
        model = try modelPlace.flatMap { place throws(JSONError) in try Self.text(bytes, place) }
        if members[1].count > 0, !Self.isBooleanOrNull(bytes[members[1].value.lowerBound]) {
            throw JSONError("\"stream\" has to be true or false", offset: members[1].value.lowerBound)
        }
        isStreaming = members[1].count > 0 && bytes[members[1].value.lowerBound] == UInt8(ascii: "t")
        refusesStreaming = members[1].count > 0 && bytes[members[1].value.lowerBound] == UInt8(ascii: "f")
        options = try members[2].count == 0 ? .absent : Self.options(bytes, members[2].value)
        hasTools = members[3].notNull > 0
        if case .object(_, let place?) = options {
            asksForUsage = bytes[place.lowerBound] == UInt8(ascii: "t")
        } else {
            asksForUsage = false
        }
    }

    /// Checks a form and looks through its fields; files are passed over.
    ///
    /// - Parameters:
    ///   - bytes: The body.
    ///   - contentType: Its type, which says what its parts begin with.
    /// - Throws: `JSONError`, if it is no such form, or names the model twice.
    public init(scanningForm bytes: [UInt8], contentType: String) throws(JSONError) {
        guard let boundary = FormScanner.boundary(of: contentType),
            let form = FormScanner(bytes, contentType: contentType)
        else { throw JSONError("the body is no form in several parts with the boundary that its type names") }
        func places(_ name: String) -> [Range<Int>] { form.fields.filter { $0.name == name }.map(\.place) }
        for name in ["model", "stream"] where places(name).count > 1 {
            throw JSONError("\"\(name)\" is given \(places(name).count) times; give it once")
        }
        self.bytes = bytes
        self.boundary = boundary
        isForm = true
        object = 0..<0
        modelPlace = places("model").first
        // Nothing can be written in its place: a part without content may end with its head (RFC 2046, 5.1.1).
        if modelPlace?.isEmpty == true { throw JSONError("\"model\" is empty; name a model") }
        model = modelPlace.map { String(decoding: bytes[$0], as: UTF8.self) }
        isStreaming = places("stream").first.map { bytes[$0].elementsEqual("true".utf8) } ?? false
        refusesStreaming = false
        options = .unreadable
        asksForUsage = false
        hasTools = false
    }

    // The first byte of a value tells its kind.
    private static func isBooleanOrNull(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "t") || byte == UInt8(ascii: "f") || byte == UInt8(ascii: "n")
    }

    private static let scanner = JSONScanner([
        .member("model"), .member("stream"), .member("stream_options"), .member("tools"),
    ])
    private static let optionsScanner = JSONScanner([.member("include_usage")])

    private static func text(_ bytes: [UInt8], _ place: Range<Int>) throws(JSONError) -> String? {
        guard bytes[place.lowerBound] == UInt8(ascii: "\"") else { return nil }
        let inner = bytes[place.lowerBound + 1..<place.upperBound - 1]
        guard inner.contains(UInt8(ascii: "\\")) else { return String(decoding: inner, as: UTF8.self) }
        return try JSONValue(parsing: bytes.span.extracting(place)).string
    }

    private static func options(_ bytes: [UInt8], _ place: Range<Int>) throws(JSONError) -> StreamOptions {
        switch bytes[place.lowerBound] {
        case UInt8(ascii: "n"): return .null(place)
        case UInt8(ascii: "{"):
            var scanner = optionsScanner
            try scanner.scan(bytes.span.extracting(place))
            let member = scanner.members[0]
            guard member.count <= 1 else {
                throw JSONError(
                    "\"stream_options.include_usage\" is given \(member.count) times; give it once",
                    offset: place.lowerBound + member.nameStart
                )
            }
            let value = member.value.lowerBound + place.lowerBound..<member.value.upperBound + place.lowerBound
            return .object(place, includeUsage: member.count == 0 ? nil : value)
        default: return .unreadable
        }
    }
}

extension String {
    fileprivate func hasSameBytes(as other: String) -> Bool {
        let (own, others) = (utf8.span, other.utf8.span)
        guard own.count == others.count else { return false }
        for index in own.indices where own[index] != others[index] { return false }
        return true
    }
}

extension ScannedBody {
    /// The body for another model, byte for byte the same but for the model's name and what is added.
    ///
    /// - Parameters:
    ///   - newModel: The model's name, in place of the one in the body.
    ///   - addsUsage: Whether a stream's usage is asked for, where the body does not by itself.
    /// - Returns: The bytes; the very ones that came if nothing has to change.
    public func rewritten(model newModel: String, addingUsage addsUsage: Bool) -> [UInt8] {
        var edits: [(place: Range<Int>, text: [UInt8])] = []
        // Compared as bytes: strings that only look the same would be equal.
        if modelPlace == nil || !(model?.hasSameBytes(as: newModel) ?? false) {
            let text = isForm ? Array(newModel.utf8) : JSONValue.string(newModel).serialized
            let addition = isForm ? partInsertion(text) : insertion(into: object, name: "model", text)
            edits.append(modelPlace.map { ($0, text) } ?? addition)
        }
        if addsUsage, !asksForUsage, let edit = usageEdit { edits.append(edit) }
        guard !edits.isEmpty else { return bytes }
        if edits.count == 2 {
            if edits[1].place.lowerBound < edits[0].place.lowerBound { edits.swapAt(0, 1) }
            // Both are added to an object without members.
            if edits[0].place == edits[1].place, edits[0].text.last != UInt8(ascii: ",") {
                edits[0].text.append(UInt8(ascii: ","))
            }
        }
        var result: [UInt8] = []
        result.reserveCapacity(edits.reduce(bytes.count) { $0 + $1.text.count - $1.place.count })
        var position = 0
        for edit in edits {
            result += bytes[position..<edit.place.lowerBound]
            result += edit.text
            position = edit.place.upperBound
        }
        result += bytes[position...]
        return result
    }

    private static let yes = Array("true".utf8)
    private static let usageOptions = Array(#"{"include_usage":true}"#.utf8)

    private var usageEdit: (place: Range<Int>, text: [UInt8])? {
        switch options {
        case .absent: insertion(into: object, name: "stream_options", Self.usageOptions)
        case .null(let place): (place, Self.usageOptions)
        case .object(_, let value?): (value, Self.yes)
        case .object(let place, nil): insertion(into: place, name: "include_usage", Self.yes)
        case .unreadable: nil
        }
    }

    private func partInsertion(_ value: [UInt8]) -> (place: Range<Int>, text: [UInt8]) {
        let head = "--\(boundary)\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n"
        return (0..<0, Array(head.utf8) + value + [0x0D, 0x0A])
    }

    // Behind the opening brace, so that what is there is not looked through for the last member.
    private func insertion(
        into object: Range<Int>,
        name: String,
        _ value: [UInt8]
    ) -> (place: Range<Int>, text: [UInt8]) {
        let place = object.lowerBound + 1
        let next = bytes[place...].first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        let comma = next == UInt8(ascii: "}") ? "" : ","
        return (place..<place, Array("\"\(name)\":".utf8) + value + Array(comma.utf8))
    }
}
