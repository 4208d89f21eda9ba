public import TransportKit

/// Something that a server wants to know of the user.
public struct MCPElicitation: Sendable, Hashable {
    /// Who asks: the server's name in the configuration.
    ///
    /// Show it.
    public let server: String
    /// The request as the wire has it.
    public let json: JSONObject

    init(server: String, json: JSONObject) {
        self.server = server
        self.json = json
    }

    /// What the user is asked.
    public var message: String { json.string("message") ?? "" }
    /// The form to fill in, as JSON Schema: a flat object; `nil` if the user is led to a URL instead.
    public var schema: JSONValue? { url == nil ? json["requestedSchema"] ?? ["type": "object"] : nil }
    /// Where the user is led, if it is no form.
    ///
    /// Show the whole URL, open it only with the user's consent, and outside of this program.
    public var url: String? { json.string("mode") == "url" ? json.string("url") ?? "" : nil }
    /// What names an elicitation by URL when the server tells that it is done.
    public var id: String? { json.string("elicitationId") }

    /// The form with every field that has a default filled in.
    public var defaults: JSONObject {
        var content: JSONObject = [:]
        for member in schema?["properties"]?.object?.members ?? [] {
            if let value = member.value["default"] { content[member.name] = value }
        }
        return content
    }

    func isOffered(byURL: Bool) -> Bool {
        switch json.string("mode") {
        case nil, "form": true
        case "url": byURL
        default: false
        }
    }

    /// What the server is told; a form that does not fit its schema is an error here, not a surprise there.
    func checked(_ answer: Answer) -> Result<JSONValue, JSONRPCFailure> {
        guard case .accept(let content) = answer, let schema else { return .success(answer.json(hasForm: false)) }
        do {
            if let violation = try SchemaValidator(schema).violation(in: .object(content)) {
                return .failure(JSONRPCFailure(.internalError, "the user's answer does not fit the form: \(violation)"))
            }
        } catch {
            return .failure(JSONRPCFailure(.invalidParams, "the form's schema cannot be used: \(error)"))
        }
        return .success(answer.json(hasForm: true))
    }
}

extension MCPElicitation {
    /// What the user did.
    @nonexhaustive
    public enum Answer: Sendable, Hashable {
        /// Filled the form in, or agreed to open the URL.
        case accept(JSONObject)
        /// Said no.
        case decline
        /// Said nothing.
        case cancel

        fileprivate func json(hasForm: Bool) -> JSONValue {
            switch self {
            case .accept(let content):
                hasForm ? ["action": "accept", "content": .object(content)] : ["action": "accept"]
            case .decline: ["action": "decline"]
            case .cancel: ["action": "cancel"]
            }
        }
    }
}
