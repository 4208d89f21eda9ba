internal import ProviderKit

/// A member of a request's body that tells what the request needs: its name, and what its value has to be.
struct BodyMark: Sendable {
    /// What a value has to be.
    enum Test: Sendable {
        /// This text.
        case text(StaticString)
        /// A text that begins so.
        case prefix(StaticString)
        /// A text that is not `none`.
        case word
        /// `true`, or a text that is not `none`.
        case yes
        /// A number above zero.
        case positive
        /// An object.
        case object
        /// An array that is not empty.
        case list
    }

    /// What a member tells.
    enum Meaning: Sendable {
        /// The model has to be able to do this.
        case needs(Capabilities.Feature)
        /// The same, if the member stands where a look at the whole body finds it.
        case mayNeed(Capabilities.Feature)
        /// To which session the request belongs.
        case session
        /// Media in Base64, which are no text.
        case media
    }

    let name: StaticString
    /// The name's first byte, which tells most names apart.
    let initial: UInt8
    let test: Test
    let meaning: Meaning

    init(_ name: StaticString, _ test: Test, _ meaning: Meaning) {
        self.name = name
        unsafe initial = name.utf8Start.pointee
        self.test = test
        self.meaning = meaning
    }
}

/// The marks of one dialect's requests.
struct BodyMarks: Sendable {
    let marks: [BodyMark]
    /// A bit for each length that a mark's name has: most members are passed over by theirs.
    private let lengths: UInt32

    fileprivate init(_ marks: [BodyMark]) {
        self.marks = marks
        lengths = marks.reduce(0) { $0 | 1 << UInt32($1.name.utf8CodeUnitCount) }
    }

    /// Whether a mark's name has so many bytes, of at most `BodyMark.longestName`.
    func hasName(ofLength length: Int) -> Bool { lengths >> UInt32(length) & 1 == 1 }

    static let none = BodyMarks([])
}

extension BodyMark {
    /// The marks of a dialect's requests.
    ///
    /// - Parameter operation: What is asked for.
    /// - Returns: The marks; none for an operation that has no features to choose a model by.
    static func all(of operation: WireOperation) -> BodyMarks {
        switch operation {
        case .openAIChat: openAIChat
        case .openAIResponses: openAIResponses
        case .anthropicMessages, .anthropicTokenCount: anthropic
        case .ollamaChat, .ollamaGenerate: ollama
        case .geminiGenerate, .geminiTokenCount: gemini
        default: .none
        }
    }

    /// No mark's name is longer.
    static let longestName = 24

    // Tools bring schemas of their own along, whose keys are anybody's words: there a property's value is an object, and
    // `type` is one of JSON Schema's, so that neither is taken for what is meant here.
    private static let tools = BodyMark("tools", .list, .needs(.tools))

    private static let openAIChat = BodyMarks([
        tools,
        BodyMark("type", .text("image_url"), .needs(.vision)),
        BodyMark("type", .text("input_audio"), .needs(.audio)),
        BodyMark("type", .text("file"), .needs(.files)),
        BodyMark("type", .text("json_schema"), .needs(.jsonSchema)),
        BodyMark("reasoning_effort", .word, .needs(.reasoning)),
        BodyMark("url", .prefix("data:"), .media), BodyMark("file_data", .word, .media),
        BodyMark("data", .word, .media),
        BodyMark("session_id", .word, .session), BodyMark("user", .word, .session),
    ])

    private static let openAIResponses = BodyMarks([
        tools,
        BodyMark("type", .text("input_image"), .needs(.vision)),
        BodyMark("type", .text("input_audio"), .needs(.audio)),
        BodyMark("type", .text("input_file"), .needs(.files)),
        BodyMark("type", .text("json_schema"), .needs(.jsonSchema)),
        BodyMark("effort", .word, .needs(.reasoning)),
        BodyMark("image_url", .prefix("data:"), .media), BodyMark("file_data", .word, .media),
        BodyMark("data", .word, .media),
        BodyMark("session_id", .word, .session), BodyMark("user", .word, .session),
    ])

    private static let anthropic = BodyMarks([
        tools,
        BodyMark("type", .text("image"), .needs(.vision)),
        BodyMark("type", .text("document"), .needs(.files)),
        BodyMark("type", .text("json_schema"), .needs(.jsonSchema)),
        BodyMark("type", .text("enabled"), .needs(.reasoning)),
        BodyMark("type", .text("adaptive"), .needs(.reasoning)),
        BodyMark("data", .word, .media),
        BodyMark("user_id", .word, .session),
    ])

    private static let ollama = BodyMarks([
        tools,
        BodyMark("images", .list, .needs(.vision)), BodyMark("images", .list, .media),
        // Schemas of tools may have a property of this name.
        BodyMark("format", .object, .mayNeed(.jsonSchema)),
        BodyMark("think", .yes, .needs(.reasoning)),
    ])

    private static let gemini = BodyMarks([
        tools,
        BodyMark("mimeType", .prefix("image/"), .needs(.vision)),
        BodyMark("mime_type", .prefix("image/"), .needs(.vision)),
        BodyMark("mimeType", .prefix("audio/"), .needs(.audio)),
        BodyMark("mime_type", .prefix("audio/"), .needs(.audio)),
        BodyMark("mimeType", .prefix("application/"), .needs(.files)),
        BodyMark("mime_type", .prefix("application/"), .needs(.files)),
        BodyMark("mimeType", .prefix("video/"), .needs(.files)),
        BodyMark("mime_type", .prefix("video/"), .needs(.files)),
        // Declarations of functions have some of these too.
        BodyMark("responseSchema", .object, .mayNeed(.jsonSchema)),
        BodyMark("response_schema", .object, .mayNeed(.jsonSchema)),
        BodyMark("responseJsonSchema", .object, .mayNeed(.jsonSchema)),
        BodyMark("response_json_schema", .object, .mayNeed(.jsonSchema)),
        BodyMark("thinkingLevel", .word, .needs(.reasoning)),
        BodyMark("thinking_level", .word, .needs(.reasoning)),
        BodyMark("thinkingBudget", .positive, .needs(.reasoning)),
        BodyMark("thinking_budget", .positive, .needs(.reasoning)),
        BodyMark("data", .word, .media),
    ])
}
