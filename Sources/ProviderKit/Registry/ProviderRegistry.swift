/// The providers that a program knows, by their names, in the order in which they were registered.
///
/// ```swift
/// let registry = ProviderRegistry()
/// try await registry.register(provider)
/// for await change in await registry.changes { … }
/// ```
public actor ProviderRegistry {
    /// How many changes are kept for subscribers that have not read them yet.
    public static let keptChanges = 256

    private var entries: [any Provider] = []
    private var revision = 0
    // The last changes; the newest has the revision `revision`.
    private var log: [Change] = []
    private var subscribers: [AsyncStream<Void>.Continuation] = []

    /// Makes an empty registry.
    public init() {}

    /// All providers, in the order of their registration.
    public var providers: [any Provider] { entries }

    /// Finds a provider.
    ///
    /// - Parameter id: The provider's name.
    /// - Returns: The provider, or `nil` if there is none of this name.
    public func provider(named id: ProviderID) -> (any Provider)? {
        entries.first { $0.id == id }
    }

    /// Adds a provider.
    ///
    /// - Parameter provider: The provider; its name must be free.
    /// - Throws: `PlexError` with code `configuration` if there is a provider of this name.
    public func register(_ provider: any Provider) throws(PlexError) {
        guard self.provider(named: provider.id) == nil else {
            throw PlexError(
                .configuration,
                "a provider named \"\(provider.id)\" is registered already; give this one another name or unregister the other",
                provider: provider.id
            )
        }
        entries.append(provider)
        record(.registered(provider.id))
    }

    /// Takes a provider out; requests that it is answering go on.
    ///
    /// - Parameter id: The provider's name.
    /// - Returns: The provider, or `nil` if there was none of this name.
    @discardableResult public func unregister(_ id: ProviderID) -> (any Provider)? {
        guard let index = entries.firstIndex(where: { $0.id == id }) else { return nil }
        let provider = entries.remove(at: index)
        record(.unregistered(id))
        return provider
    }

    /// The changes from now on, for one reader.
    ///
    /// Every reader sees every change once and in order, whenever it reads. Nothing is buffered for each of them: the registry
    /// keeps its last ``keptChanges`` changes, and a reader that is further behind gets one change of kind
    /// ``Change/Kind-swift.enum/missed`` with the providers that there are now, and goes on from there. The sequence ends
    /// when the reading task is cancelled.
    public var changes: Changes {
        let (signal, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        subscribers.append(continuation)
        return Changes(registry: self, signal: signal, revision: revision)
    }

    /// The first change after a revision; `nil` if there is none yet.
    fileprivate func change(after revision: Int) -> Change? {
        guard revision < self.revision else { return nil }
        let index = log.count - (self.revision - revision)
        guard index >= 0 else {
            return Change(revision: self.revision, kind: .missed, providers: entries.map(\.id))
        }
        return log[index]
    }

    private func record(_ kind: Change.Kind) {
        revision += 1
        if log.count == Self.keptChanges { log.removeFirst() }
        log.append(Change(revision: revision, kind: kind, providers: entries.map(\.id)))
        subscribers.removeAll { subscriber in
            if case .terminated = subscriber.yield() { true } else { false }
        }
    }
}

extension ProviderRegistry {
    /// A change of a registry.
    public struct Change: Sendable, Hashable {
        /// What changed.
        @nonexhaustive
        public enum Kind: Sendable, Hashable {
            /// A provider was added.
            case registered(ProviderID)
            /// A provider was taken out.
            case unregistered(ProviderID)
            /// The reader is too far behind to be told each change.
            case missed
        }

        /// The number of changes so far, this one included.
        public let revision: Int
        /// What changed.
        public let kind: Kind
        /// The providers that there were after the change, in order.
        public let providers: [ProviderID]

        /// Makes a change.
        public init(revision: Int, kind: Kind, providers: [ProviderID]) {
            self.revision = revision
            self.kind = kind
            self.providers = providers
        }
    }

    /// The changes of a registry, for one reader.
    public struct Changes: AsyncSequence, Sendable {
        /// A change.
        public typealias Element = Change
        /// Reading never fails.
        public typealias Failure = Never

        fileprivate let registry: ProviderRegistry
        fileprivate let signal: AsyncStream<Void>
        fileprivate let revision: Int

        /// Makes the iterator.
        public func makeAsyncIterator() -> AsyncIterator {
            AsyncIterator(registry: registry, signal: signal.makeAsyncIterator(), revision: revision)
        }

        /// Reads the changes.
        public struct AsyncIterator: AsyncIteratorProtocol {
            fileprivate let registry: ProviderRegistry
            fileprivate var signal: AsyncStream<Void>.Iterator
            fileprivate var revision: Int

            /// The next change, or `nil` when the task is cancelled.
            public mutating func next() async -> Change? {
                await next(isolation: #isolation)
            }

            /// The next change, or `nil` when the task is cancelled.
            public mutating func next(isolation actor: isolated (any Actor)?) async -> Change? {
                while !Task.isCancelled {
                    if let change = await registry.change(after: revision) {
                        revision = change.revision
                        return change
                    }
                    // The signal only says that there may be more; one is kept, so none is lost between the two lines.
                    guard await signal.next(isolation: actor) != nil else { return nil }
                }
                return nil
            }
        }
    }
}
