/// Something at a server that is not as it was.
@nonexhaustive
public enum MCPChange: Sendable, Hashable {
    /// There are other tools.
    case tools
    /// There are other prompts.
    case prompts
    /// There are other resources.
    case resources
    /// A resource has another content.
    case resource(uri: String)
}

/// Which changes somebody wants to hear of.
public struct MCPChangeFilter: Sendable, Hashable {
    /// Whether to hear of other tools.
    public var tools: Bool
    /// Whether to hear of other prompts.
    public var prompts: Bool
    /// Whether to hear of other resources.
    public var resources: Bool
    /// The resources whose content counts, by URI.
    public var contents: [String]

    /// Makes a filter.
    public init(tools: Bool = true, prompts: Bool = true, resources: Bool = true, contents: [String] = []) {
        self.tools = tools
        self.prompts = prompts
        self.resources = resources
        self.contents = contents
    }

    func contains(_ change: MCPChange) -> Bool {
        switch change {
        case .tools: tools
        case .prompts: prompts
        case .resources: resources
        // A part of a resource may have a URI of its own.
        case .resource: !contents.isEmpty
        }
    }

    /// All that the filter lets through.
    var changes: [MCPChange] {
        var changes: [MCPChange] = []
        if tools { changes.append(.tools) }
        if prompts { changes.append(.prompts) }
        if resources { changes.append(.resources) }
        return changes + contents.map { .resource(uri: $0) }
    }
}

/// The changes at a server, as they come; changes that nobody has read yet are not repeated.
///
/// It keeps a connection open, makes another when that breaks, and then reports all that was asked for as changed, since what happened
/// meanwhile is unknown. It ends when the client is closed or the server ends the subscription.
public struct MCPChanges: AsyncSequence, Sendable {
    /// What comes.
    public typealias Element = MCPChange
    /// Why it may break off.
    public typealias Failure = MCPError

    let start: @Sendable () -> ChangeQueue

    /// Begins to listen.
    public func makeAsyncIterator() -> Iterator {
        Iterator(queue: start())
    }

    /// Reads the changes one by one; listening ends with it.
    public struct Iterator: AsyncIteratorProtocol {
        let queue: ChangeQueue

        /// Waits for the next change.
        ///
        /// - Returns: The change; `nil` at the end, and when the calling task is cancelled.
        /// - Throws: `MCPError`, if the server cannot tell of changes.
        public mutating func next() async throws(MCPError) -> MCPChange? {
            try await queue.next()
        }
    }
}
