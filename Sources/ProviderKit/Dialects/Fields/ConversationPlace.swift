extension PlexError {
    /// The error for a conversation of which nothing is left that could be answered.
    static func nothingToAnswer() -> PlexError {
        PlexError(
            .invalidRequest,
            "\(FieldPlaces.conversation): there is no message to answer; add a user message with content",
            parameter: FieldPlaces.conversation
        )
    }
}

/// A place in a conversation, for what is told of it; its words are made only then, since mostly there is nothing to tell.
struct ConversationPlace: CustomStringConvertible {
    private let message: Int
    private var part: Int?
    private var inner: Int?

    /// The place of a message.
    init(message: Int) {
        self.message = message
    }

    /// The place of a part of the message, or of the result of a tool that is here.
    func part(_ index: Int) -> ConversationPlace {
        var place = self
        if part == nil { place.part = index } else { place.inner = index }
        return place
    }

    var description: String {
        let parts = [part, inner].compactMap { $0.map { ".content[\($0)]" } }
        return "messages[\(message)]" + parts.joined()
    }
}
