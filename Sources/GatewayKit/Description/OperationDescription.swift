/// What the description of the interface (OpenAPI 3.1) says of one operation; a route has one or more.
struct OperationDescription: Sendable {
    /// What operations are grouped by.
    enum Tag: String, Sendable, CaseIterable {
        case openAI = "OpenAI"
        case anthropic = "Anthropic"
        case gemini = "Gemini"
        case ollama = "Ollama"
        case tools = "MCP"
        case health = "Health"
        case operation = "Operation"
    }

    /// Something that is sent, either way: its type, and the name of its schema.
    struct Content: Sendable {
        var type: String
        var schema: String

        /// One JSON value.
        static func json(_ schema: String) -> Content { Content(type: "application/json", schema: schema) }
        /// A form in several parts, with files.
        static func form(_ schema: String) -> Content { Content(type: "multipart/form-data", schema: schema) }
        /// A stream of events.
        static let events = Content(type: "text/event-stream", schema: "Events")
        /// A stream of JSON values, one a line.
        static let lines = Content(type: "application/x-ndjson", schema: "Lines")
        /// A text.
        static let text = Content(type: "text/plain", schema: "Text")
        /// A page for people.
        static let page = Content(type: "text/html", schema: "Text")
        /// Whatever the provider sends.
        static let anything = Content(type: "*/*", schema: "Anything")
    }

    /// Something that can be said in the query or in a header field; none of it has to be.
    struct Parameter: Sendable {
        enum Place: String, Sendable { case query, header }

        var name: String
        var place: Place
        var text: String
    }

    /// One of the ways in which it is answered when nothing fails.
    struct Answer: Sendable {
        var status: Int
        var text: String
        var contents: [Content]
    }

    var tag: Tag
    /// What it does, in a line.
    var summary: String
    /// What stands behind the route's path, where that alone does not say what is wanted.
    var ending = ""
    var parameters: [Parameter] = []
    /// The forms that a body may have; none if there is nothing to send.
    var request: [Content] = []
    /// Whether it is nothing without a body.
    var needsBody = true
    var answers: [Answer] = []
    /// The statuses of errors, beside those that everything has.
    var failures: [Int] = []
    /// The schema of errors, where it is not that of the path's dialect.
    var failure: String?
    /// Whether answers tell of the model's provider in their header fields.
    var tellsItsWay = false

    /// An operation that a model does.
    static func ofModel(
        _ tag: Tag,
        _ summary: String,
        ending: String = "",
        parameters: [Parameter] = [],
        _ request: Content...,
        answer: Content...
    ) -> OperationDescription {
        OperationDescription(
            tag: tag,
            summary: summary,
            ending: ending,
            parameters: parameters,
            request: request,
            answers: [Answer(status: 200, text: "The answer", contents: answer)],
            failures: [404, 415, 422, 429, 500, 502, 504],
            tellsItsWay: true
        )
    }

    /// An operation that reads something.
    static func reading(
        _ tag: Tag,
        _ summary: String,
        parameters: [Parameter] = [],
        failures: [Int] = [],
        _ answer: Content
    ) -> OperationDescription {
        OperationDescription(
            tag: tag,
            summary: summary,
            parameters: parameters,
            answers: [Answer(status: 200, text: "What was asked for", contents: [answer])],
            failures: failures
        )
    }

    /// What asking providers for their models can end in.
    static let listingFailures = [404, 429, 500, 502, 504]
}
