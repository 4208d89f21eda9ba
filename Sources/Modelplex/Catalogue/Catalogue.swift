import ProviderKit
import TransportKit

/// Knows the providers and, as far as it had to ask, their models.
///
/// Names that the configuration explains are found without waiting or asking; for others the providers' lists are kept for
/// a while, so that a caller who makes up names does not cost a request to each provider every time.
final class Catalogue: Sendable {
    /// A provider and what the configuration says of it.
    struct Entry: Sendable {
        var provider: any Provider
        /// Lower comes first.
        var priority: Int
        /// The only models to offer; `nil` offers all.
        var models: [ModelID]?
        /// Whether it is an engine on this machine, of which any model may be the default.
        var isLocal: Bool
    }

    /// The model to ask where none is named.
    let defaultModel: String?
    private let routes: Set<String>
    private let clock: ElapsedClock
    private let discovery: EngineSearch?
    /// The providers, if they were known from the start.
    private let given: Directory?
    /// The local engines, once they were found.
    private let found = Locked<Directory?>(nil)

    init(
        entries: [Entry],
        discovery: LocalEngineDiscovery? = nil,
        defaultModel: String? = nil,
        unsupportedNames: [String] = [],
        clock: some Clock<Duration> = ContinuousClock()
    ) {
        let clock = ElapsedClock(clock)
        self.clock = clock
        self.defaultModel = defaultModel
        routes = Set(unsupportedNames)
        given = entries.isEmpty ? nil : Directory(entries, routes: routes, clock: clock)
        self.discovery = entries.isEmpty ? discovery.map { EngineSearch($0, clock: clock) } : nil
    }

    /// The providers; local engines are looked for when there are no others, until one answers.
    func entries() async throws(PlexError) -> [Entry] {
        try await directory().entries
    }

    /// The providers as far as they are known now.
    var knownDirectory: Directory? { given ?? found.withLock { $0 } }

    /// The providers; local engines are looked for when there are no others, until one answers.
    func directory() async throws(PlexError) -> Directory {
        if let directory = knownDirectory { return directory }
        guard let discovery else {
            throw PlexError(.configuration, "there is no provider; add one under [[providers]] in the configuration")
        }
        // An engine that was not asked to the end is not one that does not answer.
        guard let entries = await discovery.entries() else { throw Self.cancelled }
        guard !entries.isEmpty else { throw discovery.nothingFound }
        let directory = Directory(entries, routes: routes, clock: clock)
        return found.withLock { found in
            // Of several that searched at once the first one's is everybody's.
            let first = found ?? directory
            found = first
            return first
        }
    }

    /// The models of all providers, asked at once and anew.
    func listing() async throws(PlexError) -> ModelListing {
        try await listing(maximumAge: .zero)
    }

    /// The models of all providers, each asked if its last list is too old.
    func listing(maximumAge: Duration) async throws(PlexError) -> ModelListing {
        let directory = try await directory()
        let answers = try await Self.answers(of: directory, maximumAge: maximumAge)
        var listing = ModelListing(models: [], failures: [])
        for (entry, answer) in zip(directory.entries, answers) {
            switch answer.result {
            case .success(let models): listing.models += models
            case .failure(let error): listing.failures.append((entry.provider.id, error))
            }
        }
        return listing
    }

    /// Finds what a name means; see `Plex.resolve`.
    func resolve(_ name: ModelID?) async throws(PlexError) -> ResolvedModel {
        let directory = try await directory()
        guard let name = name?.rawValue ?? defaultModel else {
            return try await Self.firstModel(of: directory.entries)
        }
        if let target = try directory.target(name) ?? directory.listedTarget(ModelID(name)) { return target }
        return try await Self.find(ModelID(name), in: directory)
    }

    private static func find(_ name: ModelID, in directory: Directory) async throws(PlexError) -> ResolvedModel {
        var answers: [ModelList.Answer] = []
        // A model that was installed a moment ago is not in a list of a minute ago.
        for maximumAge in [ModelList.lifetime, ModelList.pause] {
            answers = try await Self.answers(of: directory, maximumAge: maximumAge)
            for (entry, answer) in zip(directory.entries, answers) where answer.names.contains(name) {
                return ResolvedModel(provider: entry.provider, model: name)
            }
        }
        var names: [String] = []
        var failures: [PlexError] = []
        var silent: [String] = []
        for (entry, answer) in zip(directory.entries, answers) {
            switch answer.result {
            case .success(let models): names += models.map { "\(entry.provider.id)/\($0.id)" }
            case .failure(let error):
                failures.append(error)
                silent.append(entry.provider.id.rawValue)
            }
        }
        // Where nobody said what there is, nobody said that the model is not there.
        if failures.count == answers.count, let failure = failures.first { throw failure }
        throw PlexError(.notFound, unknown(name, names: names, failures: silent), model: name)
    }

    private static func unknown(_ name: ModelID, names: [String], failures: [String]) -> String {
        var text = "no provider offers the model \(name)"
        let near = NearestName.several(name.rawValue, among: names)
        if !near.isEmpty {
            text += "; the nearest are \(near.joined(separator: ", "))"
        }
        if !failures.isEmpty {
            text += "; these did not say which they have: \(failures.joined(separator: ", "))"
        }
        return text
            + ". `plexctl models` and GET /v1/models list all; a known provider's provider/model is taken as it is"
    }

    private static var cancelled: PlexError { PlexError(.cancelled, "the request was cancelled") }

    private static func answers(
        of directory: Directory,
        maximumAge: Duration
    ) async throws(PlexError) -> [ModelList.Answer] {
        let lists = directory.lists
        let answers = await withTaskGroup(of: (Int, ModelList.Answer?).self) { group in
            for (index, list) in lists.enumerated() {
                group.addTask { (index, await list.answer(maximumAge: maximumAge)) }
            }
            var answers: [ModelList.Answer?] = Array(repeating: nil, count: lists.count)
            for await (index, answer) in group { answers[index] = answer }
            return answers
        }
        var whole: [ModelList.Answer] = []
        for answer in answers {
            guard let answer, !Task.isCancelled else { throw cancelled }
            whole.append(answer)
        }
        return whole
    }
}

extension Catalogue {
    fileprivate static func firstModel(of entries: [Entry]) async throws(PlexError) -> ResolvedModel {
        var failure: PlexError?
        for entry in entries {
            if let model = entry.models?.first {
                return ResolvedModel(provider: entry.provider, model: model)
            }
            guard entry.isLocal else { throw failure ?? nothingNamed(example: entry.provider.id) }
            do {
                return try await firstChatModel(of: entry.provider)
            } catch {
                // An engine without a model is no reason to pass over the next one's.
                guard error.code != .cancelled else { throw error }
                failure = failure ?? error
            }
        }
        throw failure ?? PlexError(.internal, "no provider where at least one was expected")
    }

    private static func firstChatModel(of provider: any Provider) async throws(PlexError) -> ResolvedModel {
        for model in try await provider.models() where await provider.capabilities(of: model.id).contains(.streaming) {
            return ResolvedModel(provider: provider, model: model.id)
        }
        throw PlexError(.notFound, "this provider has no model to chat with; install one first", provider: provider.id)
    }

    private static func nothingNamed(example: ProviderID) -> PlexError {
        PlexError(
            .invalidRequest,
            "no model is named; name one as \(example)/MODEL, or set PLEX_MODEL; `plexctl models` lists them",
            provider: example
        )
    }
}

/// The search for local engines, which is not made anew for every request that finds none.
private final class EngineSearch: Sendable {
    private static let pause: Duration = .seconds(1)

    let nothingFound: PlexError
    private let clock: ElapsedClock
    private let lastMiss = Locked<Duration?>(nil)
    private let search: SharedWork<[Catalogue.Entry]>

    init(_ discovery: LocalEngineDiscovery, clock: ElapsedClock) {
        self.clock = clock
        nothingFound = discovery.nothingFound
        search = SharedWork { await discovery.run() }
    }

    /// The engines that answer; `nil` if the calling task is cancelled.
    func entries() async -> [Catalogue.Entry]? {
        if let missed = lastMiss.withLock({ $0 }), clock.now() - missed < Self.pause { return [] }
        guard let entries = await search.value() else { return nil }
        if entries.isEmpty {
            let now = clock.now()
            lastMiss.withLock { $0 = now }
        }
        return entries
    }
}
