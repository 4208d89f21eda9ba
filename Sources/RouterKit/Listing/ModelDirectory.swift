internal import ProviderKit

/// What each provider last said of its models.
struct ModelDirectory: Sendable {
    /// The providers, in order of preference, and their lists.
    let lists: [(provider: ProviderID, list: ModelList)]
    private let places: [ProviderID: Int]

    init(_ providers: [(ProviderID, any Provider)], clock: ElapsedClock) {
        lists = providers.map { ($0, ModelList(of: $1, clock: clock)) }
        places = Dictionary(lists.enumerated().map { ($1.provider, $0) }) { first, _ in first }
    }

    /// What a provider said, if that is young enough.
    func known(_ provider: ProviderID, maximumAge: Duration) -> Result<ListedModels, PlexError>? {
        places[provider].flatMap { lists[$0].list.known(maximumAge: maximumAge)?.listed }
    }

    /// Asks providers whose lists are too old, all at once.
    ///
    /// - Parameters:
    ///   - providers: The providers to ask; `nil` asks all.
    ///   - maximumAge: How old a list may be.
    /// - Returns: What each said, in order of preference.
    /// - Throws: `PlexError` with code `cancelled`.
    @discardableResult
    func ask(
        _ providers: [ProviderID]? = nil,
        maximumAge: Duration
    ) async throws(PlexError) -> [(provider: ProviderID, answer: ModelList.Answer)] {
        let wanted = lists.filter { providers?.contains($0.provider) ?? true }
        let answers = await withTaskGroup(of: (Int, ModelList.Answer?).self) { group in
            for (index, entry) in wanted.enumerated() {
                group.addTask { (index, await entry.list.answer(maximumAge: maximumAge)) }
            }
            var answers: [ModelList.Answer?] = Array(repeating: nil, count: wanted.count)
            for await (index, answer) in group { answers[index] = answer }
            return answers
        }
        var result: [(ProviderID, ModelList.Answer)] = []
        for (entry, answer) in zip(wanted, answers) {
            guard let answer, !Task.isCancelled else {
                throw PlexError(.cancelled, "the request was cancelled")
            }
            result.append((entry.provider, answer))
        }
        return result
    }
}
