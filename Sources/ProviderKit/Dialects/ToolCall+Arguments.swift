internal import TransportKit

extension ToolCall {
    /// The arguments as an object; no text at all stands for no arguments.
    ///
    /// - Throws: `PlexError` with code `invalidRequest` if they are no JSON object.
    func argumentsObject(path: ConversationPlace? = nil) throws(PlexError) -> JSONObject {
        guard arguments.utf8.contains(where: { $0 > 0x20 }) else { return [:] }
        do {
            guard let object = try JSONValue(parsing: arguments).object else {
                throw JSONError("a JSON value that is no object")
            }
            return object
        } catch {
            throw PlexError(
                .invalidRequest,
                "\(path.map { "\($0)." } ?? "")arguments: the arguments of the call of \(name) have to be a JSON object, but there is \(error)",
                underlyingError: error
            )
        }
    }

    /// The arguments as the object that they have to be in an answer; text that is none goes along under a name of its own.
    ///
    /// - Parameters:
    ///   - field: The place of the arguments in the answer.
    ///   - warnings: Where it is told that they are no object.
    /// - Returns: The object.
    func writtenArguments(_ field: @autoclosure () -> String, warnings: inout [Warning]) -> JSONObject {
        do {
            return try argumentsObject()
        } catch {
            let why = "the model's arguments are no JSON object; they stand in \"_text\""
            warnings.append(Warning(.adjusted, field: field(), why))
            return ["_text": .string(arguments)]
        }
    }
}
