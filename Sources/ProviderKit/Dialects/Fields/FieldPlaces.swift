/// Where the messages of a conversation, their parts and the tools stand in their caller's request.
///
/// What is read of a request has one form for all dialects; who wrote it is told of its own fields.
package struct FieldPlaces: Sendable {
    private struct Entry {
        var message: RequestField.Path
        var parts: [RequestField.Path]
        // What stands within a part, where the parts of a tool's result are not one list of the caller's.
        var inner: [Int: [RequestField.Path]] = [:]
    }

    /// What the conversation itself is called here.
    static let conversation = "messages"

    private var entries: [Entry] = []
    private var tools: [RequestField.Path] = []
    private var hostedTools: [RequestField.Path] = []
    /// What the conversation is called in the caller's dialect.
    var conversation = Self.conversation
    /// What the end of a path is in the caller's dialect, such as `.arguments`.
    var words: [String: String] = [:]

    package init() {}

    /// Notes the place of the next message.
    mutating func add(_ message: RequestField, parts: [RequestField]) {
        entries.append(Entry(message: message.place, parts: parts.map(\.place)))
    }

    /// Notes the place of one more part of the last message.
    mutating func addPart(_ part: RequestField) {
        guard !entries.isEmpty else { return }
        entries[entries.count - 1].parts.append(part.place)
    }

    /// Notes the places of what stands within a part of the last message.
    mutating func setInner(_ fields: [RequestField], ofPart part: Int) {
        guard !entries.isEmpty else { return }
        entries[entries.count - 1].inner[part] = fields.map(\.place)
    }

    /// Notes the places of the tools.
    ///
    /// - Parameters:
    ///   - tools: The tools of the request, in its order.
    ///   - hosted: Those that run at the provider, where a request keeps them as one field.
    mutating func setTools(_ tools: [RequestField], hosted: [RequestField] = []) {
        self.tools = tools.map(\.place)
        hostedTools = hosted.map(\.place)
    }

    /// The caller's own path of a field.
    package func path(of field: String) -> String {
        if field == Self.conversation { return conversation }
        if let (index, rest) = Self.element(of: "tools", in: field[...]), tools.indices.contains(index) {
            return tools[index].text + word(rest)
        }
        if let (index, rest) = Self.element(of: "hostedTools", in: field[...]), hostedTools.indices.contains(index) {
            return hostedTools[index].text + rest
        }
        guard let (index, rest) = Self.element(of: "messages", in: field[...]), entries.indices.contains(index) else {
            return field
        }
        let entry = entries[index]
        guard let (part, end) = Self.element(of: ".content", in: rest) else { return entry.message.text + word(rest) }
        guard entry.parts.indices.contains(part) else { return entry.message.text }
        if let inner = entry.inner[part], let (index, rest) = Self.element(of: ".content", in: end),
            inner.indices.contains(index)
        {
            return inner[index].text + word(rest)
        }
        return entry.parts[part].text + word(end)
    }

    // An element's number behind a name, and what comes after it.
    static func element(of name: String, in text: Substring) -> (Int, Substring)? {
        guard text.utf8.starts(with: "\(name)[".utf8), let close = text.firstIndex(of: "]"),
            let index = Int(text[text.index(text.startIndex, offsetBy: name.utf8.count + 1)..<close])
        else { return nil }
        return (index, text[text.index(after: close)...])
    }

    private func word(_ rest: Substring) -> String {
        if let word = words[String(rest)] { return word }
        // A part of a tool's result.
        if let (index, end) = Self.element(of: ".content", in: rest), let word = words[".content"] {
            return "\(word)[\(index)]\(end)"
        }
        return String(rest)
    }

    /// A warning with the caller's own path.
    package func inCallersWords(_ warning: Warning) -> Warning {
        guard !warning.isInCallersWords else { return warning }
        var warning = warning
        warning.field = path(of: warning.field)
        return warning
    }

    /// The warnings with the caller's own paths.
    package func inCallersWords(_ warnings: [Warning]) -> [Warning] {
        warnings.map(inCallersWords)
    }

    /// An error about a field of the conversation as one about the caller's field; a provider's word on its own request is left as it is.
    package func inCallersWords(_ error: PlexError) -> PlexError {
        guard error.status == nil, error.code == .invalidRequest || error.code == .unsupported else { return error }
        var error = error
        let end = error.message.firstRange(of: ": ")?.lowerBound
        let field = error.parameter ?? end.map { String(error.message[..<$0]) } ?? ""
        guard field == Self.conversation || field.hasPrefix("messages[") || field.hasPrefix("tools[") else {
            return error
        }
        let own = path(of: field)
        error.parameter = own
        if let end, error.message[..<end] == field[...] { error.message = own + String(error.message[end...]) }
        return error
    }
}
