/// Finds the tool calls that a model writes as text instead of making them over the wire, and takes them out of the text.
///
/// It is a pure state machine: push text as it comes, split anywhere, and take the pieces that are certain by then. It knows
/// what Hermes, Qwen, GLM, Llama 3, Functionary and Mistral models write, and JSON that is the whole answer:
///
///     <tool_call>{"name": "get_weather", "arguments": {"city": "Paris"}}</tool_call>
///     <tool_call><function=get_weather><parameter=city>Paris</parameter></function></tool_call>
///     <tool_call>get_weather<arg_key>city</arg_key><arg_value>Paris</arg_value></tool_call>
///     <function=get_weather>{"city": "Paris"}</function>
///     <|python_tag|>{"name": "get_weather", "parameters": {"city": "Paris"}}
///     [TOOL_CALLS][{"name": "get_weather", "arguments": {"city": "Paris"}}]
///     [TOOL_CALLS]get_weather[ARGS]{"city": "Paris"}
///     <tool_use><name>get_weather</name><arguments>{"city": "Paris"}</arguments></tool_use>
///     {"name": "get_weather", "parameters": {"city": "Paris"}}
///
/// Only calls of the given tools count. All other text comes out unchanged, and so does what is malformed, cut off, longer
/// than ``maximumCallLength``, or in a fenced code block. White space around a call belongs to it where no text stands before.
public struct ToolCallExtractor: Sendable {
    /// A piece of what a model wrote.
    public enum Piece: Sendable, Hashable {
        /// A piece of the answer.
        case text(String)
        /// A call: the tool's name, and its arguments as the JSON text of an object.
        case toolCall(name: String, arguments: String)
    }

    /// The most bytes that a call may be written with.
    public static let maximumCallLength = 1 << 20

    // After this many bytes an attempt that fails is not looked through again, so that hostile text costs linear time.
    private static let rescanLimit = 256
    private static let finalRescanLimit = 4 << 10
    private static let longestLeadingSpace = 1024

    private enum Mode {
        // Nothing but white space so far.
        case start
        // Nothing but white space since a call; after one of Llama 3's a further object may follow.
        case afterCall(acceptsObject: Bool)
        case text
    }

    private let names: ToolNames
    private let decoder: ToolCallDecoder
    private var mode = Mode.start
    private var fence = CodeFenceTracker()
    // Everything that has not come out yet.
    private var buffer: [UInt8] = []
    // Up to here the buffer has been looked at.
    private var position = 0
    private var matchers: [ToolCallMatcher] = []
    private var matchStart = 0

    /// Makes an extractor for one answer.
    ///
    /// - Parameter tools: The tools that the model was told of; with none, all text comes out unchanged.
    public init(tools: [ToolDefinition]) {
        names = ToolNames(tools.map(\.name))
        decoder = ToolCallDecoder(tools: Dictionary(tools.map { ($0.name, $0.parameters) }) { first, _ in first })
    }

    /// Takes the next text of the answer.
    ///
    /// - Parameter text: What came.
    /// - Returns: What is certain now, in order.
    public mutating func consume(_ text: String) -> [Piece] {
        guard !names.isEmpty else { return text.isEmpty ? [] : [.text(text)] }
        buffer.append(contentsOf: text.utf8)
        var pieces: [Piece] = []
        var textStart = 0
        scan(from: &textStart, into: &pieces)
        release(from: textStart, into: &pieces)
        return pieces
    }

    /// Ends the answer.
    ///
    /// - Returns: What was held back.
    public mutating func finish() -> [Piece] {
        var pieces: [Piece] = []
        var textStart = 0
        while !matchers.isEmpty {
            if let calls = matchers.compactMap({ callsWithoutClosing(of: $0) }).first {
                // What follows is white space and a part of the closing mark.
                emit(calls, textStart: &textStart, end: buffer.count, into: &pieces)
            } else if buffer.count - matchStart <= Self.finalRescanLimit {
                giveUp(at: matchStart + 1)
                scan(from: &textStart, into: &pieces)
            } else {
                giveUp(at: buffer.count)
            }
        }
        if case .afterCall = mode { textStart = buffer.count }
        appendText(upTo: buffer.count, from: textStart, into: &pieces)
        buffer = []
        position = 0
        return pieces
    }
}

extension ToolCallExtractor {
    private mutating func scan(from textStart: inout Int, into pieces: inout [Piece]) {
        while position < buffer.count {
            if matchers.isEmpty, !begin(textStart: &textStart) { continue }
            advance(textStart: &textStart, into: &pieces)
        }
    }

    // Looks at one byte outside a call; true if a call may begin with it.
    private mutating func begin(textStart: inout Int) -> Bool {
        let byte = buffer[position]
        if !fence.isInside {
            if ToolCallFormat.beginsMark(byte) {
                for format in ToolCallFormat.marked where format.firstByte == byte {
                    matchers.append(ToolCallMatcher(format))
                }
            }
            if byte == UInt8(ascii: "{") {
                switch mode {
                case .start: matchers.append(ToolCallMatcher(.bare))
                case .afterCall(acceptsObject: true): matchers.append(ToolCallMatcher(.further))
                case .afterCall, .text: break
                }
            }
            if !matchers.isEmpty {
                matchStart = position
                return true
            }
        }
        fence.consume(byte)
        position += 1
        switch mode {
        case .start:
            if !byte.isJSONSpace || position - textStart > Self.longestLeadingSpace { mode = .text }
        case .afterCall(let acceptsObject):
            if byte.isJSONSpace || (acceptsObject && byte == UInt8(ascii: ";")) {
                textStart = position
            } else {
                mode = .text
            }
        case .text: break
        }
        return false
    }

    // Gives the byte at the position to all attempts.
    private mutating func advance(textStart: inout Int, into pieces: inout [Piece]) {
        var index = 0
        while index < matchers.count {
            switch matchers[index].consume(in: buffer[matchStart...], names: names) {
            case .more:
                index += 1
                continue
            case .dead: break
            case .whole(let end):
                guard let calls = decoder.calls(of: matchers[index], in: buffer[matchStart...]) else { break }
                let acceptsObject = matchers[index].format.acceptsFurtherObjects
                emit(calls, textStart: &textStart, end: matchStart + end, into: &pieces)
                mode = .afterCall(acceptsObject: acceptsObject)
                return
            }
            matchers.remove(at: index)
        }
        let length = position + 1 - matchStart
        if matchers.isEmpty || length >= Self.maximumCallLength {
            giveUp(at: length <= Self.rescanLimit ? matchStart + 1 : position)
        } else {
            position += 1
        }
    }

    private func callsWithoutClosing(of matcher: ToolCallMatcher) -> [ToolCallDecoder.Call]? {
        matcher.endWithoutClosing == nil ? nil : decoder.calls(of: matcher, in: buffer[matchStart...])
    }

    // Takes what was tried for text, up to an offset from where the search goes on.
    private mutating func giveUp(at end: Int) {
        for index in matchStart..<end {
            fence.consume(buffer[index])
        }
        matchers = []
        mode = .text
        position = end
    }

    private mutating func emit(
        _ calls: [ToolCallDecoder.Call],
        textStart: inout Int,
        end: Int,
        into pieces: inout [Piece]
    ) {
        if case .text = mode { appendText(upTo: matchStart, from: textStart, into: &pieces) }
        for call in calls {
            pieces.append(.toolCall(name: call.name, arguments: call.arguments))
        }
        matchers = []
        mode = .afterCall(acceptsObject: false)
        textStart = end
        position = end
    }

    // Lets go of the text that is certain.
    private mutating func release(from textStart: Int, into pieces: inout [Piece]) {
        var end = matchers.isEmpty ? position : matchStart
        if case .start = mode { end = textStart }
        if case .afterCall = mode { end = textStart }
        appendText(upTo: end, from: textStart, into: &pieces)
        guard end > 0 else { return }
        buffer.removeFirst(end)
        position -= end
        matchStart -= end
    }

    private func appendText(upTo end: Int, from start: Int, into pieces: inout [Piece]) {
        guard end > start else { return }
        pieces.append(.text(String(decoding: buffer[start..<end], as: UTF8.self)))
    }
}
