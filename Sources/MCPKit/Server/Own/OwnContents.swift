internal import TransportKit

/// What a server of the program's own offers, and who has subscribed to it; pure.
struct OwnContents: Sendable {
    /// Something with a name, in the order in which it was added.
    struct List<Element: Sendable>: Sendable {
        private(set) var elements: [Element] = []
        private var names: [String] = []

        subscript(_ name: String) -> Element? {
            names.firstIndex(of: name).map { elements[$0] }
        }

        var isEmpty: Bool { elements.isEmpty }

        /// Adds something, in the place of what had the name.
        mutating func add(_ element: Element, _ name: String) {
            if let index = names.firstIndex(of: name) {
                elements[index] = element
            } else {
                elements.append(element)
                names.append(name)
            }
        }

        mutating func remove(_ name: String) -> Bool {
            guard let index = names.firstIndex(of: name) else { return false }
            elements.remove(at: index)
            names.remove(at: index)
            return true
        }

        /// A page of the list.
        ///
        /// - Parameters:
        ///   - cursor: What came with the page before; `nil` for the first.
        ///   - size: How much is on a page.
        /// - Returns: The elements, and the next page's cursor if there is one; `nil` if the cursor is none.
        func page(_ cursor: String?, size: Int) -> (elements: ArraySlice<Element>, next: String?)? {
            var start = 0
            if let cursor {
                // A name rather than a place, so that a list that changes is not read twice or with gaps.
                guard cursor.hasPrefix("after:"), let index = names.firstIndex(of: String(cursor.dropFirst(6))) else {
                    return nil
                }
                start = index + 1
            }
            let end = min(start + size, elements.count)
            return (elements[start..<end], end < elements.count ? "after:" + names[end - 1] : nil)
        }
    }

    var tools = List<MCPServerTool>()
    var prompts = List<MCPServerPrompt>()
    var resources = List<MCPServerResource>()
    var templates = List<MCPServerResource>()
    /// What is wrong with what was added; it is left out.
    private(set) var mistakes: [MCPError] = []

    private var subscribers: [Int: Subscriber] = [:]
    private var lastSubscriber = 0

    struct Subscriber: Sendable {
        var filter: MCPChangeFilter
        var deliver: @Sendable (MCPChange) -> Void
    }

    /// Adds something; what it changes.
    mutating func add(_ offer: MCPServerOffer) -> MCPChange? {
        switch offer {
        case .tool(let tool):
            guard isSound(tool.mistake) else { return nil }
            tools.add(tool, tool.definition.name)
            return .tools
        case .prompt(let prompt):
            let name = prompt.definition.name
            guard isSound(name.isEmpty ? MCPError(.configuration, "a prompt has no name") : nil) else { return nil }
            prompts.add(prompt, name)
            return .prompts
        case .resource(let resource):
            guard isSound(resource.mistake) else { return nil }
            switch resource.address {
            case .uri(let uri): resources.add(resource, uri)
            case .template(let template): templates.add(resource, template.text)
            }
            return .resources
        }
    }

    private mutating func isSound(_ mistake: MCPError?) -> Bool {
        if let mistake { mistakes.append(mistake) }
        return mistake == nil
    }

    /// Finds what a URI names.
    func resource(_ uri: String) -> (resource: MCPServerResource, variables: [String: String])? {
        if let resource = resources[uri] { return (resource, [:]) }
        for resource in templates.elements {
            guard case .template(let template) = resource.address, let values = template.values(in: uri) else {
                continue
            }
            return (resource, values)
        }
        return nil
    }

    // MARK: Subscribers

    mutating func subscribe(_ subscriber: Subscriber) -> Int {
        lastSubscriber += 1
        subscribers[lastSubscriber] = subscriber
        return lastSubscriber
    }

    mutating func unsubscribe(_ number: Int) {
        subscribers[number] = nil
    }

    /// Who is to hear of a change.
    func listeners(to change: MCPChange) -> [@Sendable (MCPChange) -> Void] {
        subscribers.values.compactMap { subscriber in
            if case .resource(let uri) = change {
                // A part of a resource may have a URI of its own.
                let isMeant = subscriber.filter.contents.contains { uri == $0 || uri.hasPrefix($0 + "/") }
                return isMeant ? subscriber.deliver : nil
            }
            return subscriber.filter.contains(change) ? subscriber.deliver : nil
        }
    }
}
