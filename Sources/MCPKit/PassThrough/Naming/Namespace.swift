internal import TransportKit

/// Where names of one server stand in what it sends, and how they are told from those of other servers.
///
/// Everything else is left as it came. URIs are changed in the members that the protocol has for them; what stands in texts, structured
/// content and arguments is a server's own business.
struct Namespace: Sendable, Hashable {
    /// The server's label.
    let label: String

    func outward(_ text: String) -> String { ServerLabels.join(label, text) }

    /// A text without the server's label, if it has it.
    func inward(_ text: String) -> String? {
        guard let plus = text.firstIndex(of: "+"), text[..<plus].lowercased() == label else { return nil }
        return String(text[text.index(after: plus)...])
    }

    private func outward(_ value: JSONValue) -> JSONValue {
        value.string.map { .string(outward($0)) } ?? value
    }

    // MARK: Definitions

    /// A tool, prompt, resource or template as clients see it.
    func outward(_ item: JSONObject, _ kind: ListKind, name: String?) -> JSONObject {
        var item = item
        switch kind {
        case .tools, .prompts: if let name { item["name"] = .string(name) }
        case .resources: rewrite(&item, "uri")
        case .templates: rewrite(&item, "uriTemplate")
        }
        if kind == .tools { rewriteViews(&item) }
        return item
    }

    /// Tools may name a resource that shows their results.
    private func rewriteViews(_ tool: inout JSONObject) {
        guard var metadata = tool["_meta"]?.object else { return }
        let names = ["ui/resourceUri", "openai/outputTemplate"]
        let view = metadata["ui"]?.object
        guard view?["resourceUri"] != nil || names.contains(where: { metadata[$0] != nil }) else { return }
        for name in names { rewrite(&metadata, name) }
        if var view {
            rewrite(&view, "resourceUri")
            metadata["ui"] = .object(view)
        }
        tool["_meta"] = .object(metadata)
    }

    private func rewrite(_ object: inout JSONObject, _ name: String) {
        if let value = object[name], value.string != nil { object[name] = outward(value) }
    }

    // MARK: Results

    /// The result of a method as clients see it.
    func outward(result: JSONObject, of method: String) -> JSONObject {
        var result = result
        switch method {
        case "tools/call", "tasks/result":
            if let content = result["content"]?.array, let changed = contents(content) {
                result["content"] = .array(changed)
            }
        case "tasks/get":
            // In the stateless era the result of the call, or its error, stands in the task.
            if let whole = result["result"]?.object {
                result["result"] = .object(outward(result: whole, of: "tools/call"))
            }
            if var error = result["error"]?.object, var data = error["data"]?.object {
                rewrite(&data, "uri")
                error["data"] = .object(data)
                result["error"] = .object(error)
            }
        case "resources/read":
            if let contents = result["contents"]?.array { result["contents"] = .array(contents.map(addressed)) }
        case "prompts/get":
            if let messages = result["messages"]?.array { result["messages"] = .array(messages.map(message)) }
        default: break
        }
        return tasks(in: result)
    }

    /// Whatever a server tells of.
    func outward(notification params: JSONObject) -> JSONObject {
        var params = tasks(in: params)
        rewrite(&params, "uri")
        return params
    }

    private func addressed(_ value: JSONValue) -> JSONValue {
        guard var object = value.object else { return value }
        rewrite(&object, "uri")
        return .object(object)
    }

    private func message(_ value: JSONValue) -> JSONValue {
        guard var object = value.object, let content = object["content"] else { return value }
        if let array = content.array {
            guard let changed = contents(array) else { return value }
            object["content"] = .array(changed)
        } else {
            guard let changed = self.content(content) else { return value }
            object["content"] = changed
        }
        return .object(object)
    }

    /// Pieces of content of which at least one is or holds a resource; `nil` if there is none, so that nothing is copied.
    private func contents(_ values: [JSONValue]) -> [JSONValue]? {
        var changed: [JSONValue]?
        for index in values.indices {
            guard let value = content(values[index]) else { continue }
            if changed == nil { changed = values }
            changed?[index] = value
        }
        return changed
    }

    private func content(_ value: JSONValue) -> JSONValue? {
        guard var object = value.object, let type = object["type"]?.string else { return nil }
        switch type {
        case "resource_link": rewrite(&object, "uri")
        case "resource":
            guard let resource = object["resource"] else { return nil }
            object["resource"] = addressed(resource)
        default: return nil
        }
        return .object(object)
    }

    // MARK: Tasks

    static let relatedTask = "io.modelcontextprotocol/related-task"

    /// Tasks stand at the top, in `task`, in `tasks` and in the metadata.
    private func tasks(in result: JSONObject) -> JSONObject {
        var result = result
        rewrite(&result, "taskId")
        if var task = result["task"]?.object, task["taskId"] != nil {
            rewrite(&task, "taskId")
            result["task"] = .object(task)
        }
        if let tasks = result["tasks"]?.array {
            result["tasks"] = .array(
                tasks.map { task in
                    guard var object = task.object else { return task }
                    rewrite(&object, "taskId")
                    return .object(object)
                }
            )
        }
        if var metadata = result["_meta"]?.object, var related = metadata[Self.relatedTask]?.object {
            rewrite(&related, "taskId")
            metadata[Self.relatedTask] = .object(related)
            result["_meta"] = .object(metadata)
        }
        return result
    }
}

/// The kinds of lists that servers have.
enum ListKind: String, Sendable, Hashable, CaseIterable {
    case tools
    case prompts
    case resources
    case templates

    /// The kind that a method asks for.
    init?(method: String) {
        guard let kind = Self.allCases.first(where: { $0.method == method }) else { return nil }
        self = kind
    }

    var method: String {
        switch self {
        case .tools: "tools/list"
        case .prompts: "prompts/list"
        case .resources: "resources/list"
        case .templates: "resources/templates/list"
        }
    }

    /// The member of the result that has the list.
    var member: String { self == .templates ? "resourceTemplates" : rawValue }

    /// What a server offers that has such a list.
    var capability: String { self == .templates ? "resources" : rawValue }

    /// The member that an item is known by.
    var key: String {
        switch self {
        case .tools, .prompts: "name"
        case .resources: "uri"
        case .templates: "uriTemplate"
        }
    }

    /// What is told to those who listen when it changes.
    var change: MCPChange {
        switch self {
        case .tools: .tools
        case .prompts: .prompts
        case .resources, .templates: .resources
        }
    }

    /// The lists that a notification makes stale.
    static func changed(by notification: String) -> [ListKind] {
        switch notification {
        case "notifications/tools/list_changed": [.tools]
        case "notifications/prompts/list_changed": [.prompts]
        case "notifications/resources/list_changed": [.resources, .templates]
        default: []
        }
    }
}
