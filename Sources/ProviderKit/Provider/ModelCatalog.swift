/// A provider whose models can be looked through page by page.
///
/// Every provider offers what ``Provider/models()`` lists; one that has a catalogue of its own gives pages of that.
public protocol ModelCatalog: Provider {
    /// The models that can be used at once.
    ///
    /// - Throws: `PlexError`.
    func installedModels() async throws(PlexError) -> [Model]

    /// A page of the models that the provider knows.
    ///
    /// - Parameters:
    ///   - cursor: The `next` of the page before; `nil` for the first.
    ///   - limit: The most models of a page, at least 1.
    /// - Returns: The page.
    /// - Throws: `PlexError`.
    func availableModels(after cursor: String?, limit: Int) async throws(PlexError) -> ModelPage

    /// A page of the models whose name holds a text, without regard to case.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - cursor: The `next` of the page before; `nil` for the first.
    ///   - limit: The most models of a page, at least 1.
    /// - Returns: The page.
    /// - Throws: `PlexError`.
    func searchModels(_ text: String, after cursor: String?, limit: Int) async throws(PlexError) -> ModelPage
}

extension ModelCatalog {
    /// The models that ``Provider/models()`` lists.
    ///
    /// - Throws: `PlexError`.
    public func installedModels() async throws(PlexError) -> [Model] {
        try await models()
    }

    /// A page of the models that ``Provider/models()`` lists.
    ///
    /// - Parameters:
    ///   - cursor: The `next` of the page before; `nil` for the first.
    ///   - limit: The most models of a page, at least 1.
    /// - Returns: The page.
    /// - Throws: `PlexError`.
    public func availableModels(after cursor: String? = nil, limit: Int = 100) async throws(PlexError) -> ModelPage {
        try ModelPage(of: try await models(), after: cursor, limit: limit)
    }

    /// A page of those that ``Provider/models()`` lists and whose name holds a text, without regard to case.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - cursor: The `next` of the page before; `nil` for the first.
    ///   - limit: The most models of a page, at least 1.
    /// - Returns: The page.
    /// - Throws: `PlexError`.
    public func searchModels(
        _ text: String,
        after cursor: String? = nil,
        limit: Int = 100
    ) async throws(PlexError) -> ModelPage {
        let text = text.lowercased()
        let found = try await models().filter { model in
            model.id.rawValue.lowercased().contains(text)
                || model.displayName?.lowercased().contains(text) == true || text.isEmpty
        }
        return try ModelPage(of: found, after: cursor, limit: limit)
    }
}

/// One page of a list of models.
public struct ModelPage: Sendable, Hashable {
    /// The models of this page, in the provider's order.
    public var models: [Model]
    /// What the next page is asked for with; `nil` on the last page.
    public var next: String?

    /// Makes a page.
    public init(models: [Model], next: String? = nil) {
        self.models = models
        self.next = next
    }

    /// Cuts a page out of a whole list; the cursor is the name of the last model of the page before.
    ///
    /// - Parameters:
    ///   - all: The whole list.
    ///   - cursor: The `next` of the page before; `nil` for the first.
    ///   - limit: The most models of a page; less than 1 counts as 1.
    /// - Throws: `PlexError` with code `invalidRequest`, if the list has no such model (any more).
    public init(of all: [Model], after cursor: String?, limit: Int) throws(PlexError) {
        var start = 0
        if let cursor {
            guard let last = all.firstIndex(where: { $0.id.rawValue == cursor }) else {
                throw PlexError(.invalidRequest, "the list has no model \"\(cursor)\" to go on from; begin anew")
            }
            start = last + 1
        }
        let rest = all[start...]
        let page = rest.prefix(max(1, limit))
        self.init(models: Array(page), next: page.count < rest.count ? page.last?.id.rawValue : nil)
    }

    /// Asks for pages until there is no next one.
    ///
    /// - Parameters:
    ///   - maximumPages: How many pages are asked for before the list is taken to have no end.
    ///   - fetch: Gives the page after a cursor.
    /// - Returns: All models.
    /// - Throws: `PlexError`: what `fetch` throws, or `malformedResponse` if the pages go round in a circle or never end.
    public static func collect(
        maximumPages: Int = 100,
        _ fetch: (String?) async throws(PlexError) -> ModelPage
    ) async throws(PlexError) -> [Model] {
        var models: [Model] = []
        var seen: Set<String> = []
        var cursor: String?
        for _ in 0..<maximumPages {
            let page = try await fetch(cursor)
            models += page.models
            guard let next = page.next else { return models }
            guard seen.insert(next).inserted else {
                throw PlexError(.malformedResponse, "the provider's list of models leads back to a page that was read")
            }
            cursor = next
        }
        throw PlexError(.malformedResponse, "the provider's list of models has more than \(maximumPages) pages")
    }
}
