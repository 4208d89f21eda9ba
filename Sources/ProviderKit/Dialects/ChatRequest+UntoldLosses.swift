extension ChatRequest {
    /// Warnings for marks that a dialect has no place for and whose encoder does not come across them: each kind once.
    func warningsOfMarks() -> [Warning] {
        var warnings: [Warning] = []
        if tools.contains(where: { $0.cacheHint != nil }) {
            warnings.append(Warning(.dropped, field: "tools.cacheHint", "the dialect has no cache marks"))
        }
        if let index = tools.firstIndex(where: { $0.isStrict == true }) {
            warnings.append(
                Warning(.dropped, field: "tools[\(index)].isStrict", "the dialect holds no tool to its schema")
            )
        }
        for (index, message) in messages.enumerated() {
            guard let part = message.content.firstIndex(where: { $0.cacheHint != nil }) else { continue }
            let field = "messages[\(index)].content[\(part)].cacheHint"
            warnings.append(Warning(.dropped, field: field, "the dialect has no cache marks"))
            break
        }
        return warnings
    }
}
