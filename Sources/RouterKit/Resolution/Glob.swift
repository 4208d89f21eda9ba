/// A pattern with `*` for any text, `?` for any character and `[…]` for one of some characters.
///
/// `[a-z]` has ranges, `[!…]` and `[^…]` have all others; a `]` that comes first stands for itself. Everything else stands
/// for itself too, and the whole text has to match. Matching takes at most the product of both lengths, both bounded.
package struct Glob: Sendable, Hashable {
    private enum Part: Sendable, Hashable {
        case literal(Unicode.Scalar)
        case anyText
        case anyCharacter
        case set([ClosedRange<Unicode.Scalar>], isNegated: Bool)

        func matches(_ scalar: Unicode.Scalar) -> Bool {
            switch self {
            case .literal(let own): own == scalar
            case .anyCharacter: true
            case .set(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
            case .anyText: false
            }
        }
    }

    /// The longest glob, in characters.
    package static let maximumLength = 256

    /// The glob as it was written.
    package let text: String
    private let parts: [Part]

    /// Reads a glob.
    ///
    /// - Parameter text: The glob.
    /// - Throws: `PatternError` that says what is wrong and where.
    package init(_ text: String) throws(PatternError) {
        let scalars = Array(text.unicodeScalars)
        guard !scalars.isEmpty else { throw PatternError("expected a model's name, found nothing") }
        guard scalars.count <= Self.maximumLength else {
            throw PatternError("a glob has at most \(Self.maximumLength) characters")
        }
        var parts: [Part] = []
        var index = 0
        while index < scalars.count {
            switch scalars[index] {
            case "*":
                if parts.last != .anyText { parts.append(.anyText) }
            case "?": parts.append(.anyCharacter)
            case "[": parts.append(try Self.set(scalars, &index))
            case let scalar: parts.append(.literal(scalar))
            }
            index += 1
        }
        self.text = text
        self.parts = parts
    }

    /// Whether a text is more than a plain name.
    package static func isPattern(_ text: String) -> Bool {
        text.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }
    }

    /// How many characters stand for themselves: of two globs that match, the one with more says more.
    package var literalCount: Int {
        parts.count { if case .literal = $0 { true } else { false } }
    }

    /// Whether the whole text matches.
    package func matches(_ text: String) -> Bool {
        let scalars = text.unicodeScalars
        var at = scalars.startIndex
        var part = 0
        // Where to go on if what follows the last `*` does not match: that `*` takes one character more.
        var retry: (part: Int, at: String.UnicodeScalarView.Index)?
        while at < scalars.endIndex {
            if part < parts.count, parts[part] == .anyText {
                part += 1
                retry = (part, at)
            } else if part < parts.count, parts[part].matches(scalars[at]) {
                part += 1
                scalars.formIndex(after: &at)
            } else if let last = retry {
                at = scalars.index(after: last.at)
                part = last.part
                retry = (part, at)
            } else {
                return false
            }
        }
        return parts[part...].allSatisfy { $0 == .anyText }
    }

    // Leaves the index at the closing bracket.
    private static func set(_ scalars: [Unicode.Scalar], _ index: inout Int) throws(PatternError) -> Part {
        let open = index
        index += 1
        let isNegated = index < scalars.count && (scalars[index] == "!" || scalars[index] == "^")
        if isNegated { index += 1 }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while index < scalars.count, scalars[index] != "]" || ranges.isEmpty {
            let low = scalars[index]
            var high = low
            if index + 2 < scalars.count, scalars[index + 1] == "-", scalars[index + 2] != "]" {
                high = scalars[index + 2]
                guard low <= high else { throw PatternError("the range ends before it begins", at: index + 1) }
                index += 2
            }
            ranges.append(low...high)
            index += 1
        }
        guard index < scalars.count else { throw PatternError("[ without a closing ]", at: open + 1) }
        return .set(ranges, isNegated: isNegated)
    }
}
