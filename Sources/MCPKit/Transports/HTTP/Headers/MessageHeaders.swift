package import TransportKit

/// The header fields that a message has over Streamable HTTP, in every revision.
package enum MessageHeaders {
    package static let version = "MCP-Protocol-Version"
    package static let method = "Mcp-Method"
    package static let name = "Mcp-Name"
    package static let session = "Mcp-Session-Id"
    package static let lastEvent = "Last-Event-ID"

    /// What both kinds of answer are asked with.
    package static let accept = "application/json, text/event-stream"

    /// The fields of a message that is posted.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - context: What stands beside it.
    ///   - session: The session's id, if the server has given one; it is not sent where each request stands alone.
    /// - Returns: The fields.
    package static func fields(
        for message: JSONRPCMessage,
        _ context: MessageContext,
        session: String?
    ) -> HTTPFields {
        var fields: HTTPFields = ["Content-Type": "application/json", "Accept": accept]
        if let version = context.version { fields.append(self.version, version.rawValue) }
        guard context.version?.isStateless == true else {
            if let session { fields.append(self.session, session) }
            return fields
        }
        switch message {
        case .request(_, let method, let params):
            fields.append(self.method, HeaderText.encoded(method))
            if let name = target(of: method, params) { fields.append(self.name, HeaderText.encoded(name)) }
            for field in context.parameterFields { fields.append(field.name, field.value) }
        case .notification(let method, _): fields.append(self.method, HeaderText.encoded(method))
        case .response, .failure: break
        }
        return fields
    }

    /// What a request is about, which an intermediary may route by.
    static func target(of method: String, _ params: JSONValue?) -> String? {
        switch method {
        case "tools/call", "prompts/get": params?["name"]?.string
        case "resources/read": params?["uri"]?.string
        case "tasks/get", "tasks/update", "tasks/cancel": params?["taskId"]?.string
        default: nil
        }
    }

    /// Whether a text can be a session's id: visible ASCII only.
    package static func isSessionID(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 4096 && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
