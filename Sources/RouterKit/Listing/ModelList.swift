package import ProviderKit
internal import TransportKit

/// What one provider last said of its models; it is asked again when that has grown old.
///
/// However often names are looked up, a provider is asked by one request at a time, and after a failure not at once again.
package final class ModelList: Sendable {
    /// How long an answer counts for the models that it names.
    package static let lifetime: Duration = .seconds(60)
    /// How long a failure counts, and an answer for the models that it does not name.
    package static let pause: Duration = .seconds(5)
    /// How long a provider may take.
    package static let patience: Duration = .seconds(10)

    /// An answer, with the names made ready for looking up.
    package struct Answer: Sendable {
        package let result: Result<[Model], PlexError>
        package let listed: Result<ListedModels, PlexError>
        fileprivate let time: Duration

        fileprivate init(_ result: Result<[Model], PlexError>, at time: Duration) {
            self.result = result
            self.time = time
            listed = result.map { ListedModels($0.map(\.id)) }
        }

        fileprivate func isYoung(_ now: Duration, maximumAge: Duration) -> Bool {
            let limit = if case .failure = result { min(ModelList.pause, maximumAge) } else { maximumAge }
            return now - time < limit
        }
    }

    private let clock: ElapsedClock
    private let last = Locked<Answer?>(nil)
    private let asking: SharedWork<Result<[Model], PlexError>>

    /// Makes the list of a provider, which is not asked yet.
    package init(of provider: any Provider, clock: ElapsedClock) {
        self.clock = clock
        asking = SharedWork {
            await Self.ask(provider, clock: clock)
        }
    }

    /// The last answer, if it is young enough.
    package func known(maximumAge: Duration) -> Answer? {
        let now = clock.now()
        return last.withLock { $0 }.flatMap { $0.isYoung(now, maximumAge: maximumAge) ? $0 : nil }
    }

    /// The last answer, or a new one if that is too old.
    ///
    /// - Returns: The answer, or `nil` if the calling task is cancelled.
    package func answer(maximumAge: Duration) async -> Answer? {
        if let known = known(maximumAge: maximumAge) { return known }
        guard let result = await asking.value() else { return nil }
        let answer = Answer(result, at: clock.now())
        last.withLock { $0 = answer }
        return answer
    }

    private static func ask(_ provider: any Provider, clock: ElapsedClock) async -> Result<[Model], PlexError> {
        await withTaskGroup(of: Result<[Model], PlexError>?.self) { group in
            group.addTask { await list(of: provider) }
            group.addTask { await clock.sleep(patience) ? nil : .failure(PlexError(.cancelled, "cancelled")) }
            defer { group.cancelAll() }
            let first = await group.next() ?? nil
            return first
                ?? .failure(
                    PlexError(
                        .timeout(.total),
                        "did not list its models within \(patience.components.seconds) s",
                        provider: provider.id
                    )
                )
        }
    }

    // A function of its own: in a closure that gives this back, the optimizer of Swift 6.3 loses what stands beside it.
    private static func list(of provider: any Provider) async -> Result<[Model], PlexError> {
        do throws(PlexError) {
            return .success(try await provider.models())
        } catch {
            return .failure(error)
        }
    }
}
