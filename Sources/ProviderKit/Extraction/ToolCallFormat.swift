/// A way in which models write a tool call as text, as a sequence of steps that a ``ToolCallMatcher`` walks.
struct ToolCallFormat: Sendable {
    /// A part of the way a call is written.
    enum Step: Sendable {
        /// These bytes.
        case literal([UInt8])
        /// These bytes at the end, which models sometimes leave out.
        case closing([UInt8])
        /// Any amount of white space.
        case space
        /// A tool's name.
        case name
        /// A JSON value: an object, or a list of them where that is said.
        case json(allowsList: Bool)
        /// Anything up to and with these bytes, the first of which does not come again among them.
        case until([UInt8])
        /// Nothing but further objects up to the end of the answer.
        case onlyObjectsToEnd
    }

    /// What the body tells.
    enum Body: Sendable {
        /// Name and arguments.
        case call
        /// Only the arguments; the name stands before it.
        case arguments
        /// The arguments as elements, one for each; the name stands before it.
        case elements
    }

    var steps: [Step]
    var body: Body

    init(_ body: Body, _ steps: Step...) {
        self.body = body
        self.steps = steps
    }

    /// The byte that the format begins with, unless it stands without a mark.
    var firstByte: UInt8? {
        if case .literal(let bytes) = steps.first { bytes.first } else { nil }
    }

    /// Whether further objects may follow a call of this format without a mark.
    var acceptsFurtherObjects: Bool {
        guard case .literal(let mark) = steps.first else { return true }
        return mark.elementsEqual("<|python_tag|>".utf8)
    }

    /// Whether a byte may begin one of the marked formats: asked of every byte of an answer, so it does not walk the list.
    static func beginsMark(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "<") || byte == UInt8(ascii: "[")
    }

    /// The formats that begin with a mark.
    static let marked: [ToolCallFormat] = [
        // Hermes, Qwen and many others.
        ToolCallFormat(.call, "<tool_call>", .space, .json(allowsList: true), .space, .closing("</tool_call>")),
        // Qwen Coder.
        ToolCallFormat(
            .elements,
            "<tool_call>",
            .space,
            "<function=",
            .name,
            ">",
            .until("</function>"),
            .space,
            .closing("</tool_call>")
        ),
        // GLM.
        ToolCallFormat(.elements, "<tool_call>", .space, .name, .until("</tool_call>")),
        // Llama 3 and Functionary.
        ToolCallFormat(
            .arguments,
            "<function=",
            .name,
            ">",
            .space,
            .json(allowsList: false),
            .space,
            .closing("</function>")
        ),
        ToolCallFormat(.elements, "<function=", .name, ">", .until("</function>")),
        ToolCallFormat(.call, "<|python_tag|>", .space, .json(allowsList: false)),
        // Mistral, before and since version 11 of its template.
        ToolCallFormat(.call, "[TOOL_CALLS]", .space, .json(allowsList: true)),
        ToolCallFormat(.arguments, "[TOOL_CALLS]", .space, .name, "[ARGS]", .space, .json(allowsList: false)),
        ToolCallFormat(
            .arguments,
            "[TOOL_CALLS]",
            .space,
            .name,
            "[CALL_ID]",
            .until("[ARGS]"),
            .space,
            .json(allowsList: false)
        ),
        ToolCallFormat(.arguments, "[TOOL_CALLS]", .space, .name, .space, .json(allowsList: false)),
        // Prompted calls in XML.
        toolUse("arguments"), toolUse("parameters"), toolUse("input"),
    ]

    /// JSON objects that are the whole answer.
    static let bare = ToolCallFormat(.call, .json(allowsList: false), .onlyObjectsToEnd)

    /// A further object after a call of Llama 3.
    static let further = ToolCallFormat(.call, .json(allowsList: false))

    private static func toolUse(_ arguments: String) -> ToolCallFormat {
        ToolCallFormat(
            .arguments,
            "<tool_use>",
            .space,
            "<name>",
            .space,
            .name,
            .space,
            "</name>",
            .space,
            .literal(Array("<\(arguments)>".utf8)),
            .space,
            .json(allowsList: false),
            .space,
            .literal(Array("</\(arguments)>".utf8)),
            .space,
            .closing("</tool_use>")
        )
    }
}

extension ToolCallFormat.Step: ExpressibleByStringLiteral {
    init(stringLiteral value: String) {
        self = .literal(Array(value.utf8))
    }

    static func closing(_ text: StaticString) -> Self { .closing(Array("\(text)".utf8)) }
    static func until(_ text: StaticString) -> Self { .until(Array("\(text)".utf8)) }
}
