internal import TransportKit

// What is written often has writers of its own.
extension [UInt8] {
    /// Appends a server-sent event.
    ///
    /// - Parameters:
    ///   - name: The event's name; `nil`, if it has none.
    ///   - data: Its data.
    mutating func append(event name: StaticString?, _ data: JSONValue) {
        if let name {
            append(raw: "event: ")
            append(raw: name)
            append(raw: "\n")
        }
        append(raw: "data: ")
        append(contentsOf: data.serialized)
        append(raw: "\n\n")
    }

    /// Appends a server-sent event that is named as its data's type, in the manner of Anthropic and of OpenAI's Responses.
    mutating func append(eventOfType type: StaticString, _ members: JSONObject) {
        let head: JSONObject = ["type": .string("\(type)")]
        append(event: type, .object(head.adding(members)))
    }
}
