extension ChatRequest {
    /// Warnings for marks that a dialect has no place for and whose encoder does not come across them: each kind once.
    func warningsOfMarks() -> [Warning] {
        var warnings: [Warning] = []
        if let index = tools.firstIndex(where: { $0.cacheHint != nil }) {
            warnings.append(Warning(.dropped, field: "tools[\(index)].cacheHint", "the dialect has no cache marks"))
        }
        if let index = tools.firstIndex(where: { $0.isStrict == true }) {
            warnings.append(
                Warning(.dropped, field: "tools[\(index)].isStrict", "the dialect holds no tool to its schema")
            )
        }
        for (index, message) in messages.enumerated() {
            guard let part = message.content.firstIndex(where: { $0.cacheHint != nil }) else { continue }
            let place = ConversationPlace(message: index).part(part)
            warnings.append(Warning(.dropped, field: "\(place).cacheHint", "the dialect has no cache marks"))
            break
        }
        return warnings
    }

    /// Warnings of what is said of images, files and schemas beside what they hold, where a dialect has no fields for it.
    func warningsOfNotes(namesFiles: Bool) -> [Warning] {
        var warnings: [Warning] = []
        if case .jsonSchema(let format)? = responseFormat, format.description != nil {
            warnings.append(
                Warning(.dropped, field: "responseFormat.description", "the dialect has no words beside a schema")
            )
        }
        // One of a kind is told, as is done with marks: a conversation may hold a hundred.
        var hasDetail = false
        var hasName = namesFiles
        for (index, message) in messages.enumerated() where !hasDetail || !hasName {
            for (part, content) in message.content.enumerated() {
                let place = ConversationPlace(message: index).part(part)
                if !hasDetail, content.hasDetail {
                    hasDetail = true
                    warnings.append(
                        Warning(.dropped, field: "\(place).detail", "the dialect looks at all images alike")
                    )
                }
                if !hasName, case .file(let media) = content.kind, media.filename != nil {
                    hasName = true
                    warnings.append(Warning(.dropped, field: "\(place).filename", "the dialect has no names of files"))
                }
            }
        }
        return warnings
    }
}

extension ContentPart {
    // What a provider decides itself is no wish.
    fileprivate var hasDetail: Bool {
        switch kind {
        case .image(let media): media.detail != nil && media.detail != "auto"
        case .toolResult(let result): result.content.contains(where: \.hasDetail)
        default: false
        }
    }
}
