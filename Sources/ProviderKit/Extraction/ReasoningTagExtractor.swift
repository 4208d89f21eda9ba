/// Tells a model's thoughts from its answer where both come as one text, as in `<think>…</think>Hello`.
///
/// It is a pure state machine: push text as it comes, split anywhere, and take the pieces that are certain by then. At most
/// a part of a tag, and white space before the first one, is held back. A tag counts only at the start of the answer unless
/// ``Options/findsTagsAnywhere`` says otherwise, so that an answer that speaks about `<think>` stays whole. White space
/// right after a tag, and before the first one, belongs to the tag. Thoughts that are never closed are thoughts to the end.
///
/// ```swift
/// var extractor = ReasoningTagExtractor()
/// extractor.consume("<think>The user gre") // [.reasoning("The user gre")]
/// extractor.consume("ets.</thi")           // [.reasoning("ets.")]
/// extractor.consume("nk>\nHello!")         // [.text("Hello!")]
/// ```
public struct ReasoningTagExtractor: Sendable {
    /// A piece of what a model wrote.
    public enum Piece: Sendable, Hashable {
        /// A piece of the answer.
        case text(String)
        /// A piece of the thoughts before it.
        case reasoning(String)
    }

    /// The marks around thoughts.
    public struct Tag: Sendable, Hashable {
        /// The mark before thoughts.
        public var opening: String
        /// The mark after thoughts.
        public var closing: String

        /// Makes a pair of marks.
        public init(opening: String, closing: String) {
            self.opening = opening
            self.closing = closing
        }

        /// Makes the pair `<name>` and `</name>`.
        public init(name: String) {
            self.init(opening: "<\(name)>", closing: "</\(name)>")
        }
    }

    /// What counts as thoughts.
    public struct Options: Sendable, Hashable {
        /// The marks to look for.
        public var tags: [Tag]
        /// Whether an opening mark counts in the middle of an answer too.
        public var findsTagsAnywhere: Bool
        /// Whether the answer begins with thoughts, as it does where the prompt's template has printed the opening mark.
        public var startsInReasoning: Bool

        /// Makes options.
        public init(
            tags: [Tag] = [Tag(name: "think"), Tag(name: "thinking"), Tag(name: "reasoning")],
            findsTagsAnywhere: Bool = false,
            startsInReasoning: Bool = false
        ) {
            self.tags = tags
            self.findsTagsAnywhere = findsTagsAnywhere
            self.startsInReasoning = startsInReasoning
        }
    }

    private enum State {
        // Nothing but white space so far, here or since the last closing mark.
        case start
        // In thoughts; the index is that of the tag, or nil where any closing mark ends them.
        case reasoning(tag: Int?)
        case text
    }

    // White space before an answer is held back only this far: a tag is not expected behind more.
    private static let longestLeadingSpace = 1024

    private let options: Options
    private let openings: [[UInt8]]
    private let closings: [[UInt8]]
    private var state: State
    // What is undecided: a part of a tag, or white space at the start.
    private var held: [UInt8] = []
    // White space up to the next other byte belongs to the tag before it.
    private var skipsSpace: Bool
    // In a start that the caller says is thoughts, the opening mark may be there all the same.
    private var mayOpenAgain: Bool

    /// Makes an extractor for one answer.
    public init(options: Options = Options()) {
        self.options = options
        // The shortest first, so that where one mark begins another the same one is found however the text is split.
        let tags = options.tags.filter { !$0.opening.isEmpty && !$0.closing.isEmpty }
            .sorted { $0.opening.utf8.count < $1.opening.utf8.count }
        openings = tags.map { Array($0.opening.utf8) }
        closings = tags.map { Array($0.closing.utf8) }
        state = tags.isEmpty ? .text : options.startsInReasoning ? .reasoning(tag: nil) : .start
        skipsSpace = options.startsInReasoning
        mayOpenAgain = options.startsInReasoning
    }

    /// Takes the next text of the answer.
    ///
    /// - Parameter text: What came.
    /// - Returns: What is certain now, in order.
    public mutating func consume(_ text: String) -> [Piece] {
        if case .text = state, !options.findsTagsAnywhere, !skipsSpace {
            return text.isEmpty ? [] : [.text(text)]
        }
        var input = held
        input.append(contentsOf: text.utf8)
        held = []
        return advance(over: input)
    }

    /// Ends the answer.
    ///
    /// - Returns: What was held back.
    public mutating func finish() -> [Piece] {
        defer { held = [] }
        guard !held.isEmpty else { return [] }
        let rest = String(decoding: held, as: UTF8.self)
        if case .reasoning = state { return [.reasoning(rest)] }
        return [.text(rest)]
    }

    private mutating func advance(over input: [UInt8]) -> [Piece] {
        var pieces: [Piece] = []
        var position = 0
        while position < input.count {
            if skipsSpace {
                while position < input.count, input[position].isJSONSpace { position += 1 }
                guard position < input.count else { break }
            }
            switch state {
            case .start: position = start(input, position)
            case .reasoning(let tag): position = readReasoning(input, position, tag: tag, into: &pieces)
            case .text: position = readText(input, position, into: &pieces)
            }
            if !held.isEmpty { break }
        }
        return pieces
    }

    // Decides whether thoughts begin here; gives back where to go on.
    private mutating func start(_ input: [UInt8], _ position: Int) -> Int {
        var first = position
        while first < input.count, input[first].isJSONSpace { first += 1 }
        guard first - position <= Self.longestLeadingSpace else {
            state = .text
            return position
        }
        guard first < input.count else {
            held = Array(input[position...])
            return input.count
        }
        switch Marks.match(openings, in: input, at: first) {
        case .whole(let tag):
            open(tag)
            return first + openings[tag].count
        case .part:
            held = Array(input[position...])
            return input.count
        case .none:
            state = .text
            return position
        }
    }

    private mutating func readReasoning(
        _ input: [UInt8],
        _ position: Int,
        tag: Int?,
        into pieces: inout [Piece]
    ) -> Int {
        if mayOpenAgain {
            switch Marks.match(openings, in: input, at: position) {
            case .whole(let tag):
                open(tag)
                return position + openings[tag].count
            case .part:
                held = Array(input[position...])
                return input.count
            case .none: mayOpenAgain = false
            }
        }
        let marks = tag.map { [closings[$0]] } ?? closings.sorted { $0.count < $1.count }
        let (end, mark) = Marks.find(marks, in: input, from: position)
        if end > position {
            pieces.append(.reasoning(String(decoding: input[position..<end], as: UTF8.self)))
            skipsSpace = false
        }
        guard let mark else {
            held = Array(input[end...])
            return input.count
        }
        state = .start
        skipsSpace = true
        return end + marks[mark].count
    }

    private mutating func readText(_ input: [UInt8], _ position: Int, into pieces: inout [Piece]) -> Int {
        let (end, mark) =
            options.findsTagsAnywhere ? Marks.find(openings, in: input, from: position) : (input.count, nil)
        if end > position {
            pieces.append(.text(String(decoding: input[position..<end], as: UTF8.self)))
            skipsSpace = false
        }
        guard let mark else {
            held = Array(input[end...])
            return input.count
        }
        open(mark)
        return end + openings[mark].count
    }

    private mutating func open(_ tag: Int) {
        state = .reasoning(tag: tag)
        skipsSpace = true
        mayOpenAgain = false
    }
}

/// Finds marks in bytes that may end in the middle of one.
enum Marks {
    /// How far a mark is there.
    enum Match: Equatable {
        case whole(Int)
        case part
        case none
    }

    /// Compares the bytes at a position with each mark.
    static func match(_ marks: [[UInt8]], in input: [UInt8], at position: Int) -> Match {
        var isPart = false
        for (index, mark) in marks.enumerated() {
            let length = min(mark.count, input.count - position)
            guard mark.prefix(length).elementsEqual(input[position..<(position + length)]) else { continue }
            if length == mark.count { return .whole(index) }
            isPart = true
        }
        return isPart ? .part : .none
    }

    /// Finds the first mark.
    ///
    /// - Returns: Where it begins and which it is; or where a part of one begins at the very end, or the end.
    static func find(_ marks: [[UInt8]], in input: [UInt8], from start: Int) -> (position: Int, mark: Int?) {
        for position in start..<input.count where marks.contains(where: { $0.first == input[position] }) {
            switch match(marks, in: input, at: position) {
            case .whole(let mark): return (position, mark)
            case .part: return (position, nil)
            case .none: continue
            }
        }
        return (input.count, nil)
    }
}

extension UInt8 {
    /// Whether this is one of the four bytes that JSON takes for white space.
    var isJSONSpace: Bool {
        self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09
    }
}
